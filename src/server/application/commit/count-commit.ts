import type { Slice } from '../../../core/drain/drain-slice.ts';
import { problemBody, problemType } from '../../../protocol/problems.ts';
import { rejectionCause } from '../../../protocol/rejection-cause.ts';
import type { OperationCounters } from '../cost/operation-counters.ts';

/**
 * Counts what a slice does, before it is written: the counters are a part of what is written.
 *
 * @param isOfItsTurn whether it is a drain of its own: its changes were accepted in the same turn [D11]
 */
export const countSlice = (counters: OperationCounters, slice: Slice, isOfItsTurn: boolean): void => {
  const changes = slice.version - slice.base;
  counters.count('applied', changes - slice.rejections.length);
  for (const { problem } of slice.rejections) counters.count(counterOf(problemBody(problem).type));
  if (isOfItsTurn) counters.drained(changes, 0);
};

const counterOf = (type: string): 'dead' | 'failed' | 'rejected' => {
  if (type === problemType('dead-letter')) return 'dead';
  return rejectionCause(type) === 'failure' ? 'failed' : 'rejected';
};
