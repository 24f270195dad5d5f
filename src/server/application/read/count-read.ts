import type { ReadAnswer } from '../../rpc/messages.ts';
import type { OperationCounters } from '../cost/operation-counters.ts';

const COUNTERS = { state: 'reads200', patch: 'reads226', unchanged: 'reads304' } as const;

/** Counts the answer to a read for the operator [G1]. */
export const countRead = (operations: OperationCounters, { kind }: ReadAnswer, isLongPoll: boolean): void => {
  if (kind !== 'refused') operations.count(isLongPoll ? 'readsLongPoll' : COUNTERS[kind]);
};
