import type { ProblemBody, ProblemName } from '../../protocol/problems.ts';
import type { Receipt, Ticket } from '../../protocol/receipt.ts';
import { nameOf } from '../platform/problem-error.ts';
import { type Gone, inOrder, isWaiting, type PendingChange, type PendingQueue } from './pending-queue.ts';
import type { Flight } from './push-request.ts';

/** How the server answered a push, over whichever transport. */
export type Answered =
  /** Tickets where the outcomes are known already. */
  | { readonly kind: 'taken'; readonly epoch: string; readonly receipts: readonly (Receipt | Ticket)[] }
  /** This push changed nothing [J11]. */
  | { readonly kind: 'refused'; readonly epoch?: string | undefined; readonly problem: ProblemBody }
  /** No answer, a 5xx or something to wait for: sending the same again is safe [Q1]. */
  | { readonly kind: 'unknown'; readonly problem?: ProblemBody | undefined; readonly retryAfterMs: number };

/** What an answer means for the queue. */
export interface Verdict {
  readonly queue: PendingQueue;
  readonly gone: readonly Gone[];
  /** Accepted now, for whoever waits for that. */
  readonly told: readonly Told[];
  /** `narrower`: one of the changes is at fault, and only fewer at once will tell which. */
  readonly next: 'go on' | 'again later' | 'narrower';
}

export interface Told {
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
export const judge = (queue: PendingQueue, flight: Flight, answered: Answered, freshClient: string): Verdict => {
  switch (answered.kind) {
    case 'taken':
      return take(queue, flight, answered);
    case 'refused':
      return refuse(withoutDoubt(queue, flight), flight, answered.problem, freshClient);
    case 'unknown':
      return { queue, gone: [], told: [], next: 'again later' };
    default:
      return answered satisfies never;
  }
};

const take = (queue: PendingQueue, flight: Flight, answered: Answered & { readonly kind: 'taken' }): Verdict => {
  const byN = new Map(answered.receipts.map((receipt) => [receipt.n, receipt]));
  const told = flight.entries.flatMap(({ id, n }): Told[] => {
    const receipt = byN.get(n);
    return receipt === undefined ? [] : [{ id, receipt }];
  });
  const { queue: after, gone } = afterReceipts(queue, told, answered.epoch);
  return { queue: after, gone, told, next: told.length === flight.entries.length ? 'go on' : 'again later' };
};

const afterReceipts = (queue: PendingQueue, told: readonly Told[], epoch: string): Pick<Verdict, 'queue' | 'gone'> => {
  const byId = new Map(told.map((each) => [each.id, each]));
  const gone = told.flatMap(({ id, receipt }): Gone[] =>
    'problem' in receipt ? [{ id, kind: 'settled', problem: receipt.problem }] : [],
  );
  const isGone = new Set(gone.map(({ id }) => id));
  const entries = queue.entries
    .filter(({ id }) => !isGone.has(id))
    .map((entry): PendingChange => {
      const receipt = byId.get(entry.id)?.receipt;
      return receipt === undefined ? entry : { ...entry, accepted: { epoch, n: receipt.n, seq: receipt.seq } };
    });
  const next = told.reduce((most, { receipt }) => Math.max(most, receipt.n + 1), queue.next);
  return { queue: { ...queue, next, entries: inOrder(entries) }, gone };
};

/** What was sent for the first time and refused was certainly not accepted: it has no number again. */
const withoutDoubt = (queue: PendingQueue, { entries, doubtful, n }: Flight): PendingQueue =>
  doubtful < entries.length ? unnumbered(queue, n + doubtful) : queue;

const refuse = (queue: PendingQueue, flight: Flight, problem: ProblemBody, freshClient: string): Verdict => {
  const { expected } = problem;
  switch (nameOf(problem)) {
    case 'sequence-gap':
      return expected === undefined ? later(queue) : later(unnumbered(queue, expected));
    case 'outcome-expired':
      return expected === undefined ? later(queue) : forget(queue, expected, problem);
    case 'client-taken':
      return rename(queue, problem, freshClient);
    case 'id-conflict':
      if (flight.entries.length > 1) return narrower(queue);
      return expected === undefined ? later(queue) : later(moved(queue, flight, expected));
    default:
      return skip(queue, flight, problem);
  }
};

/** Reports the first change and lets the following ones move up. */
const skip = (queue: PendingQueue, flight: Flight, problem: ProblemBody): Verdict => {
  if (flight.entries.length > 1) return narrower(queue);
  const isCertain = CONTENT.includes(problem.status) || flight.doubtful === 0;
  return isCertain ? without(unnumbered(queue, flight.n), idsOf(flight.entries), problem) : later(queue);
};

/** Accepted so long ago that nobody knows their outcome: sending them under another n could do them twice. */
const forget = (queue: PendingQueue, expected: number, problem: ProblemBody): Verdict => {
  const old = queue.entries.filter((entry) => isWaiting(entry) && (entry.n ?? expected) < expected);
  return without(unnumbered(queue, expected), idsOf(old), problem);
};

/** The n is another change's. What may have been accepted under a number of its own keeps that. */
const moved = (queue: PendingQueue, flight: Flight, expected: number): PendingQueue => {
  const [conflicting] = flight.entries;
  const entries = queue.entries.map((entry) => (entry.id === conflicting?.id ? bare(entry) : entry));
  return unnumbered({ ...queue, entries }, expected);
};

/** The name is somebody else's [Q14]. What may have been accepted under it, as another subject, must not come twice. */
const rename = (queue: PendingQueue, problem: ProblemBody, freshClient: string): Verdict => {
  const doubtful = queue.entries.filter((entry) => isWaiting(entry) && entry.n !== undefined);
  return without(unnumbered({ ...queue, client: freshClient }, 1), idsOf(doubtful), problem);
};

/** Statuses that the content of a push alone decides. */
const CONTENT: readonly number[] = [400, 413, 415, 422];

const without = (queue: PendingQueue, ids: readonly string[], problem: ProblemBody): Verdict => ({
  queue: { ...queue, entries: queue.entries.filter(({ id }) => !ids.includes(id)) },
  gone: ids.map((id) => ({ id, kind: 'refused', problem })),
  told: [],
  next: 'go on',
});

/** Takes the numbers from `next` on back: nothing can have been accepted under them in this history. */
const unnumbered = (queue: PendingQueue, next: number): PendingQueue => {
  const entries = queue.entries.map((entry) =>
    isWaiting(entry) && entry.n !== undefined && entry.n >= next ? bare(entry) : entry,
  );
  return { ...queue, next, entries: inOrder(entries) };
};

const bare = ({ n: _, ...rest }: PendingChange): PendingChange => rest;

const idsOf = (entries: readonly PendingChange[]): string[] => entries.map(({ id }) => id);
const later = (queue: PendingQueue): Verdict => ({ queue, gone: [], told: [], next: 'again later' });
const narrower = (queue: PendingQueue): Verdict => ({ queue, gone: [], told: [], next: 'narrower' });

/** Problems that pass by themselves, or by what somebody else does: the change waits for that. */
const PASSING: readonly ProblemName[] = ['unknown-application', 'unauthorized', 'too-slow'];

/** Whether sending the same again later may end another way. */
export const mayPass = (problem: ProblemBody): boolean =>
  problem.status >= 500 || problem.status === 429 || PASSING.includes(nameOf(problem));
