import type { Slice } from '../../../core/drain/drain-slice.ts';
import { runsAfter } from '../storage/accepted-rows.ts';
import type { Database } from '../storage/database.ts';
import type { DrainRow } from '../storage/drain-rows.ts';
import type { Base } from '../storage/segment.ts';
import type { SentBy, SentRun } from '../storage/stored-change.ts';
import type { LoadedState } from './loaded-state.ts';

/** Names of the problems of rejected changes, by seq. */
export type RejectedNames = Map<number, string>;

/** Records the outcomes of a slice with the clients [O5]. Call before the commit, which may store them. */
export const settleSlice = ({ clientCounters }: LoadedState, { changes, rejections }: Slice): void => {
  const names: RejectedNames = new Map(rejections.map(({ change, problem }) => [change.seq, problem.name]));
  for (const change of changes as readonly SentBy[]) clientCounters.settle(change, names.get(change.seq));
};

/** Adds the names of a stored slice. */
export const addRejectedNames = (names: RejectedNames, { problems }: DrainRow): void => {
  for (const [seq, { type }] of Object.entries(problems)) names.set(Number(seq), type.split(':').at(-1) ?? '');
};

/** Replays what the clients have sent since the checkpoint, and the outcomes of all that was applied since. */
export const replayClients = (database: Database, loaded: LoadedState, base: Base, names: RejectedNames): void => {
  const { row, clientCounters } = loaded;
  // Changes that were queued when the checkpoint was made stand in the segments before it; in an imported log, in the same.
  for (let segment = base.version < base.head ? row.oldest : row.segment; segment <= row.segment; segment += 1)
    for (const run of runsAfter(database, segment, base.version)) {
      if (run.last.seq > base.head) clientCounters.record(run.last, run.first.n);
      settleRun(loaded, run, base.version, names);
    }
};

/** @param after seq up to which the outcomes were recorded before */
const settleRun = (
  { clientCounters, version }: LoadedState,
  { first, last }: SentRun,
  after: number,
  names: RejectedNames,
): void => {
  for (let seq = Math.max(first.seq, after + 1); seq <= Math.min(last.seq, version); seq += 1)
    clientCounters.settle({ ...first, n: first.n + seq - first.seq, seq }, names.get(seq));
};
