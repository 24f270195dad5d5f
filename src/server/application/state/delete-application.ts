import type { Database } from '../storage/database.ts';
import { storeDeletedBudget } from '../storage/deleted-budget.ts';
import { writeTombstone } from '../storage/tombstone-record.ts';
import type { Listing } from './list-application.ts';
import type { LoadedState } from './loaded-state.ts';
import { tombstoneOf } from './tombstone.ts';

/**
 * Deletes all data [L3]. In the same turn, so that all of it becomes durable together, writes what outlives it: the used
 * budget [C3], the tombstone [L9] and the end that the directory does not know yet [L4].
 *
 * @returns the time at which the tombstone ends, ms since 1970; undefined without one
 */
export const deleteApplication = async (
  storage: DurableObjectStorage,
  database: Database,
  loaded: LoadedState | undefined,
  listing: Listing,
): Promise<number | undefined> => {
  const { budget } = database.usage;
  const tombstone = loaded && tombstoneOf(storage, database, loaded);
  const deleted = storage.deleteAll();
  if (budget.isLimited) storeDeletedBudget(database, budget.used);
  if (tombstone !== undefined) writeTombstone(storage, tombstone);
  if (loaded !== undefined) listing.ended(loaded);
  await deleted;
  return tombstone?.until;
};
