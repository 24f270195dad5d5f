import { type Problem, problem } from '../../protocol/problems.ts';
import { RETENTION_DEFAULT, type Retention } from './retention.ts';

/** The variables of scheduled backups [K1]. */
export interface BackupVariables {
  /** What is kept, such as `daily 7, weekly 4, monthly 12`, which is the default. What is not named is 0. */
  readonly BACKUP_KEEP?: string;
  /** Hours from one run to the next, where no cron trigger begins them. Default: none. */
  readonly BACKUP_EVERY_HOURS?: string;
  /** Hours after which a change that is in no backup makes `/healthz?backup` 503. Default 36. */
  readonly BACKUP_LATE_HOURS?: string;
}

export interface BackupSettings {
  readonly retention: Retention;
  /** Undefined: a cron trigger begins the runs. */
  readonly everyMs: number | undefined;
  readonly lateMs: number;
}

const HOUR_MS = 3_600_000;
const LATE_HOURS_DEFAULT = '36';

/** The settings, or what is wrong with them. */
export const backupSettings = (env: BackupVariables): BackupSettings | Problem => {
  const retention = env.BACKUP_KEEP === undefined ? RETENTION_DEFAULT : retentionOf(env.BACKUP_KEEP);
  const everyMs = env.BACKUP_EVERY_HOURS === undefined ? undefined : hours(env.BACKUP_EVERY_HOURS);
  const lateMs = hours(env.BACKUP_LATE_HOURS ?? LATE_HOURS_DEFAULT);
  if (retention === undefined)
    return wrongForBackups(
      'BACKUP_KEEP must be like "daily 7, weekly 4, monthly 12", each from 0 to 1000, and keep something.',
    );
  if (Number.isNaN(everyMs) || Number.isNaN(lateMs))
    return wrongForBackups('BACKUP_EVERY_HOURS and BACKUP_LATE_HOURS must be numbers of hours above 0, at most 10000.');
  return { retention, everyMs, lateMs };
};

/** What a deployment lacks for backups. */
export const wrongForBackups = (detail: string): Problem => problem('not-configured', detail);

const retentionOf = (text: string): Retention | undefined => {
  const kept = { daily: 0, weekly: 0, monthly: 0 };
  for (const part of text.split(',')) {
    const [, name, count] = /^\s*(daily|weekly|monthly)\s+(\d{1,4})\s*$/.exec(part) ?? [];
    if (name === undefined || Number(count) > 1_000) return undefined;
    kept[name as keyof Retention] = Number(count);
  }
  return kept.daily + kept.weekly + kept.monthly > 0 ? kept : undefined;
};

/** In ms; NaN for what is no number of hours. */
const hours = (text: string): number =>
  /^\d{1,5}(\.\d{1,6})?$/.test(text) && Number(text) > 0 && Number(text) <= 10_000
    ? Number(text) * HOUR_MS
    : Number.NaN;
