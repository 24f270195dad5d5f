import type { SentChange } from '../../protocol/frames.ts';
import { BATCH_BYTES_MAX } from '../../protocol/limits.ts';
import { changesIn, countOf, isBatch } from './batch.ts';
import { heldIds, isUnaccepted, type PendingChange, type PendingQueue, sortPending } from './pending-queue.ts';
import { matchOf } from './push-options.ts';

/** One push: consecutive changes of one client, or one atomic batch. */
export interface PushRequest {
  readonly client: string;
  readonly n: number;
  /** Never empty; each has its n. */
  readonly entries: readonly (PendingChange & { readonly n: number })[];
  /** The number of changes in all entries. */
  readonly count: number;
  /** True for a batch: then it is the only entry. */
  readonly isAtomic: boolean;
  /** The etag that the state must have, of an atomic one. */
  readonly match: string | undefined;
  /** Whether one of the entries asks what it has cost. */
  readonly cost: boolean;
  /** The number of entries, from the first on, that were sent before and not answered: the server may have accepted them. */
  readonly possiblyAccepted: number;
}

/** The most characters of changes in one push: each may take 3 bytes, and a body or frame adds names and commas. */
const REQUEST_LENGTH_MAX = Math.floor(BATCH_BYTES_MAX / 3);

/**
 * The next request; undefined when no stored change waits. A change that has a number is sent under it, also when
 * others before it are gone: so a request ends where the numbers have a gap. It also ends before an undo that is held, and
 * before and behind a batch.
 *
 * @param batchLimit the most changes it may hold, at most `BATCH_CHANGES_MAX`
 */
export const nextPushRequest = (queue: PendingQueue, batchLimit: number): PushRequest | undefined => {
  const sorted = sortPending(queue.entries);
  const held = heldIds(sorted);
  const waiting = sorted.filter((entry) => isUnaccepted(entry) && entry.key !== undefined && !held.has(entry.id));
  const [first] = waiting;
  if (first === undefined) return undefined;
  const start = first.n ?? queue.next;
  const isAtomic = isBatch(first);
  const entries: (PendingChange & { readonly n: number })[] = [];
  let length = 0;
  let possiblyAccepted = 0;
  let { next } = queue;
  const alike = isAtomic ? [first] : waiting.slice(0, batchLimit);
  for (const entry of alike) {
    const n = start + entries.length;
    length += lengthOf(entry);
    const isFull = length > REQUEST_LENGTH_MAX || isBatch(entry);
    if (entry.undoes || (entry.n ?? next) !== n || (isFull && entries.length > 0)) break;
    if (entry.n === undefined) next += 1;
    else possiblyAccepted += 1;
    entries.push({ ...entry, n });
  }
  if (entries.length === 0) return undefined;
  const count = isAtomic ? countOf(first) : entries.length;
  const cost = entries.some((entry) => entry.cost);
  return { client: queue.client, n: start, entries, count, isAtomic, match: matchOf(first), cost, possiblyAccepted };
};

/** The queue with the numbers of a request. To be stored before the request is sent. */
export const assignNumbers = (queue: PendingQueue, { entries, n, count }: PushRequest): PendingQueue => {
  const given = new Map(entries.map((entry) => [entry.id, entry]));
  return {
    ...queue,
    next: Math.max(queue.next, n + count),
    entries: sortPending(queue.entries.map((entry) => given.get(entry.id) ?? entry)),
  };
};

/**
 * The changes as they are sent. The end of a change's id is its nonce: where a profile was copied, both copies go on with
 * the same client id and the same n, and equal changes of theirs must not be taken for one [Q18].
 */
export const sentChanges = ({ entries }: PushRequest): SentChange[] =>
  // 32 bits of a random id: they tell apart two changes, not all changes.
  entries.flatMap((entry) => changesIn(entry).map(({ name, args }) => ({ name, args, nonce: entry.id.slice(-8) })));

const lengthOf = ({ name, args }: PendingChange): number => JSON.stringify({ name, args }).length + 21;
