import { DIRECTORY_MS_MAX } from '../../protocol/access-limits.ts';
import type { ListedApplication } from '../../protocol/answers.ts';
import { EXPORT_BEGIN_MS_MAX } from '../../protocol/backup-limits.ts';
import { encodeOwner } from '../../protocol/owners.ts';
import type { BackupEnvironment } from '../backups/backup-environment.ts';
import { BackupJob } from '../backups/backup-job.ts';
import { inTime } from '../rpc/in-time.ts';
import type { ExportAnswer } from '../rpc/messages.ts';
import { REGISTRY_NAME, type RegisteredOwner } from '../rpc/registry.ts';

/** The lists of other directories, as a call reaches them. */
export interface RemoteLists {
  owners(after: string, limit: number): PromiseLike<RegisteredOwner[]>;
  entries(after: string, limit: number): PromiseLike<ListedApplication[]>;
}

/** An application as the job calls it. */
export interface ExportableApplication {
  exportBackup(user: string): Promise<ExportAnswer>;
}

interface Environment extends BackupEnvironment {
  readonly DIRECTORY?: { getByName(name: string): RemoteLists };
  readonly APPLICATION?: { getByName(name: string): ExportableApplication };
}

/** The job of the object that makes the scheduled backups. It finds the applications by the lists, without waking any. */
export const backupJob = (storage: DurableObjectStorage, env: Environment): BackupJob => {
  const lists = (name: string): RemoteLists => required(env.DIRECTORY).getByName(name);
  return new BackupJob({
    storage,
    env,
    owners: (after, limit) => inTime(lists(REGISTRY_NAME).owners(after, limit), DIRECTORY_MS_MAX),
    applications: (owner, after, limit) => inTime(lists(encodeOwner(owner)).entries(after, limit), DIRECTORY_MS_MAX),
    application: (name) => ({
      exportBackup: (user) => inTime(required(env.APPLICATION).getByName(name).exportBackup(user), EXPORT_BEGIN_MS_MAX),
    }),
    now: Date.now,
  });
};

const required = <T>(binding: T | undefined): T => {
  if (binding === undefined) throw new Error('the bindings APPLICATION and DIRECTORY are needed');
  return binding;
};
