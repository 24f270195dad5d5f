import { replay } from '../../../core/patch/replay.ts';
import type { Json } from '../../../protocol/json.ts';
import { LOG_PAGE_DEFAULT, PAGE_LENGTH_MAX } from '../../../protocol/limits.ts';
import type { LogEntry } from '../../rpc/messages.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import { changesAfter } from '../storage/accepted-rows.ts';
import type { Database } from '../storage/database.ts';
import { type DrainRow, drainsAfter, operationsIn } from '../storage/drain-rows.ts';
import { readHeader, readState } from '../storage/segment.ts';
import type { LoggedChange } from '../storage/stored-change.ts';
import { isDead } from './outcome.ts';

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

/** A page of the log: the changes after a seq whose turn has come, oldest first [L7]. */
export const logPage = (
  database: Database,
  loaded: LoadedState,
  { after, limit = LOG_PAGE_DEFAULT }: { readonly after: number; readonly limit?: number },
): { readonly entries: LogEntry[]; readonly floor: number; readonly next?: number } => {
  const entries: LogEntry[] = [];
  // Changes that were queued at the oldest checkpoint were dropped with the segment before it.
  const floor = readHeader(database, loaded.row.oldest).head;
  const drains = drainsAfter(database, loaded.row, after);
  let drain = drains.next();
  let length = 0;
  for (const change of changesAfter(database, loaded.row, after)) {
    while (!drain.done && drain.value.version < change.seq) drain = drains.next();
    if (drain.done) return { entries, floor };
    length += JSON.stringify(change.args).length;
    const isFull = entries.length === limit || (length > PAGE_LENGTH_MAX && entries.length > 0);
    if (isFull) return { entries, floor, next: change.seq - 1 };
    entries.push(logEntry(change, drain.value));
  }
  return { entries, floor };
};

const logEntry = (change: LoggedChange, { at, problems }: DrainRow): LogEntry => {
  const { seq, client, n, user, name, args, retries } = change;
  const problem = problems[seq];
  return {
    seq,
    client,
    n,
    user,
    name,
    args,
    acceptedAt: change.at,
    appliedAt: at,
    outcome: problem === undefined ? 'applied' : isDead(problem) ? 'dead' : 'rejected',
    ...(problem === undefined ? {} : { problem }),
    ...(retries === undefined ? {} : { retries }),
  };
};
