import { replay } from '../../../core/patch/replay.ts';
import type { Json } from '../../../protocol/json.ts';
import { LOG_PAGE_DEFAULT, PAGE_LENGTH_MAX } from '../../../protocol/limits.ts';
import type { LogEntry } from '../../rpc/messages.ts';
import { type LoadedState, operationsIn } from '../state/loaded-state.ts';
import type { Database } from '../storage/database.ts';
import { changesAfter, type DrainRow, drainsAfter } from '../storage/log.ts';
import { readHeader, readState } from '../storage/segment.ts';
import type { LoggedChange } from '../storage/stored-change.ts';
import { isDead } from './outcome.ts';

/** The text of the patch from a version to the present one; undefined where history is broken or the state itself is shorter. */
export const patchSince = (database: Database, loaded: LoadedState, from: number): string | undefined => {
  // Pollers come in step: what one of them asks for, others do.
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
  // Most readers are one step behind, and that step is at hand.
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

/** The state as it was at a version that has been; undefined when history does not reach [S8]. */
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

/** The newest checkpoint that is not newer than the version. */
const segmentOf = (database: Database, { row }: LoadedState, version: number): number | undefined => {
  for (let segment = row.segment; segment >= row.oldest; segment -= 1) {
    if (readHeader(database, segment).version <= version) return segment;
  }
  return undefined;
};

/** The operations of a slice for the changes in (after, until]. */
const operationsOf = (drain: DrainRow, after: number, until: number): string | undefined => {
  if (drain.patch === undefined || (after <= drain.base && until >= drain.version)) return drain.patch;
  const operations = operationsIn(drain.patch);
  const before = (version: number): number =>
    drain.counts.slice(0, Math.max(0, version - drain.base)).reduce((sum, count) => sum + count, 0);
  return operations
    .slice(before(after), before(until))
    .map((each) => JSON.stringify(each))
    .join(',');
};

/** What was applied after a seq, oldest first [L7]. */
export const logPage = (
  database: Database,
  loaded: LoadedState,
  { after, limit = LOG_PAGE_DEFAULT }: { readonly after: number; readonly limit?: number },
): { readonly entries: LogEntry[]; readonly floor: number; readonly next?: number } => {
  const entries: LogEntry[] = [];
  // Changes that were queued at a checkpoint went with the segment before it.
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
  const entry = { seq, client, n, user, name, args, acceptedAt: change.at, appliedAt: at };
  return {
    ...entry,
    outcome: problem === undefined ? 'applied' : isDead(problem) ? 'dead' : 'rejected',
    ...(problem === undefined ? {} : { problem }),
    ...(retries === undefined ? {} : { retries }),
  };
};
