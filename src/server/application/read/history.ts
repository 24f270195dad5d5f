import { replay } from '../../../core/patch/replay.ts';
import type { Json } from '../../../protocol/json.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { Database } from '../storage/database.ts';
import { type DrainRow, drainsAfter, operationsIn } from '../storage/drain-rows.ts';
import { readHeader, readState } from '../storage/segment.ts';

/** JSON text of the patch from a version to the current one; undefined when history is broken or the state is shorter. */
export const patchSince = (database: Database, loaded: LoadedState, from: number): string | undefined => {
  // Pollers are often at the same version: the last patch is kept for the next of them.
  const { lastPatch, version: to } = loaded;
  if (lastPatch?.from === from && lastPatch.to === to) return lastPatch.patch;
  const patch = composePatch(database, loaded, from);
  loaded.lastPatch = { from, to, patch };
  return patch;
};

const composePatch = (database: Database, loaded: LoadedState, from: number): string | undefined => {
  const parts: string[] = [];
  let length = 2;
  const { lastDrain } = loaded;
  // Most readers are one slice behind, and that slice is in memory.
  const drains = lastDrain?.base === from && lastDrain.version === loaded.version ? [lastDrain] : undefined;
  for (const drain of drains ?? drainsAfter(database, loaded.row, from)) {
    const part = from > drain.base ? operationsOf(drain, from, drain.version) : drain.patch;
    if (part === undefined) return undefined;
    length += part.length + 1;
    if (length > loaded.tree.bytes) return undefined;
    if (part !== '') parts.push(part);
  }
  return `[${parts.join(',')}]`;
};

/** The state at an earlier version; undefined when the history does not reach back that far [S8]. */
export const stateAt = (database: Database, loaded: LoadedState, version: number): Json | undefined => {
  const segment = segmentOf(database, loaded, version);
  if (segment === undefined) return undefined;
  const base = readHeader(database, segment);
  let state = readState(database, base);
  for (const drain of drainsAfter(database, { oldest: segment, segment: loaded.row.segment }, base.version)) {
    if (drain.base >= version) break;
    const part = operationsOf(drain, drain.base, version);
    if (part === undefined) return undefined;
    state = replay(state, operationsIn(part));
  }
  return state;
};

/** The segment with the newest checkpoint that is not newer than the version. */
const segmentOf = (database: Database, { row }: LoadedState, version: number): number | undefined => {
  for (let segment = row.segment; segment >= row.oldest; segment -= 1) {
    if (readHeader(database, segment).version <= version) return segment;
  }
  return undefined;
};

/** The operations of a slice for the changes with a seq in (after, until], as JSON without brackets. */
export const operationsOf = (drain: DrainRow, after: number, until: number): string | undefined => {
  if (drain.patch === undefined || (after <= drain.base && until >= drain.version)) return drain.patch;
  const operations = operationsIn(drain.patch);
  const countUntil = (version: number): number =>
    drain.counts.slice(0, Math.max(0, version - drain.base)).reduce((sum, count) => sum + count, 0);
  return operations
    .slice(countUntil(after), countUntil(until))
    .map((each) => JSON.stringify(each))
    .join(',');
};
