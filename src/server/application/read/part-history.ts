import { restrictPatch } from '../../../core/patch/restrict-patch.ts';
import type { PatchOperation } from '../../../protocol/patch.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { Database } from '../storage/database.ts';
import { type DrainRow, drainsAfter, operationsIn } from '../storage/drain-rows.ts';
import { operationsOf } from './history.ts';

/** Slices to look at: a reader that is further behind gets the part again, which costs less than reading more rows. */
const SLICES_MAX = 32;
/** Characters of patches to look at in any case. More only for a state that is longer itself. */
const LENGTH_MIN = 65_536;

/**
 * Whether everything that happened since a version has left the part at a JSON Pointer as it was [S9]. False as well
 * when the history does not tell, or tells too much.
 */
export const isPartUntouched = (database: Database, loaded: LoadedState, from: number, path: string): boolean => {
  const { lastDrain, tree } = loaded;
  // Most readers are one slice behind, and that slice is in memory.
  const isInMemory = lastDrain?.base === from && lastDrain.version === loaded.version;
  let [slices, length] = [0, 0];
  for (const drain of isInMemory ? [lastDrain] : drainsAfter(database, loaded.row, from)) {
    slices += 1;
    length += drain.patch?.length ?? 0;
    if (slices > SLICES_MAX || length > Math.max(tree.bytes, LENGTH_MIN)) return false;
    const operations = operationsSince(drain, from);
    if (operations === undefined || restrictPatch(tree.root, operations, path).kind !== 'untouched') return false;
  }
  return true;
};

const operationsSince = (drain: DrainRow, from: number): readonly PatchOperation[] | undefined => {
  if (from <= drain.base) return parsed(drain);
  const part = operationsOf(drain, from, drain.version);
  return part === undefined ? undefined : operationsIn(part);
};

/** The operations of a slice: those who wait for parts of one application look at the same slice, one after the other. */
const parsedOperations = new WeakMap<DrainRow, readonly PatchOperation[]>();

const parsed = (drain: DrainRow): readonly PatchOperation[] | undefined => {
  if (drain.patch === undefined) return undefined;
  const operations = parsedOperations.get(drain) ?? operationsIn(drain.patch);
  parsedOperations.set(drain, operations);
  return operations;
};
