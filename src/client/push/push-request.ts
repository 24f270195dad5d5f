import { BATCH_BYTES_MAX, BATCH_CHANGES_MAX } from '../../protocol/limits.ts';
import { inOrder, isWaiting, type PendingChange, type PendingQueue } from './pending-queue.ts';

/** One push on its way: consecutive changes of one client. */
export interface Flight {
  readonly client: string;
  readonly n: number;
  /** Never empty; each has its n. */
  readonly entries: readonly (PendingChange & { readonly n: number })[];
  /** How many of them, from the first, were sent before without an answer: they may have been accepted then. */
  readonly doubtful: number;
}

/** Characters of the changes of one push. Each may take 3 bytes, and frames and bodies have names and commas beside. */
const FLIGHT_LENGTH_MAX = Math.floor(BATCH_BYTES_MAX / 3);

/**
 * What to send now; undefined when nothing that is stored waits. What has a number is sent under it, also when others
 * between have gone: so a flight ends where the numbers leave one out.
 *
 * @param width no more changes than this
 */
export const nextFlight = (queue: PendingQueue, width: number): Flight | undefined => {
  const waiting = inOrder(queue.entries).filter((entry) => isWaiting(entry) && entry.key !== undefined);
  const [first] = waiting;
  if (first === undefined) return undefined;
  const start = first.n ?? queue.next;
  const entries: (PendingChange & { readonly n: number })[] = [];
  let length = 0;
  let fresh = 0;
  for (const entry of waiting.slice(0, Math.min(width, BATCH_CHANGES_MAX))) {
    const n = start + entries.length;
    length += lengthOf(entry);
    if (entry.n === undefined) fresh += 1;
    if ((entry.n ?? queue.next + fresh - 1) !== n) break;
    if (length > FLIGHT_LENGTH_MAX && entries.length > 0) break;
    entries.push({ ...entry, n });
  }
  const doubtful = waiting.slice(0, entries.length).filter(({ n }) => n !== undefined).length;
  return { client: queue.client, n: start, entries, doubtful };
};

/** The queue once the flight's numbers are given. To be stored before it leaves. */
export const takenOff = (queue: PendingQueue, { entries, n }: Flight): PendingQueue => {
  const given = new Map(entries.map((entry) => [entry.id, entry]));
  return {
    ...queue,
    next: Math.max(queue.next, n + entries.length),
    entries: inOrder(queue.entries.map((entry) => given.get(entry.id) ?? entry)),
  };
};

const lengthOf = ({ name, args }: PendingChange): number => JSON.stringify({ name, args }).length + 1;
