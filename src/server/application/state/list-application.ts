import { encodeOwner } from '../../../protocol/owners.ts';
import type { Directory } from '../../directory/directory.ts';
import { updateApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import type { LoadedState } from './loaded-state.ts';

/**
 * Adds the application to its owner's directory, once [L4].
 *
 * @throws when the directory cannot be reached: call it again later
 */
export const listApplication = async (
  directory: DurableObjectNamespace<Directory>,
  database: Database,
  loaded: LoadedState | undefined,
): Promise<void> => {
  if (loaded === undefined || loaded.row.listed === 1) return;
  await directory.getByName(encodeOwner(loaded.row.owner)).add(loaded.row.app);
  database.transact(() => updateApplicationRow(database, { listed: 1 }));
  loaded.row = { ...loaded.row, listed: 1 };
};
