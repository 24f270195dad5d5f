// The bodies of answers about scheduled backups [K].

/** What a verification found of a stored backup: it is what was written, something else, or not there. */
export type BackupFinding = 'whole' | 'broken' | 'missing';

/** A complete and verified backup [K1]. */
export interface KeptBackup {
  /** 1, 2, 3 ... */
  readonly id: number;
  /** The application as `owner/app`, the owner percent-encoded. */
  readonly application: string;
  /** When it was begun, ms since 1970. */
  readonly at: number;
  readonly epoch: string;
  readonly version: number;
  readonly bytes: number;
  /** SHA-256 of the bytes, in hex. */
  readonly sha256: string;
  /** Where it is stored: the key in the bucket, or the path in the folder. */
  readonly key: string;
  /** What the newest verification has found; absent before the first. */
  readonly finding?: BackupFinding;
  /** When that was, ms since 1970. */
  readonly verifiedAt?: number;
}

/** One page of the list of backups, oldest first; `next` continues it. */
export interface BackupPage {
  readonly entries: readonly KeptBackup[];
  readonly next?: number;
}

/** A run of backups: how many applications it has looked at so far, by what became of them [K2]. */
export interface BackupRun {
  /** ms since 1970. */
  readonly startedAt: number;
  readonly made: number;
  /** Those that have not changed since their newest backup. */
  readonly unchanged: number;
  readonly failed: number;
}

/** A verification: how many backups it has read so far, by what it found [K6]. */
export interface BackupVerification {
  /** ms since 1970. */
  readonly startedAt: number;
  /** The one application whose backups it reads; absent: those of all. */
  readonly application?: string;
  readonly whole: number;
  readonly broken: number;
  readonly missing: number;
  readonly isRunning: boolean;
}

/** How the scheduled backups do [K6]. */
export interface BackupProgress {
  /** The run that is in progress. */
  readonly run: BackupRun | null;
  /** The last run that has ended. */
  readonly lastRun: BackupRun | null;
  /** The verification that is in progress, or the last one. */
  readonly verification: BackupVerification | null;
}

/** How old the backups of a deployment are [K4]. */
export interface BackupHealth {
  /** `late`: a change of more hours than the operator allows (36 by default) may be in no backup. */
  readonly status: 'ok' | 'late';
  /** Seconds since the time up to which every change is in a backup. */
  readonly backup: { readonly age: number };
}
