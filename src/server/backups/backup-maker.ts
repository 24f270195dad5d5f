import { describeError, log } from '../logging/log.ts';
import { BACKUPS_SUBJECT } from '../rpc/backups.ts';
import type { ExportAnswer } from '../rpc/messages.ts';
import type { BackupResult } from './backup-run.ts';
import type { BackupSettings } from './backup-settings.ts';
import type { BackupStore } from './backup-store.ts';
import type { Catalog } from './catalog.ts';
import { expire } from './expire-backups.ts';
import { manifestKey, writeBackup } from './write-backup.ts';

export interface MakerParts {
  readonly catalog: Catalog;
  readonly store: BackupStore;
  readonly settings: BackupSettings;
  /** The application of a name. */
  readonly application: (name: string) => { exportBackup(user: string): Promise<ExportAnswer> };
  readonly now: () => number;
}

/** Makes the backup of an application. Never throws: one that fails must not stop the others. */
export const backUp = async (parts: MakerParts, application: string): Promise<BackupResult> => {
  const { catalog, store, now } = parts;
  const at = now();
  catalog.begin(application);
  try {
    const exported = await parts.application(application).exportBackup(BACKUPS_SUBJECT);
    // Deleted since it was listed.
    if (exported.kind === 'refused' && exported.problem.name === 'unknown-application') return 'deleted';
    if (exported.kind === 'refused') throw new Error(`the export was refused: ${exported.problem.detail}`);
    const { epoch, version } = exported.position;
    const key = `${application}/${new Date(at).toISOString()}-${epoch}.${version}.ndjson`;
    const keys = [key, manifestKey(key)];
    catalog.write(keys);
    const kept = await writeBackup(store, { application, at, epoch, version, key }, exported.stream);
    catalog.complete(kept, keys);
    expire(parts, application, 'existing');
    return 'made';
  } catch (error) {
    log('error', 'a backup failed', { application, ...describeError(error) });
    return 'failed';
  } finally {
    catalog.end();
  }
};
