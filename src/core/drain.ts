import { DRAIN_SLICE_CHANGES, DRAIN_SLICE_MS, PATCH_ROW_BYTES_MAX } from '../protocol/limits.ts';
import { type Problem, problem } from '../protocol/problems.ts';
import { type QueuedChange, reduce, type Surroundings, type Unit } from './reduce.ts';
import type { Tree } from './tree.ts';
import { utf8Length } from './utf8.ts';

/** One bounded run over the queue: what it did, ready to be committed [D6] [D8]. */
export interface Slice {
  /** The version before. */
  readonly base: number;
  /** The version after: the seq of the last change passed. */
  readonly version: number;
  /** Operations of each change from base + 1 on; those of an atomic batch stand at its last change. */
  readonly counts: readonly number[];
  /** The operations' texts, joined by commas. Undefined when they do not fit into a row. */
  readonly patch: string | undefined;
  readonly refusals: readonly Refused[];
  /** Seqs of earlier rejected changes whose retry was applied now. */
  readonly redeemed: readonly number[];
}

export interface Refused {
  readonly change: QueuedChange;
  readonly problem: Problem;
}

/**
 * Applies queued changes in order until the queue or the slice's budget ends. Whatever a change does, the next
 * one is applied [D4]. The tree is ahead of the disk until the caller has committed the slice.
 */
export const drainSlice = (tree: Tree, units: Iterable<Unit>, surroundings: Surroundings): Slice => {
  const slice = { base: surroundings.version, version: surroundings.version, counts: [] as number[] };
  const operations: string[] = [];
  const refusals: Refused[] = [];
  const redeemed: number[] = [];
  const begun = surroundings.clock();
  let bytes = 0;
  for (const unit of units) {
    const reduced = reduce(tree, unit, { ...surroundings, version: slice.version });
    const done = reduced.kind === 'applied' ? reduced.operations : [];
    if (reduced.kind === 'refused') refusals.push(...refuseUnit(unit, reduced.by, reduced.problem));
    else for (const { retries } of unit) if (retries !== undefined) redeemed.push(retries);
    for (const text of done) {
      operations.push(text);
      bytes += utf8Length(text) + 1;
    }
    slice.counts.push(...unit.slice(1).map(() => 0), done.length);
    slice.version += unit.length;
    const isFull = slice.counts.length >= DRAIN_SLICE_CHANGES || bytes >= PATCH_ROW_BYTES_MAX / 2;
    if (isFull || surroundings.clock() - begun >= DRAIN_SLICE_MS) break;
  }
  return { ...slice, refusals, redeemed, patch: bytes > PATCH_ROW_BYTES_MAX ? undefined : operations.join(',') };
};

/** Passes a unit unseen: it was there each time the object died [D5]. */
export const burySlice = (unit: Unit, attempts: number): Slice => {
  const reason = problem('dead-letter', `The application died ${attempts} times while it applied this change.`);
  const base = unit[0].seq - 1;
  return {
    base,
    version: base + unit.length,
    counts: unit.map(() => 0),
    patch: '',
    redeemed: [],
    refusals: unit.map((change) => ({ change, problem: { ...reason, seq: change.seq } })),
  };
};

/** Of an atomic batch all are refused: the one that failed with its reason, the others with a pointer to it. */
const refuseUnit = (unit: Unit, by: number, reason: Problem): Refused[] =>
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
