import type { Problem } from '../../protocol/problems.ts';
import { type BackupVariables, wrongForBackups } from './backup-settings.ts';
import type { BackupStore } from './backup-store.ts';
import { type Bucket, bucketStore } from './bucket-store.ts';
import { folderStore } from './folder-store.ts';
import { timedStore } from './timed-store.ts';

/** The bindings and variables of scheduled backups [K1]. */
export interface BackupEnvironment extends BackupVariables {
  /** The R2 bucket for backups. Without it and without a folder there are none. */
  readonly BACKUPS?: Bucket;
  /** The folder for backups, under plain workerd: `serve --backups` sets it. */
  readonly BACKUPS_FOLDER?: Pick<Fetcher, 'fetch'>;
}

/** The place for backups; the problem of a deployment without one. */
export const storeOf = ({ BACKUPS, BACKUPS_FOLDER }: BackupEnvironment): BackupStore | Problem => {
  if (BACKUPS !== undefined) return timedStore(bucketStore(BACKUPS));
  if (BACKUPS_FOLDER !== undefined) return timedStore(folderStore(BACKUPS_FOLDER));
  return wrongForBackups(
    'There is no place for backups: bind an R2 bucket as BACKUPS, or serve with --backups and a folder.',
  );
};
