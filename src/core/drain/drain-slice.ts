import {
  DRAIN_SLICE_CHANGES,
  DRAIN_SLICE_MS,
  DRAIN_SLICE_REFUSALS,
  PATCH_ROW_BYTES_MAX,
} from '../../protocol/limits.ts';
import { type Problem, problem } from '../../protocol/problems.ts';
import { utf8Length } from '../json/utf8.ts';
import type { Tree } from '../state/tree.ts';
import { type QueuedChange, type ReduceContext, type Reduced, reduce, type Unit } from './reduce.ts';

/** One bounded run over the queue: what it did, ready to be committed [D6] [D8]. */
export interface Slice {
  /** The version before. */
  readonly base: number;
  /** The version after: the seq of the last change passed. */
  readonly version: number;
  /** What was passed, in order. */
  readonly changes: readonly QueuedChange[];
  /** Operations of each change from base + 1 on; those of an atomic batch stand at its last change. */
  readonly counts: readonly number[];
  /** The operations' texts, joined by commas. Undefined when they do not fit into a row. */
  readonly patch: string | undefined;
  readonly rejections: readonly RejectedChange[];
  /** Seqs of earlier rejected changes whose retry was applied now. */
  readonly retriedApplied: readonly number[];
}

export interface RejectedChange {
  readonly change: QueuedChange;
  readonly problem: Problem;
}

/**
 * Applies queued changes in order until the queue or the slice's budget ends. Whatever a change does, the next
 * one is applied [D4]. The tree is ahead of the disk until the caller has committed the slice.
 */
export const drainSlice = (tree: Tree, units: Iterable<Unit>, surroundings: ReduceContext): Slice => {
  const done: SliceResult = {
    version: surroundings.version,
    changes: [],
    counts: [],
    operations: [],
    bytes: 0,
    rejections: [],
    retriedApplied: [],
  };
  const begun = surroundings.clock();
  for (const unit of units) {
    addToSlice(done, unit, reduce(tree, unit, { ...surroundings, version: done.version }));
    if (isFull(done) || surroundings.clock() - begun >= DRAIN_SLICE_MS) break;
  }
  const { operations, bytes, ...rest } = done;
  const patch = bytes > PATCH_ROW_BYTES_MAX ? undefined : operations.join(',');
  return { base: surroundings.version, patch, ...rest };
};

/** What a slice has done so far. */
interface SliceResult {
  version: number;
  readonly changes: QueuedChange[];
  readonly counts: number[];
  readonly operations: string[];
  bytes: number;
  readonly rejections: RejectedChange[];
  readonly retriedApplied: number[];
}

/** What a slice did must fit into one row: its patch, and the problems of what was refused. */
const isFull = ({ counts, bytes, rejections }: SliceResult): boolean =>
  counts.length >= DRAIN_SLICE_CHANGES || bytes >= PATCH_ROW_BYTES_MAX / 2 || rejections.length >= DRAIN_SLICE_REFUSALS;

const addToSlice = (done: SliceResult, unit: Unit, reduced: Reduced): void => {
  const operations = reduced.kind === 'applied' ? reduced.operations : [];
  done.version += unit.length;
  done.changes.push(...unit);
  done.counts.push(...unit.slice(1).map(() => 0), operations.length);
  for (const text of operations) {
    done.operations.push(text);
    done.bytes += utf8Length(text) + 1;
  }
  if (reduced.kind === 'refused') done.rejections.push(...rejectUnit(unit, reduced.by, reduced.problem));
  else for (const { retries } of unit) if (retries !== undefined) done.retriedApplied.push(retries);
};

/** Passes a unit unseen: it was there each time the object died [D5]. */
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

/** Of an atomic batch all are refused: the one that failed with its reason, the others with a pointer to it. */
const rejectUnit = (unit: Unit, by: number, reason: Problem): RejectedChange[] =>
  unit.map((change) => ({
    change,
    problem: { ...(change.seq === by ? reason : batchFailed(by)), seq: change.seq },
  }));

const batchFailed = (by: number): Problem =>
  problem('batch-failed', `Change ${by} of the same atomic batch was refused.`);

/** Groups consecutive changes of one atomic batch; everything else stands alone. */
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
