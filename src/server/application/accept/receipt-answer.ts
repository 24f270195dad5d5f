import { unknownApplication } from '../../../protocol/problems.ts';
import type { Cost } from '../../../protocol/receipt.ts';
import type { ReceiptAnswer } from '../../rpc/messages.ts';
import { printStages, type StageTimes } from '../../rpc/stage-times.ts';
import { positionOf } from '../state/loaded-state.ts';
import type { VerdictWithCost } from './verdict.ts';

/**
 * The answer to a push once it is accepted or refused.
 *
 * @param begun when the request began, ms since 1970
 */
export const receiptAnswer = (verdict: VerdictWithCost, begun: number): ReceiptAnswer => {
  const { accepted, loaded } = verdict;
  if (loaded === undefined)
    return accepted.kind === 'refused' ? accepted : { kind: 'refused', problem: unknownApplication() };
  const position = positionOf(loaded, Date.now());
  const timing = printStages(stagesOf(verdict, begun));
  return accepted.kind === 'refused'
    ? { ...accepted, position }
    : { kind: 'accepted', receipts: accepted.receipts, position, cost: costOf(verdict, begun), timing };
};

/** What a push and its stages took until now [G3]. */
export const stagesOf = ({ times: { acceptedAt, ...rest } }: VerdictWithCost, begun: number): StageTimes => ({
  object: Date.now() - begun,
  accept: acceptedAt - begun,
  ...rest,
});

/** The cost of a push until now [C2]. */
export const costOf = ({ rowsRead, rowsWritten, storedBytes }: VerdictWithCost, begun: number): Cost => ({
  rowsRead,
  rowsWritten,
  storedBytes,
  awakeMs: Date.now() - begun,
});
