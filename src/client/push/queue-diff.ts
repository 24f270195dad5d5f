import type { Message } from '../state/state-messages.ts';
import { type Gone, inOrder, type PendingChange, type PendingQueue } from './pending-queue.ts';
import type { Told } from './push-result.ts';

/** What one tab tells the others of the queue that they share. */
export interface News {
  readonly client: string;
  readonly next: number;
  /** Those that are new or not as they were. */
  readonly entries: readonly PendingChange[];
  readonly removed: readonly string[];
  readonly told: readonly Told[];
  readonly gone: readonly Gone[];
}

export const newsOf = (before: PendingQueue, { queue, told, gone }: Message & { readonly type: 'queue' }): News => {
  const { client, next } = queue;
  const kept = new Set(queue.entries.map(({ id }) => id));
  const removed = before.entries.filter(({ id }) => !kept.has(id)).map(({ id }) => id);
  return { client, next, entries: changed(before, queue), removed, told, gone };
};

/** Takes over what is told; what is not mentioned (pushed in this very moment) stays. */
export const merged = (
  queue: PendingQueue,
  { client, next, entries, removed }: Omit<News, 'told' | 'gone'>,
): PendingQueue => {
  const told = new Map(entries.map((entry) => [entry.id, entry]));
  const rest = queue.entries.filter(({ id }) => !told.has(id) && !removed.includes(id));
  return { client, next, entries: inOrder([...entries, ...rest]) };
};

/** Entries that are new or not as they were. */
export const changed = (before: PendingQueue, after: PendingQueue): PendingChange[] => {
  const known = new Set(before.entries);
  return after.entries.filter((entry) => !known.has(entry));
};
