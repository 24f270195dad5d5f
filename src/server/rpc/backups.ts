import type { BackupPage, BackupProgress } from '../../protocol/backup-answers.ts';
import type { Problem } from '../../protocol/problems.ts';

/** The name of the one object of the class `Directory` that makes the scheduled backups. No encoded owner has a colon [I4]. */
export const BACKUPS_NAME = ':backups';

/** The subject in whose name applications are asked for their backups. No token can have it: it has a control character. */
export const BACKUPS_SUBJECT = '\u0000backups';

/** How the backups do. An object of an earlier version tells no progress. */
export interface BackupStatus extends Partial<BackupProgress> {
  /** Every change before this time is in a backup, ms since 1970; null before the first run without a failure. */
  readonly coveredAt: number | null;
  /** Since when there are backups at all, ms since 1970. */
  readonly since: number;
  /** Whether a run is in progress. */
  readonly isRunning: boolean;
  /** Applications that the last run could not back up. */
  readonly failures: number;
}

/** The part of a directory that makes backups [K]. */
export interface BackupsApi {
  /** Begins a run unless one is in progress. @returns the reason why there can be none */
  startBackups(): Promise<Problem | undefined>;
  /** Begins a verification. @param application undefined: of all. @returns the reason why there can be none */
  verifyBackups(application: string | undefined): Promise<Problem | undefined>;
  /** @returns the problem of a deployment without a place for backups */
  backupStatus(): Promise<BackupStatus | Problem>;
  /** @param application undefined: of all */
  backups(application: string | undefined, after: number, limit: number): BackupPage;
  /** The content of a backup as it is stored; undefined when there is none. */
  openBackup(id: number): Promise<ReadableStream<Uint8Array> | undefined>;
  /**
   * Lets all backups of an application go, also one that is being made, and removes them from the place for backups [L17].
   *
   * @returns the problem of a deployment whose place for backups can no longer be reached
   * @throws when they could not be removed: they count no more, and a later run removes them
   */
  purgeBackups(application: string): Promise<Problem | undefined>;
}
