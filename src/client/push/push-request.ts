import { BATCH_BYTES_MAX, BATCH_CHANGES_MAX } from '../../protocol/limits.ts';
import { isUnaccepted, type PendingChange, type PendingQueue, sortPending } from './pending-queue.ts';

/** One push on its way: consecutive changes of one client. */
export interface PushRequest {
  readonly client: string;
  readonly n: number;
  /** Never empty; each has its n. */
  readonly entries: readonly (PendingChange & { readonly n: number })[];
  /** How many of them, from the first, were sent before without an answer: they may have been accepted then. */
  readonly possiblyAccepted: number;
}

/** Characters of the changes of one push. Each may take 3 bytes, and frames and bodies have names and commas beside. */
const REQUEST_LENGTH_MAX = Math.floor(BATCH_BYTES_MAX / 3);

/**
 * What to send now; undefined when nothing that is stored waits. What has a number is sent under it, also when others
 * between have gone: so a flight ends where the numbers leave one out.
 *
 * @param batchLimit no more changes than this
 */
export const nextPushRequest = (queue: PendingQueue, batchLimit: number): PushRequest | undefined => {
  const waiting = sortPending(queue.entries).filter((entry) => isUnaccepted(entry) && entry.key !== undefined);
  const [first] = waiting;
  if (first === undefined) return undefined;
  const start = first.n ?? queue.next;
  const entries: (PendingChange & { readonly n: number })[] = [];
  let length = 0;
  let fresh = 0;
  for (const entry of waiting.slice(0, Math.min(batchLimit, BATCH_CHANGES_MAX))) {
    const n = start + entries.length;
    length += lengthOf(entry);
    if (entry.n === undefined) fresh += 1;
    if ((entry.n ?? queue.next + fresh - 1) !== n) break;
    if (length > REQUEST_LENGTH_MAX && entries.length > 0) break;
    entries.push({ ...entry, n });
  }
  const possiblyAccepted = waiting.slice(0, entries.length).filter(({ n }) => n !== undefined).length;
  return { client: queue.client, n: start, entries, possiblyAccepted };
};

/** The queue once the flight's numbers are given. To be stored before it leaves. */
export const assignNumbers = (queue: PendingQueue, { entries, n }: PushRequest): PendingQueue => {
  const given = new Map(entries.map((entry) => [entry.id, entry]));
  return {
    ...queue,
    next: Math.max(queue.next, n + entries.length),
    entries: sortPending(queue.entries.map((entry) => given.get(entry.id) ?? entry)),
  };
};

const lengthOf = ({ name, args }: PendingChange): number => JSON.stringify({ name, args }).length + 1;
