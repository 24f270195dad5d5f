import type { ApplicationId } from '../../../protocol/ids.ts';
import { createApplication } from '../state/creation.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { Database } from '../storage/database.ts';
import { dropLog } from '../storage/log.ts';
import { insertRejections } from '../storage/rejections.ts';
import type { Backup } from './backup.ts';

/** Puts a backup in place of whatever there is, under a new epoch [L6]. Call inside a transaction. */
export const restore = (
  database: Database,
  loaded: LoadedState | undefined,
  backup: Backup,
  who: { readonly application: ApplicationId; readonly user: string; readonly now: number },
): void => {
  if (loaded !== undefined) dropTables(database, loaded);
  const { rejections, ...initial } = backup;
  createApplication(database, { ...initial, ...who });
  if (rejections.length > 0) insertRejections(database, rejections);
};

const dropTables = (database: Database, { row }: LoadedState): void => {
  for (let segment = row.oldest; segment <= row.segment; segment += 1) dropLog(database, segment);
  for (const table of ['application', 'rejections', 'segments', 'chunks']) database.run(`DROP TABLE ${table}`);
};
