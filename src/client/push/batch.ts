import type { ChangeRequest } from '../../core/inverse.ts';
import type { Json } from '../../protocol/json.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import type { Receipt, Ticket } from '../../protocol/receipt.ts';
import { nameOf } from '../platform/problem-error.ts';

/**
 * The name of a pending change that is an atomic batch; its args are the changes. So a batch is one entry of the queue,
 * of the store and of the undo history, and cannot be split. No definition has a change of this name.
 */
const BATCH = '$batch';

/** One change of several: they are applied together or not at all. */
export const batchOf = (changes: readonly ChangeRequest[]): ChangeRequest => ({
  name: BATCH,
  args: changes as readonly object[] as Json,
});

/** Whether it was pushed by `client.batch`. */
export const isBatch = ({ name }: Pick<ChangeRequest, 'name'>): boolean => name === BATCH;

/**
 * The changes of what was pushed: those of a batch, in order, or the one change itself. `onRefused` and `held` name a batch
 * as a single change.
 */
export const changesIn = (change: ChangeRequest): readonly ChangeRequest[] =>
  isBatch(change) ? (change.args as readonly object[] as readonly ChangeRequest[]) : [change];

/** How many numbers and seqs it takes. */
export const countOf = (change: ChangeRequest): number => changesIn(change).length;

/**
 * What became of a change or a batch; a batch stands at its last change. The problem of a rejected one is that of the change
 * that failed, where its ticket is among those given. Undefined without anything about the last change.
 *
 * @param last client and n of the last change
 */
export const receiptOf = (
  receipts: readonly (Receipt | Ticket)[],
  last: Pick<Receipt, 'client' | 'n'>,
  count: number,
): Receipt | Ticket | undefined => {
  const own = receipts.filter(({ client, n }) => client === last.client && n > last.n - count && n <= last.n);
  const receipt = own.find(({ n }) => n === last.n);
  const failed = own.find((each) => 'problem' in each && !isBatchFailed(each.problem));
  return receipt && failed && 'problem' in failed
    ? { ...receipt, status: failed.status, problem: failed.problem }
    : receipt;
};

/** Whether a problem only says that another change of the batch failed; its `index` tells which [Q7]. */
export const isBatchFailed = (problem: ProblemBody): boolean => nameOf(problem) === 'batch-failed';
