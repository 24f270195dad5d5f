import type { Json } from '../../protocol/json.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import type { Version } from '../../protocol/version.ts';

/** A change, as one pushes it. */
export interface ChangeRequest {
  readonly name: string;
  readonly args: Json;
}

/** A change of this browser that is not in the confirmed state yet. */
export interface PendingChange extends ChangeRequest {
  /** Names it in this browser, before and after it has an `n`. */
  readonly id: string;
  /** When it was asked for, in ms since 1970. */
  readonly at: number;
  /** Where it is stored. Absent: not yet, so it must not be sent. */
  readonly key?: number;
  /** Given right before it is sent for the first time, and stored then: it may have reached the server. */
  readonly n?: number;
  readonly accepted?: Acceptance;
}

/** In the server's queue, durably. */
export interface Acceptance {
  readonly epoch: string;
  readonly n: number;
  readonly seq: number;
}

/**
 * What this browser asks for, oldest first: accepted changes, then those that were sent and not answered, then those
 * never sent, which will have the numbers `next`, `next + 1` and so on.
 */
export interface PendingQueue {
  readonly client: string;
  /** The n of the first change that has none yet. */
  readonly next: number;
  readonly entries: readonly PendingChange[];
}

/** A change that is pending no longer, and why. */
export type Settlement =
  /** Its effect is in the confirmed state, or it is known to have none. */
  | { readonly id: string; readonly kind: 'confirmed'; readonly accepted: Acceptance }
  /** It was rejected, as its ticket has told. */
  | { readonly id: string; readonly kind: 'settled'; readonly problem: ProblemBody }
  /** It was never accepted. */
  | { readonly id: string; readonly kind: 'refused'; readonly problem: ProblemBody };

/** What one step did to the queue. */
export interface QueueStep {
  readonly queue: PendingQueue;
  readonly settlements: readonly Settlement[];
}

export const isUnaccepted = ({ accepted }: PendingChange): boolean => accepted === undefined;

/** Adds a change behind the others. One that is known already gets its key, and its place by that. */
export const addChange = (queue: PendingQueue, entry: PendingChange): PendingQueue => {
  const known = queue.entries.find(({ id }) => id === entry.id);
  const others = queue.entries.filter((each) => each !== known);
  return { ...queue, entries: sortPending([...others, { ...known, ...entry }]) };
};

/** Drops what the confirmed state has taken in: never before, so that no effect disappears and comes back. */
export const dropConfirmed = (queue: PendingQueue, { epoch, version }: Version): QueueStep => {
  const isIn = (entry: PendingChange): entry is PendingChange & { readonly accepted: Acceptance } =>
    entry.accepted?.epoch === epoch && entry.accepted.seq <= version;
  const settlements = queue.entries
    .filter(isIn)
    .map(({ id, accepted }): Settlement => ({ id, kind: 'confirmed', accepted }));
  if (settlements.length === 0) return { queue, settlements };
  return { queue: { ...queue, entries: queue.entries.filter((entry) => !isIn(entry)) }, settlements };
};

/**
 * Another history began. What was accepted in the old one and never seen may or may not be part of the new one, so it
 * is sent again under the same n: if it is in there, that is a repeat [Q3]; if not, the gap [Q2] says from where on.
 *
 * Unless a later change was accepted in the new history already: n is contiguous, so the earlier ones are in there,
 * before it.
 */
export const moveToEpoch = (queue: PendingQueue, epoch: string): PendingQueue => {
  const known = queue.entries.findLastIndex(({ accepted }) => accepted?.epoch === epoch);
  const beyond = queue.entries[known]?.accepted;
  const entries = queue.entries.map((entry, index): PendingChange => {
    if (entry.accepted === undefined || entry.accepted.epoch === epoch) return entry;
    if (index < known && beyond !== undefined) return { ...entry, accepted: { ...beyond, n: entry.accepted.n } };
    const { accepted, ...rest } = entry;
    return { ...rest, n: accepted.n };
  });
  return { ...queue, entries };
};

/** Accepted ones by seq, then those that were sent by n, then the others as they were stored, then as they came. */
export const sortPending = (entries: readonly PendingChange[]): PendingChange[] =>
  entries.toSorted((a, b) => rank(a) - rank(b) || rankOrder(a) - rankOrder(b));

const rank = ({ accepted, n, key }: PendingChange): number => {
  if (accepted !== undefined) return 0;
  if (n !== undefined) return 1;
  return key === undefined ? 3 : 2;
};

const rankOrder = ({ accepted, n, key }: PendingChange): number => accepted?.seq ?? n ?? key ?? 0;
