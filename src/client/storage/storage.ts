import type { PendingChange } from '../push/pending-queue.ts';
import type { Confirmed } from '../state/state-update.ts';

/** What is kept of one application. */
export interface PersistedState {
  readonly client: string;
  readonly next: number;
  readonly entries: readonly PendingChange[];
  /** The last state seen: what is shown while there is no network. */
  readonly confirmed?: Confirmed | undefined;
}

/** What changes together, in one transaction. */
export interface StoreTransaction {
  readonly client: string;
  readonly next: number;
  /** Entries that have a key. */
  readonly put: readonly PendingChange[];
  readonly remove: readonly number[];
  /**
   * The state to show at the next start. Removes the changes that it has taken in, and those that another history had:
   * together, so that a reload shows none of them not at all or twice.
   */
  readonly confirmed?: Confirmed | undefined;
}

/** The pending changes of one application. Every promise resolves once the data is safe. */
export interface ClientStore {
  /** @param newClient the id to use, and to keep, where there is none yet */
  load(newClient: string): Promise<PersistedState>;
  /** Stores a change behind the others. @returns its key; keys rise */
  append(entry: PendingChange): Promise<number>;
  commit(write: StoreTransaction): Promise<void>;
  close(): void;
}

/** Whether a change need not be kept beside that state. What is pending in its history has been told so before. */
export const isTakenIn = ({ accepted }: PendingChange, { epoch, version }: Confirmed): boolean =>
  accepted !== undefined && (accepted.epoch !== epoch || accepted.seq <= version);

/** Where clients keep what must outlive them. */
export interface ClientStorage {
  /** `browser`: all tabs of an origin see the same, so they share one queue and one loop. */
  readonly scope: 'browser' | 'page';
  /** @param name tells applications apart */
  open(name: string): Promise<ClientStore>;
}

/** Keeps nothing beyond the life of the page or process. */
export const memoryStorage = (): ClientStorage => {
  const stores = new Map<string, ClientStore>();
  return {
    scope: 'page',
    open: (name) => {
      const store = stores.get(name) ?? memoryStore();
      stores.set(name, store);
      return Promise.resolve(store);
    },
  };
};

const memoryStore = (): ClientStore => {
  const entries = new Map<number, PendingChange>();
  let queue: { client: string; next: number } | undefined;
  let confirmed: Confirmed | undefined;
  let last = 0;
  return {
    load: (newClient) => {
      queue ??= { client: newClient, next: 1 };
      return Promise.resolve({ ...queue, entries: [...entries.values()], confirmed });
    },
    append: (entry) => {
      last += 1;
      entries.set(last, { ...entry, key: last });
      return Promise.resolve(last);
    },
    commit: ({ client, next, put, remove, confirmed: state }) => {
      queue = { client, next };
      for (const entry of put) if (entry.key !== undefined) entries.set(entry.key, entry);
      for (const key of remove) entries.delete(key);
      if (state === undefined) return Promise.resolve();
      confirmed = state;
      for (const [key, entry] of entries) if (isTakenIn(entry, state)) entries.delete(key);
      return Promise.resolve();
    },
    close: () => undefined,
  };
};
