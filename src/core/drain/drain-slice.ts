import {
  DRAIN_SLICE_CHANGES,
  DRAIN_SLICE_MS,
  DRAIN_SLICE_REJECTIONS,
  DRAIN_SLICE_WORK_BYTES,
  PATCH_ROW_BYTES_MAX,
} from '../../protocol/limits.ts';
import { type Problem, problem } from '../../protocol/problems.ts';
import { utf8Length } from '../json/utf8.ts';
import type { Tree } from '../state/tree.ts';
import type { QueuedChange, ReduceContext, Reduced, Unit } from './reduce.ts';
import { reduceWithin } from './reduce-within.ts';

/** The result of one bounded run over the queue, ready to be committed [D6] [D8]. */
export interface Slice {
  /** The version before the slice. */
  readonly base: number;
  /** The version after it: the seq of the last change in it. */
  readonly version: number;
  /** The changes applied or rejected, in order. */
  readonly changes: readonly QueuedChange[];
  /** The number of operations of each change from base + 1 on; an atomic batch counts them all at its last change. */
  readonly counts: readonly number[];
  /** The JSON texts of the operations, joined by commas. Undefined when they do not fit into a row. */
  readonly patch: string | undefined;
  readonly rejections: readonly RejectedChange[];
  /** Seqs of earlier rejected changes whose retry was applied in this slice. */
  readonly retriedApplied: readonly number[];
}

export interface RejectedChange {
  readonly change: QueuedChange;
  readonly problem: Problem;
}

/**
 * Applies queued changes in order until the queue or the slice's budget ends. Whatever a change does, the next one is
 * applied [D4]. The tree is ahead of the disk until the caller has committed the slice.
 */
export const drainSlice = (tree: Tree, units: Iterable<Unit>, context: ReduceContext): Slice => {
  const progress: SliceProgress = {
    version: context.version,
    changes: [],
    counts: [],
    operations: [],
    bytes: 0,
    rejections: [],
    retriedApplied: [],
  };
  const startedAt = context.clock();
  const fullAt = tree.work + DRAIN_SLICE_WORK_BYTES;
  for (const unit of units) {
    addToSlice(progress, unit, reduceWithin(tree, unit, { ...context, version: progress.version }));
    if (isFull(progress) || tree.work >= fullAt || context.clock() - startedAt >= DRAIN_SLICE_MS) break;
  }
  const { operations, bytes, ...rest } = progress;
  const patch = bytes > PATCH_ROW_BYTES_MAX ? undefined : operations.join(',');
  return { base: context.version, patch, ...rest };
};

/** The result of a slice that is not finished. */
interface SliceProgress {
  version: number;
  readonly changes: QueuedChange[];
  readonly counts: number[];
  readonly operations: string[];
  /** Of the operations and the commas between them. */
  bytes: number;
  readonly rejections: RejectedChange[];
  readonly retriedApplied: number[];
}

/** A slice must fit into one row: its patch, and the problems of its rejections. */
const isFull = ({ counts, bytes, rejections }: SliceProgress): boolean =>
  counts.length >= DRAIN_SLICE_CHANGES ||
  bytes >= PATCH_ROW_BYTES_MAX / 2 ||
  rejections.length >= DRAIN_SLICE_REJECTIONS;

const addToSlice = (progress: SliceProgress, unit: Unit, reduced: Reduced): void => {
  const operations = reduced.kind === 'applied' ? reduced.operations : [];
  progress.version += unit.length;
  progress.changes.push(...unit);
  progress.counts.push(...unit.slice(1).map(() => 0), operations.length);
  for (const text of operations) {
    progress.operations.push(text);
    progress.bytes += utf8Length(text) + 1;
  }
  if (reduced.kind === 'rejected') progress.rejections.push(...rejectUnit(unit, reduced.failedSeq, reduced.problem));
  else for (const { retries } of unit) if (retries !== undefined) progress.retriedApplied.push(retries);
};

/** Dead-letters a unit without running it again: each time it ran before, the object died [D5]. */
export const deadLetterSlice = (unit: Unit, attempts: number): Slice => {
  const reason = problem('dead-letter', `The application died ${attempts} times while it applied this change.`);
  const base = unit[0].seq - 1;
  return {
    base,
    version: base + unit.length,
    changes: unit,
    counts: unit.map(() => 0),
    patch: '',
    retriedApplied: [],
    rejections: unit.map((change) => ({ change, problem: { ...reason, seq: change.seq } })),
  };
};

/** Rejects all of an atomic batch: the change that failed with its problem, the others with a pointer to it. */
export const rejectUnit = (unit: Unit, failedSeq: number, reason: Problem): RejectedChange[] => {
  const index = unit.length > 1 ? { index: failedSeq - unit[0].seq } : {};
  return unit.map((change) => ({
    change,
    problem: { ...(change.seq === failedSeq ? reason : batchFailed(failedSeq)), ...index, seq: change.seq },
  }));
};

const batchFailed = (failedSeq: number): Problem =>
  problem('batch-failed', `Change ${failedSeq} of the same atomic batch was rejected.`);

/** Groups consecutive changes of one atomic batch; every other change is a unit by itself. */
export function* unitsOf(changes: Iterable<QueuedChange>): Generator<Unit> {
  let unit: [QueuedChange, ...QueuedChange[]] | undefined;
  for (const change of changes) {
    if (unit !== undefined && change.batch !== undefined && unit[0].batch === change.batch) {
      unit.push(change);
      continue;
    }
    if (unit !== undefined) yield unit;
    unit = [change];
  }
  if (unit !== undefined) yield unit;
}
