import type { BackupEnvironment } from '../backups/backup-environment.ts';
import type { ExportableApplication, RemoteLists } from './backup-job-of.ts';
import type { NumberedApplication } from './questions.ts';
import type { RemoteRegistry } from './registration.ts';
import type { RetainingApplication } from './retained-share.ts';

/** The bindings through which a directory finds the registry, and the applications of its owner or that it uses. */
export interface DirectoryEnvironment extends BackupEnvironment {
  readonly DIRECTORY?: { getByName(name: string): RemoteRegistry & RemoteLists };
  readonly APPLICATION?: {
    getByName(name: string): NumberedApplication & RevocableApplication & ExportableApplication & RetainingApplication;
  };
}

/** An application as a directory calls it. */
interface RevocableApplication {
  revoke(subject: string, before: number): Promise<void>;
}
