import { BACKUPS_NAME } from '../rpc/backups.ts';
import type { Environment } from './request/environment.ts';

/**
 * The handler of cron triggers: begins a run of backups [K2].
 *
 * @throws Error when there can be none, so that the platform shows the trigger as failed
 */
export const scheduled = async (_: unknown, env: Pick<Environment, 'DIRECTORY'>): Promise<void> => {
  const refusal = await env.DIRECTORY.getByName(BACKUPS_NAME).startBackups();
  if (refusal !== undefined) throw new Error(refusal.detail);
};
