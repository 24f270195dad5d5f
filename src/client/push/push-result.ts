import type { ProblemBody, ProblemName } from '../../protocol/problems.ts';
import type { Receipt, Ticket } from '../../protocol/receipt.ts';
import { nameOf } from '../platform/problem-error.ts';
import { isUnaccepted, type PendingChange, type PendingQueue, type Settlement, sortPending } from './pending-queue.ts';
import type { PushRequest } from './push-request.ts';

/** How the server answered a push, over whichever transport. */
export type PushResponse =
  /** Tickets where the outcomes are known already. */
  | { readonly kind: 'taken'; readonly epoch: string; readonly receipts: readonly (Receipt | Ticket)[] }
  /** This push changed nothing [J11]. */
  | { readonly kind: 'refused'; readonly epoch?: string | undefined; readonly problem: ProblemBody }
  /** No answer, a 5xx or something to wait for: sending the same again is safe [Q1]. */
  | { readonly kind: 'unknown'; readonly problem?: ProblemBody | undefined; readonly retryAfterMs: number };

/** The queue after a step of the push loop, and what the step means for those who have pushed. */
export interface QueueUpdate {
  readonly queue: PendingQueue;
  readonly settlements: readonly Settlement[];
  /** Accepted now, for whoever waits for that. */
  readonly acknowledgements: readonly Acknowledgement[];
}

/** What an answer means for the queue. */
export interface PushResult extends QueueUpdate {
  /** `narrow-batch`: one of the changes is at fault, and only fewer at once will tell which. */
  readonly next: 'continue' | 'retry-later' | 'narrow-batch';
}

export interface Acknowledgement {
  readonly id: string;
  /** A ticket when the outcome is known. */
  readonly receipt: Receipt | Ticket;
}

/**
 * A refused push took no n [J11], so the n is free for what stands behind it. But a change may change its number only if
 * it is certain that it was not accepted under the one it has:
 *
 * - What was never sent has no number yet. What was sent once and refused has none again.
 * - What was sent and not answered is in doubt: it keeps its number, over restarts and into other histories.
 * - If a refusal comes from the content alone (400, 413, 415, 422), every earlier sending of that change was refused as
 *   well; and n being contiguous [Q2], nothing behind it was ever accepted. All of that moves up.
 * - Any other refusal (say 403: the token was changed) proves nothing about an earlier sending. A change in doubt is
 *   then neither dropped nor renumbered, but sent again later.
 * - A gap (409) proves that nothing from `expected` on was accepted in this history.
 * - A conflict (422) proves that this very change was not accepted under this n: another one was.
 */
export const interpretAnswer = (
  queue: PendingQueue,
  request: PushRequest,
  response: PushResponse,
  newClient: string,
): PushResult => {
  switch (response.kind) {
    case 'taken':
      return applyReceipts(queue, request, response);
    case 'refused':
      return applyRefusal(clearFreshNumbers(queue, request), request, response.problem, newClient);
    case 'unknown':
      return { queue, settlements: [], acknowledgements: [], next: 'retry-later' };
    default:
      return response satisfies never;
  }
};

const applyReceipts = (
  queue: PendingQueue,
  request: PushRequest,
  response: PushResponse & { readonly kind: 'taken' },
): PushResult => {
  const byN = new Map(response.receipts.map((receipt) => [receipt.n, receipt]));
  const acknowledgements = request.entries.flatMap(({ id, n }): Acknowledgement[] => {
    const receipt = byN.get(n);
    return receipt === undefined ? [] : [{ id, receipt }];
  });
  const { queue: after, settlements } = afterReceipts(queue, acknowledgements, response.epoch);
  return {
    queue: after,
    settlements,
    acknowledgements,
    next: acknowledgements.length === request.entries.length ? 'continue' : 'retry-later',
  };
};

const afterReceipts = (
  queue: PendingQueue,
  acknowledgements: readonly Acknowledgement[],
  epoch: string,
): Pick<PushResult, 'queue' | 'settlements'> => {
  const byId = new Map(acknowledgements.map((each) => [each.id, each]));
  const settlements = acknowledgements.flatMap(({ id, receipt }): Settlement[] =>
    'problem' in receipt ? [{ id, kind: 'settled', problem: receipt.problem }] : [],
  );
  const isGone = new Set(settlements.map(({ id }) => id));
  const entries = queue.entries
    .filter(({ id }) => !isGone.has(id))
    .map((entry): PendingChange => {
      const receipt = byId.get(entry.id)?.receipt;
      return receipt === undefined ? entry : { ...entry, accepted: { epoch, n: receipt.n, seq: receipt.seq } };
    });
  const next = acknowledgements.reduce((most, { receipt }) => Math.max(most, receipt.n + 1), queue.next);
  return { queue: { ...queue, next, entries: sortPending(entries) }, settlements };
};

/** What was sent for the first time and refused was certainly not accepted: it has no number again. */
const clearFreshNumbers = (queue: PendingQueue, { entries, possiblyAccepted, n }: PushRequest): PendingQueue =>
  possiblyAccepted < entries.length ? clearNumbersFrom(queue, n + possiblyAccepted) : queue;

const applyRefusal = (
  queue: PendingQueue,
  request: PushRequest,
  problem: ProblemBody,
  newClient: string,
): PushResult => {
  const { expected } = problem;
  switch (nameOf(problem)) {
    case 'sequence-gap':
      return expected === undefined ? retryLater(queue) : retryLater(clearNumbersFrom(queue, expected));
    case 'outcome-expired':
      return expected === undefined ? retryLater(queue) : dropExpired(queue, expected, problem);
    case 'client-taken':
      return renameClient(queue, problem, newClient);
    case 'id-conflict':
      if (request.entries.length > 1) return narrowBatch(queue);
      return expected === undefined ? retryLater(queue) : retryLater(renumberAfterConflict(queue, request, expected));
    default:
      return dropFirst(queue, request, problem);
  }
};

/** Reports the first change and lets the following ones move up. */
const dropFirst = (queue: PendingQueue, request: PushRequest, problem: ProblemBody): PushResult => {
  if (request.entries.length > 1) return narrowBatch(queue);
  const isCertain = CONTENT_STATUSES.includes(problem.status) || request.possiblyAccepted === 0;
  return isCertain
    ? dropChanges(clearNumbersFrom(queue, request.n), idsOf(request.entries), problem)
    : retryLater(queue);
};

/** Accepted so long ago that nobody knows their outcome: sending them under another n could do them twice. */
const dropExpired = (queue: PendingQueue, expected: number, problem: ProblemBody): PushResult => {
  const old = queue.entries.filter((entry) => isUnaccepted(entry) && (entry.n ?? expected) < expected);
  return dropChanges(clearNumbersFrom(queue, expected), idsOf(old), problem);
};

/** The n is another change's. What may have been accepted under a number of its own keeps that. */
const renumberAfterConflict = (queue: PendingQueue, request: PushRequest, expected: number): PendingQueue => {
  const [conflicting] = request.entries;
  const entries = queue.entries.map((entry) => (entry.id === conflicting?.id ? withoutNumber(entry) : entry));
  return clearNumbersFrom({ ...queue, entries }, expected);
};

/** The name is somebody else's [Q14]. What may have been accepted under it, as another subject, must not come twice. */
const renameClient = (queue: PendingQueue, problem: ProblemBody, newClient: string): PushResult => {
  const doubtful = queue.entries.filter((entry) => isUnaccepted(entry) && entry.n !== undefined);
  return dropChanges(clearNumbersFrom({ ...queue, client: newClient }, 1), idsOf(doubtful), problem);
};

/** Statuses that the content of a push alone decides. */
const CONTENT_STATUSES: readonly number[] = [400, 413, 415, 422];

const dropChanges = (queue: PendingQueue, ids: readonly string[], problem: ProblemBody): PushResult => ({
  queue: { ...queue, entries: queue.entries.filter(({ id }) => !ids.includes(id)) },
  settlements: ids.map((id) => ({ id, kind: 'refused', problem })),
  acknowledgements: [],
  next: 'continue',
});

/** Takes the numbers from `next` on back: nothing can have been accepted under them in this history. */
const clearNumbersFrom = (queue: PendingQueue, next: number): PendingQueue => {
  const entries = queue.entries.map((entry) =>
    isUnaccepted(entry) && entry.n !== undefined && entry.n >= next ? withoutNumber(entry) : entry,
  );
  return { ...queue, next, entries: sortPending(entries) };
};

const withoutNumber = ({ n: _, ...rest }: PendingChange): PendingChange => rest;

const idsOf = (entries: readonly PendingChange[]): string[] => entries.map(({ id }) => id);
const retryLater = (queue: PendingQueue): PushResult => ({
  queue,
  settlements: [],
  acknowledgements: [],
  next: 'retry-later',
});
const narrowBatch = (queue: PendingQueue): PushResult => ({
  queue,
  settlements: [],
  acknowledgements: [],
  next: 'narrow-batch',
});

/** Problems that pass by themselves, or by what somebody else does: the change waits for that. */
const TRANSIENT_PROBLEMS: readonly ProblemName[] = ['unknown-application', 'unauthorized', 'too-slow'];

/** Whether sending the same again later may end another way. */
export const isTransient = (problem: ProblemBody): boolean =>
  problem.status >= 500 || problem.status === 429 || TRANSIENT_PROBLEMS.includes(nameOf(problem));
