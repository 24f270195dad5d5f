import { type PendingChange, type PendingQueue, type Settlement, sortPending } from './pending-queue.ts';
import type { Acknowledgement, QueueUpdate } from './push-response.ts';

/** The change of the shared queue that one tab sends to the others. */
export interface QueueDiff {
  readonly client: string;
  readonly next: number;
  /** The entries that are new or have changed. */
  readonly entries: readonly PendingChange[];
  /** Ids. */
  readonly removed: readonly string[];
  readonly acknowledgements: readonly Acknowledgement[];
  readonly settlements: readonly Settlement[];
}

/** @param before the queue that the other tabs have */
export const diffQueue = (before: PendingQueue, { queue, acknowledgements, settlements }: QueueUpdate): QueueDiff => {
  const { client, next } = queue;
  const remaining = new Set(queue.entries.map(({ id }) => id));
  const removed = before.entries.filter(({ id }) => !remaining.has(id)).map(({ id }) => id);
  return { client, next, entries: changedEntries(before, queue), removed, acknowledgements, settlements };
};

/** Applies the diff of another tab. Entries that it does not name stay: this tab may just have pushed them. */
export const mergeQueue = (
  queue: PendingQueue,
  { client, next, entries, removed }: Omit<QueueDiff, 'acknowledgements' | 'settlements'>,
): PendingQueue => {
  const named = new Set([...entries.map(({ id }) => id), ...removed]);
  const others = queue.entries.filter(({ id }) => !named.has(id));
  return { client, next, entries: sortPending([...entries, ...others]) };
};

/** The entries that are new or have changed. */
export const changedEntries = (before: PendingQueue, after: PendingQueue): PendingChange[] => {
  const known = new Set(before.entries);
  return after.entries.filter((entry) => !known.has(entry));
};
