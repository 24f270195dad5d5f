import type { Definition } from '../../../core/definition.ts';
import { cautionAfter } from '../../../core/drain/attempt-plan.ts';
import { QueueShares } from '../../../core/limits/queue-shares.ts';
import { WorkShares } from '../../../core/limits/work-shares.ts';
import { replay } from '../../../core/patch/replay.ts';
import { Tree } from '../../../core/state/tree.ts';
import type { Json } from '../../../protocol/json.ts';
import { acceptedLength, lastAccepted, measureQueue, queuedRuns } from '../storage/accepted-rows.ts';
import type { ApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import { drainsAfter, lastDrained, operationsIn, spentByDrains } from '../storage/drain-rows.ts';
import { type Header, readClientCounters, readForgotten, readHeader, readState } from '../storage/segment.ts';
import { ClientCounters } from './client-counters.ts';
import { ForgottenClients } from './forgotten-clients.ts';
import type { LoadedState } from './loaded-state.ts';
import { PushRequests } from './push-requests.ts';
import { addRejectedNames, type RejectedNames, replayClients } from './settle.ts';

/** Loads the state from checkpoint, patches and queue. Runs no reducer [D7]. */
export const loadState = (database: Database, row: ApplicationRow, definition: Definition | undefined): LoadedState => {
  const base = readHeader(database, row.segment);
  const last = lastAccepted(database, row.segment) ?? { last: base.head, at: base.at, spent: base.spent ?? [] };
  const { root, weight, version, drainedAt, length, rejected } = replayLog(database, row.segment, base);
  const forgotten = new ForgottenClients(row.epoch, readForgotten(database, base));
  const loaded: LoadedState = {
    row,
    definition,
    base,
    version,
    head: last.last,
    at: last.at,
    tree: new Tree(root, weight),
    clientCounters: new ClientCounters(forgotten, readClientCounters(database, base)),
    logBytes: length + acceptedLength(database, row.segment),
    oldestVersion: row.oldest === row.segment ? base.version : readHeader(database, row.oldest).version,
    lastDrain: undefined,
    drainedAt,
    text: undefined,
    lastPatch: undefined,
    suspectUntil: last.last,
    caution: cautionAfter(row, version + 1),
    blockedBy: undefined,
    queuedRow: [],
    queueShares: new QueueShares(),
    workShares: new WorkShares(),
    requests: new PushRequests(),
    ...measureQueue(database, row, version),
  };
  if (version < last.last) restoreShares(database, loaded);
  replayClients(database, loaded, base, rejected);
  database.usage.resume(last.spent, spentByDrains(database, row.segment));
  return loaded;
};

/** Counts the queued changes of each subject. Reads the queued rows once more, so only call when something is queued. */
const restoreShares = (database: Database, { row, version, queueShares }: LoadedState): void => {
  for (const run of queuedRuns(database, row, version)) queueShares.add(run);
  queueShares.dropUntil(version);
};

interface ReplayedLog {
  readonly root: Json;
  readonly weight: number;
  readonly version: number;
  readonly drainedAt: number | undefined;
  /** Length of the patches' texts, in UTF-16 units. */
  readonly length: number;
  readonly rejected: RejectedNames;
}

/** Replays the patches of the segment's log on the state of its checkpoint. */
const replayLog = (database: Database, segment: number, base: Header): ReplayedLog => {
  let root = readState(database, base);
  let { version, weight } = base;
  let length = 0;
  let drainedAt: number | undefined;
  const rejected: RejectedNames = new Map();
  for (const drain of drainsAfter(database, { oldest: segment, segment }, version)) {
    // A missing patch is always the last row of a segment: the same transaction has written the next checkpoint.
    const patch = drain.patch ?? '';
    root = replay(root, operationsIn(patch));
    ({ version, weight, at: drainedAt } = drain);
    length += patch.length;
    addRejectedNames(rejected, drain);
  }
  // The log of an import may end with its checkpoint: then the head check finds the slice before.
  if (base.logAfter !== undefined) drainedAt ??= lastDrained(database, segment)?.at ?? undefined;
  return { root, weight, version, drainedAt, length, rejected };
};
