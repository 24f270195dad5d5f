import { problem } from '../../protocol/problems.ts';
import type { Tree } from '../state/tree.ts';
import { type ReduceContext, type Reduced, reduce, type Unit } from './reduce.ts';

/** Applies one unit within the work that its subject has left, and counts what it did [F2]. */
export const reduceWithin = (tree: Tree, unit: Unit, context: ReduceContext): Reduced => {
  const { workPolicy } = context;
  const limit = workPolicy?.limitOf(unit);
  if (limit === 'nothing') return rejectUntried(unit);
  if (limit !== undefined) tree.restrictWork(limit);
  const before = tree.work;
  const reduced = reduce(tree, unit, context);
  workPolicy?.done(unit, tree.work - before);
  return reduced;
};

const rejectUntried = ([{ seq }]: Unit): Reduced => ({
  kind: 'rejected',
  failedSeq: seq,
  problem: problem('too-much-work', 'Its sender has caused all the work that it may while others wait.'),
});
