import { type PendingChange, type PendingQueue, type Settlement, sortPending } from './pending-queue.ts';
import type { Acknowledgement, QueueUpdate } from './push-result.ts';

/** What one tab tells the others of the queue that they share. */
export interface QueueDiff {
  readonly client: string;
  readonly next: number;
  /** Those that are new or not as they were. */
  readonly entries: readonly PendingChange[];
  readonly removed: readonly string[];
  readonly acknowledgements: readonly Acknowledgement[];
  readonly settlements: readonly Settlement[];
}

export const diffQueue = (before: PendingQueue, { queue, acknowledgements, settlements }: QueueUpdate): QueueDiff => {
  const { client, next } = queue;
  const kept = new Set(queue.entries.map(({ id }) => id));
  const removed = before.entries.filter(({ id }) => !kept.has(id)).map(({ id }) => id);
  return { client, next, entries: changedEntries(before, queue), removed, acknowledgements, settlements };
};

/** Takes over what is told; what is not mentioned (pushed in this very moment) stays. */
export const mergeQueue = (
  queue: PendingQueue,
  { client, next, entries, removed }: Omit<QueueDiff, 'acknowledgements' | 'settlements'>,
): PendingQueue => {
  const acknowledgements = new Map(entries.map((entry) => [entry.id, entry]));
  const rest = queue.entries.filter(({ id }) => !acknowledgements.has(id) && !removed.includes(id));
  return { client, next, entries: sortPending([...entries, ...rest]) };
};

/** Entries that are new or not as they were. */
export const changedEntries = (before: PendingQueue, after: PendingQueue): PendingChange[] => {
  const known = new Set(before.entries);
  return after.entries.filter((entry) => !known.has(entry));
};
