import { BACKUP_REPEAT_MS } from '../../protocol/backup-limits.ts';
import type { BackupSettings } from './backup-settings.ts';
import type { EndedRun } from './job-state.ts';

/**
 * When the next run is due by itself, by the settings of now: a changed interval counts at once [K2].
 *
 * @returns ms since 1970; undefined where a cron trigger begins it
 */
export const dueOf = (
  lastRun: EndedRun | undefined,
  { everyMs }: Pick<BackupSettings, 'everyMs'>,
): number | undefined => {
  if (lastRun !== undefined && lastRun.failed > 0) return lastRun.endedAt + BACKUP_REPEAT_MS;
  return everyMs === undefined ? undefined : (lastRun?.startedAt ?? 0) + everyMs;
};
