import { BATCH_BYTES_MAX, BATCH_CHANGES_MAX } from '../protocol/limits.ts';
import { inOrder, isWaiting, type Pending, type Queue } from './pending.ts';

/** One push on its way: consecutive changes of one client. */
export interface Flight {
  readonly client: string;
  readonly n: number;
  /** Never empty; each has its n. */
  readonly entries: readonly (Pending & { readonly n: number })[];
  /** How many of them, from the first, were sent before without an answer: they may have been accepted then. */
  readonly doubtful: number;
}

/** Characters of the changes of one push. Each may take 3 bytes, and frames and bodies have names and commas beside. */
const FLIGHT_LENGTH_MAX = Math.floor(BATCH_BYTES_MAX / 3);

/** What to send now; undefined when nothing that is stored waits. @param width no more changes than this */
export const nextFlight = (queue: Queue, width: number): Flight | undefined => {
  const waiting = inOrder(queue.entries).filter((entry) => isWaiting(entry) && entry.key !== undefined);
  const entries: (Pending & { readonly n: number })[] = [];
  let length = 0;
  for (const entry of waiting.slice(0, Math.min(width, BATCH_CHANGES_MAX))) {
    length += lengthOf(entry);
    if (length > FLIGHT_LENGTH_MAX && entries.length > 0) break;
    entries.push({ ...entry, n: queue.next + entries.length });
  }
  if (entries.length === 0) return undefined;
  const doubtful = waiting.slice(0, entries.length).filter(({ n }) => n !== undefined).length;
  return { client: queue.client, n: queue.next, entries, doubtful };
};

/** The queue once the flight's numbers are given. To be stored before it leaves. */
export const takenOff = (queue: Queue, { entries }: Flight): Queue => {
  const given = new Map(entries.map((entry) => [entry.id, entry]));
  return { ...queue, entries: inOrder(queue.entries.map((entry) => given.get(entry.id) ?? entry)) };
};

const lengthOf = ({ name, args }: Pending): number => JSON.stringify({ name, args }).length + 1;
