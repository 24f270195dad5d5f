import type { Environment } from '../platform/environment.ts';
import { withTimeLimit } from '../platform/time-limit.ts';
import { isUnaccepted, type PendingChange, type PendingQueue } from '../push/pending-queue.ts';
import type { SafeStore } from './safe-store.ts';
import type { ClientStorage, ClientStore, PersistedState } from './storage.ts';

/** The store and the queue of the subject that changes are moved to. */
export interface AdoptTarget {
  readonly store: Pick<SafeStore, 'append' | 'commit'>;
  readonly queue: PendingQueue;
}

/** The surroundings of an `Adopt`. */
export interface AdoptOptions {
  readonly storage: ClientStorage;
  /** The name of the store without a subject. */
  readonly from: string;
  /** The lock that the tabs of that store's clients hold; undefined where they share none. */
  readonly lockName: string | undefined;
  /** Whether the queue may go on under another client id. */
  readonly isClientFree: boolean;
  readonly environment: Environment;
}

/**
 * Moves unsent changes into the store of a subject, before that sends anything.
 *
 * @returns the queue's numbers and the changes that were moved; undefined when there are none
 */
export type Adopt = (target: AdoptTarget, options: AdoptOptions) => Promise<PendingQueue | undefined>;

/** The other store must be had and read within so many ms; otherwise the next page tries again. */
const ADOPT_TIMEOUT_MS = 2_000;

/**
 * For the option `adopt`: takes along the unsent changes that were pushed in this browser by a client without a token. They
 * are sent under the name of the subject that has signed in, behind its own.
 *
 * A change that was sent and not answered may have been accepted: it keeps its client id and its n, so that it is never
 * applied twice. So it moves only while the subject's queue has no numbers and can go on under that client id; if the
 * client id belongs to somebody else [Q14], it is refused and reported. Otherwise it stays until the next page.
 */
export const adoptAnonymous: Adopt = (target, options) => adopt(target, options, ({ subject }) => subject === '');

/**
 * As `adoptAnonymous`, and also takes along what an earlier version of the client has stored without saying whose it is:
 * only right where one person uses the browser.
 */
export const adoptUnattributed: Adopt = (target, options) => adopt(target, options, () => true);

const adopt = async (
  target: AdoptTarget,
  options: AdoptOptions,
  mayMove: (stored: PersistedState) => boolean,
): Promise<PendingQueue | undefined> => {
  const closing = new AbortController();
  let adopted: PendingQueue | undefined;
  const move = async (): Promise<void> => {
    const source = await openSource(options);
    if (source === undefined) return;
    try {
      const stored = await source.load(options.environment.newId());
      if (!closing.signal.aborted && mayMove(stored)) adopted = await moveChanges(source, stored, target, options);
    } finally {
      source.close();
    }
  };
  const { environment, lockName } = options;
  const { locks } = environment;
  // An anonymous tab that is still open holds this lock: it may send the same changes.
  const moving =
    locks === undefined || lockName === undefined ? move() : locks.request(lockName, { signal: closing.signal }, move);
  await withTimeLimit(environment, ADOPT_TIMEOUT_MS, moving).catch(() => closing.abort());
  return adopted;
};

const openSource = ({ storage, from }: AdoptOptions): Promise<ClientStore | undefined> =>
  storage.openExisting?.(from) ?? storage.open(from);

const moveChanges = async (
  source: ClientStore,
  stored: PersistedState,
  { store, queue }: AdoptTarget,
  options: AdoptOptions,
): Promise<PendingQueue | undefined> => {
  const hasNumbers = queue.entries.some(({ n, accepted }) => n !== undefined || accepted !== undefined);
  const takesClient = options.isClientFree && !hasNumbers && stored.entries.some(({ n }) => n !== undefined);
  const moved = stored.entries.filter((entry) => isUnaccepted(entry) && (takesClient || entry.n === undefined));
  if (moved.length === 0) return undefined;
  const numbers = takesClient ? stored : queue;
  const { client, next } = numbers;
  // In this order: after a crash between two steps the changes are in one store, or in both under the same ids and numbers.
  if (takesClient) await store.commit({ client, next, put: [], remove: [] });
  const known = new Set(queue.entries.map(({ id }) => id));
  const fresh = moved.filter(({ id }) => !known.has(id)).map(withoutKey);
  const keys = await store.append(fresh);
  const left = takesClient ? { client: options.environment.newId(), next: 1 } : stored;
  const remove = moved.flatMap(({ key }) => (key === undefined ? [] : [key]));
  await source.commit({ client: left.client, next: left.next, put: [], remove });
  const entries = fresh.map((entry, index): PendingChange => ({ ...entry, key: keys[index] as number }));
  return { client, next, entries };
};

const withoutKey = ({ key: _, ...rest }: PendingChange): PendingChange => rest;
