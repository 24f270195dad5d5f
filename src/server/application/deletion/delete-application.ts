import { RETAINED_PER_NAME_MAX } from '../../../protocol/deletion-limits.ts';
import type { ApplicationId } from '../../../protocol/ids.ts';
import type { Listing } from '../state/list-application.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import { tombstoneOf } from '../state/tombstone.ts';
import type { Database } from '../storage/database.ts';
import { storeDeletedBudget } from '../storage/deleted-budget.ts';
import { isPublic, setPublic } from '../storage/public-read.ts';
import { readRetained, type StoredRetained, writeRetained } from '../storage/retained-record.ts';
import { dropRetainedTables, setTablesAside } from '../storage/retained-tables.ts';
import { readTombstone, type StoredTombstone, writeTombstone } from '../storage/tombstone-record.ts';
import { blindTombstone } from './unreadable.ts';

/** The parts of an object that a deletion is about. */
export interface DeletionTarget {
  readonly storage: DurableObjectStorage;
  readonly database: Database;
  readonly listing: Listing;
}

/**
 * Sets an application aside, so that it can be undeleted for some time [L16]. Call inside a transaction: with it becomes
 * durable what outlives the application: the used budget [C3], the tombstone [L9] and the end that the directory does not
 * know yet [L4].
 *
 * @param ms how long it is kept
 */
export const setAside = (target: DeletionTarget, loaded: LoadedState, ms: number): void => {
  const { storage, database, listing } = target;
  const { owner, app, epoch, kind } = loaded.row;
  const record = readRetained(database);
  const before = record?.entries ?? [];
  const now = Date.now();
  const entry: StoredRetained = {
    ...{ epoch, kind, deletedAt: now, until: now + ms },
    bytes: Math.max(
      0,
      before.reduce((rest, { bytes }) => rest - bytes, database.bytes),
    ),
    isPublic: isPublic(database),
    spent: database.usage.snapshot(0),
  };
  const tombstone = tombstoneOf(storage, database, loaded);
  setTablesAside(database, epoch);
  setPublic(database, false);
  const entries = [...before, entry].slice(-RETAINED_PER_NAME_MAX);
  for (const surplus of before.filter((each) => !entries.includes(each))) dropRetainedTables(database, surplus.epoch);
  writeRetained(database, { ...record, owner, app, entries, undeleted: undefined });
  storeDeletedBudget(database);
  writeTombstone(storage, tombstone);
  listing.ended(loaded);
};

/**
 * Deletes everything of a name for good [L17]: the application, and the deleted ones that are kept. In the same turn, so
 * that all of it becomes durable together, writes what outlives it.
 *
 * @param found the name alone of an application that cannot be read; undefined where there is none
 */
export const deleteForGood = async (
  target: DeletionTarget,
  found: LoadedState | ApplicationId | undefined,
): Promise<void> => {
  const { storage, database, listing } = target;
  const record = readRetained(database);
  const tombstone = finalTombstone(target, found);
  const { ending } = listing;
  const deleted = storage.deleteAll();
  database.transact(() => {
    storeDeletedBudget(database);
    if (record !== undefined) writeRetained(database, { ...record, entries: [], undeleted: undefined });
    if (tombstone !== undefined) writeTombstone(storage, tombstone);
    if (found !== undefined) listing.putEnding({ ...nameIn(found), epoch: tombstone?.epoch ?? '' });
    else if (ending !== undefined) listing.putEnding(ending);
  });
  await deleted;
};

const finalTombstone = (
  { storage, database }: DeletionTarget,
  found: LoadedState | ApplicationId | undefined,
): StoredTombstone | undefined => {
  if (found === undefined) return readTombstone(storage);
  return 'row' in found ? tombstoneOf(storage, database, found) : blindTombstone(storage, database);
};

const nameIn = (found: LoadedState | ApplicationId): { readonly owner: string; readonly app: string } => {
  const { owner, app } = 'row' in found ? found.row : found;
  return { owner, app };
};
