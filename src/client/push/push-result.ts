import type { ProblemBody, ProblemName } from '../../protocol/problems.ts';
import type { Receipt, Ticket } from '../../protocol/receipt.ts';
import { nameOf } from '../platform/problem-error.ts';
import { countOf, receiptOf } from './batch.ts';
import { isUnaccepted, type PendingChange, type PendingQueue, type Settlement, sortPending } from './pending-queue.ts';
import { advanceBase } from './push-options.ts';
import type { PushRequest } from './push-request.ts';
import {
  type Acknowledgement,
  type PushResponse,
  type PushResult,
  queueUpdate,
  type RequestCost,
} from './push-response.ts';

/**
 * The effect of an answer on the queue. A refused push took no n [J11], so its n is free for the change behind it. But a
 * change may get another number only if it is certain that it was not accepted under the one it has:
 *
 * - A change that was never sent has no number yet. One that was sent once and refused has none again.
 * - One that waits for something, such as a token or a pause that the server asks for, was refused by a 4xx, or not sent.
 * - A change that was sent and not answered is possibly accepted: it keeps its number, over restarts and into other
 *   epochs.
 * - A refusal for the content alone (400, 413, 415, 422, or another kind) means that every earlier sending of that change was refused as
 *   well; and as n is contiguous [Q2], nothing behind it was ever accepted. All of that moves up.
 * - Any other refusal (say 403: the token was changed) proves nothing about an earlier sending. A possibly accepted
 *   change is then neither dropped nor renumbered, but sent again later.
 * - A gap (409) proves that nothing from `expected` on was accepted in this epoch.
 * - A forgotten client (410 with `prefix`) proves nothing: what was sent before is reported, the rest goes on under
 *   another client id.
 * - A conflict (422) proves that this very change was not accepted under this n: another one was.
 *
 * @param newClient the client id to go on with if the present one belongs to somebody else
 */
export const interpretAnswer = (
  queue: PendingQueue,
  request: PushRequest,
  response: PushResponse,
  newClient: string,
): PushResult => {
  switch (response.kind) {
    case 'accepted':
      return applyReceipts(queue, request, response);
    case 'refused':
      return applyRefusal(clearFreshNumbers(queue, request), request, response.problem, newClient);
    case 'unknown':
      return retryLater(wasNotAccepted(response.problem) ? clearFreshNumbers(queue, request) : queue);
    default:
      return response satisfies never;
  }
};

const applyReceipts = (
  queue: PendingQueue,
  request: PushRequest,
  { receipts, epoch, cost }: PushResponse & { readonly kind: 'accepted' },
): PushResult => {
  const byN = new Map(receipts.map((receipt) => [receipt.n, receipt]));
  const byId = new Map(
    request.entries.flatMap(({ id, n }): (readonly [string, Receipt | Ticket])[] => {
      const last = { client: request.client, n: n + request.count - 1 };
      const receipt = request.isAtomic ? receiptOf(receipts, last, request.count) : byN.get(n);
      return receipt === undefined ? [] : [[id, receipt]];
    }),
  );
  const next = Math.max(queue.next, ...[...byId.values()].map(({ n }) => n + 1));
  const acceptances = request.entries.flatMap((entry): PendingChange[] => {
    const receipt = byId.get(entry.id);
    return receipt ? [{ ...entry, accepted: { epoch, n: receipt.n, seq: receipt.seq } }] : [];
  });
  const entries = queue.entries.flatMap((entry): PendingChange[] => {
    const receipt = byId.get(entry.id);
    const base = entry.base && acceptances.reduce(advanceBase, entry.base);
    if (receipt === undefined) return [base === entry.base ? entry : { ...entry, ...(base && { base }) }];
    return 'problem' in receipt ? [] : [{ ...entry, accepted: { epoch, n: receipt.n, seq: receipt.seq } }];
  });
  return {
    queue: { ...queue, next, entries: sortPending(entries) },
    settlements: [...byId].flatMap(([id, receipt]): Settlement[] =>
      'problem' in receipt ? [{ id, kind: 'rejected', problem: receipt.problem }] : [],
    ),
    acknowledgements: request.entries.flatMap((entry): Acknowledgement[] => {
      const receipt = byId.get(entry.id);
      const costs = entry.cost && cost && { cost: requestCost(cost, request.count) };
      return receipt ? [{ id: entry.id, receipt, ...costs }] : [];
    }),
    next: byId.size === request.entries.length ? 'continue' : 'retry-later',
  };
};

const requestCost = (
  { rowsRead, rowsWritten, storedBytes, microdollars }: Omit<RequestCost, 'changes'>,
  changes: number,
): RequestCost => ({ rowsRead, rowsWritten, storedBytes, microdollars, changes });

/** Takes back the numbers of what was sent for the first time: refused, it was certainly not accepted. */
const clearFreshNumbers = (queue: PendingQueue, { entries, possiblyAccepted, n }: PushRequest): PendingQueue =>
  possiblyAccepted < entries.length ? clearNumbersFrom(queue, n + possiblyAccepted) : queue;

const applyRefusal = (
  queue: PendingQueue,
  request: PushRequest,
  problem: ProblemBody,
  newClient: string,
): PushResult => {
  const { expected = queue.next, prefix } = problem;
  switch (nameOf(problem)) {
    case 'sequence-gap':
      return retryLater(clearNumbersFrom(queue, expected));
    case 'outcome-expired':
      if (prefix === undefined) return dropExpired(queue, expected, problem);
      return renameClient(queue, problem, prefix + newClient);
    case 'client-taken':
      return renameClient(queue, problem, newClient);
    case 'id-conflict':
      if (request.entries.length > 1) return narrowBatch(queue);
      return retryLater(renumberAfterConflict(queue, request, expected));
    default:
      return dropFirst(queue, request, problem);
  }
};

/** Drops the change at fault, once it is alone in its request; those behind it move up. */
const dropFirst = (queue: PendingQueue, request: PushRequest, problem: ProblemBody): PushResult => {
  if (request.entries.length > 1) return narrowBatch(queue);
  const isOfContent = CONTENT_STATUSES.includes(problem.status) && !isForeign(problem);
  const isCertain = isOfContent || request.possiblyAccepted === 0;
  return isCertain ? dropChanges(clearNumbersFrom(queue, request.n), request.entries, problem) : retryLater(queue);
};

/** Drops what was accepted so long ago that its outcome is forgotten: under another n it could be applied twice. */
const dropExpired = (queue: PendingQueue, expected: number, problem: ProblemBody): PushResult => {
  const expired = queue.entries.filter((entry) => isUnaccepted(entry) && (entry.n ?? expected) < expected);
  return dropChanges(clearNumbersFrom(queue, expected), expired, problem);
};

/** Another change has this n: this one gets a free number. Others that are possibly accepted keep theirs. */
const renumberAfterConflict = (queue: PendingQueue, request: PushRequest, expected: number): PendingQueue => {
  const [conflicting] = request.entries;
  const entries = queue.entries.map((entry) => (entry.id === conflicting?.id ? withoutNumber(entry) : entry));
  return clearNumbersFrom({ ...queue, entries }, expected);
};

/** The client id belongs to another subject [Q14] or was forgotten [Q16]. What may have been accepted under it must not be sent again as a new one. */
const renameClient = (queue: PendingQueue, problem: ProblemBody, newClient: string): PushResult => {
  const sent = queue.entries.filter((entry) => isUnaccepted(entry) && entry.n !== undefined);
  return dropChanges(clearNumbersFrom({ ...queue, client: newClient }, 1), sent, problem);
};

/** Statuses that depend on the content of a push alone. 409 is `kind-conflict` here: an application keeps its kind [L1]. */
const CONTENT_STATUSES: readonly number[] = [400, 409, 413, 415, 422];

/** Removes changes; their promises reject with the problem. */
export const dropChanges = (
  queue: PendingQueue,
  dropped: readonly PendingChange[],
  problem: ProblemBody,
): PushResult => {
  const ids = dropped.map(({ id }) => id);
  return {
    queue: { ...queue, entries: queue.entries.filter(({ id }) => !ids.includes(id)) },
    settlements: ids.map((id) => ({ id, kind: 'refused', problem })),
    acknowledgements: [],
    next: 'continue',
  };
};

/**
 * Keeps a change and sends it no more until the application says so. It may have been accepted, so it keeps its number,
 * and no other change gets that: the server tells by a gap that the number is free.
 */
export const holdChange = (queue: PendingQueue, { entries: [held] }: PushRequest, problem: ProblemBody): PushResult => {
  const entries = queue.entries.map((entry) => (entry.id === held?.id ? { ...entry, held: problem } : entry));
  return { ...queueUpdate({ ...queue, entries }), next: 'continue' };
};

/** Takes back the numbers from `next` on: nothing can have been accepted under them in this epoch. */
const clearNumbersFrom = (queue: PendingQueue, next: number): PendingQueue => {
  const entries = queue.entries.map((entry) =>
    // A batch is not accepted in part.
    isUnaccepted(entry) && entry.n !== undefined && entry.n + countOf(entry) > next ? withoutNumber(entry) : entry,
  );
  return { ...queue, next, entries: sortPending(entries) };
};

const withoutNumber = ({ n: _, ...rest }: PendingChange): PendingChange => rest;

const retryLater = (queue: PendingQueue): PushResult => ({ ...queueUpdate(queue), next: 'retry-later' });
const narrowBatch = (queue: PendingQueue): PushResult => ({ ...queueUpdate(queue), next: 'narrow-batch' });

/** Problems that pass by themselves, or by what somebody else does: the change waits for that. */
const TRANSIENT_PROBLEMS: readonly ProblemName[] = ['unknown-application', 'unauthorized', 'too-slow'];

/** Whether a problem was made up from an answer that does not come from Changebucket. */
export const isForeign = ({ type }: ProblemBody): boolean => !type.startsWith('urn:changebucket:');

/** Whether what waits was certainly not accepted: the server has refused it [J11], or there was no token to send it with. */
const wasNotAccepted = (problem: ProblemBody | undefined): boolean =>
  problem !== undefined &&
  !isForeign(problem) &&
  ((problem.status >= 400 && problem.status < 500) || problem.type === 'urn:changebucket:client:no-token');

/** Whether sending the same again later may end another way. */
export const isTransient = (problem: ProblemBody): boolean =>
  problem.status === 0 ||
  problem.status >= 500 ||
  problem.status === 429 ||
  TRANSIENT_PROBLEMS.includes(nameOf(problem));
