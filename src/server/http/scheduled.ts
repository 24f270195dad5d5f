import { DIRECTORY_MS_MAX } from '../../protocol/access-limits.ts';
import { BACKUPS_NAME } from '../rpc/backups.ts';
import { inTime } from '../rpc/in-time.ts';
import type { Environment } from './request/environment.ts';

/**
 * The handler of cron triggers: begins a run of backups [K2].
 *
 * @throws Error when there can be none, so that the platform shows the trigger as failed
 */
export const scheduled = async (_: unknown, env: Pick<Environment, 'DIRECTORY'>): Promise<void> => {
  const refusal = await inTime(env.DIRECTORY.getByName(BACKUPS_NAME).startBackups(), DIRECTORY_MS_MAX);
  if (refusal !== undefined) throw new Error(refusal.detail);
};
