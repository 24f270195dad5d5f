import type { ApplicationId } from '../../../protocol/ids.ts';
import { createApplication } from '../state/creation.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { Database } from '../storage/database.ts';
import { dropLog } from '../storage/log.ts';
import { insertRejections } from '../storage/rejections.ts';
import type { Backup } from './backup.ts';

/** Replaces the application by a backup, under a new epoch [L6]. Call inside a transaction. */
export const restore = (
  database: Database,
  loaded: LoadedState | undefined,
  backup: Backup,
  creation: { readonly application: ApplicationId; readonly user: string; readonly now: number },
): void => {
  if (loaded !== undefined) dropTables(database, loaded);
  const { rejections, ...initial } = backup;
  createApplication(database, { ...initial, ...creation });
  if (rejections.length > 0) insertRejections(database, rejections);
};

const dropTables = (database: Database, { row }: LoadedState): void => {
  for (let segment = row.oldest; segment <= row.segment; segment += 1) dropLog(database, segment);
  for (const table of ['application', 'rejections', 'segments', 'chunks']) database.run(`DROP TABLE ${table}`);
};
