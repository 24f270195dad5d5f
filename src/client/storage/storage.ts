import type { PendingChange } from '../push/pending-queue.ts';
import type { Confirmed } from '../state/state-update.ts';

/** The stored part of one application. */
export interface PersistedState {
  /** The client id that the changes are pushed under. */
  readonly client: string;
  /** The n for the next change that has none. */
  readonly next: number;
  /** The pending changes, in the order of their keys. */
  readonly entries: readonly PendingChange[];
  /** The last confirmed state: it shows until the server answers. */
  readonly confirmed?: Confirmed | undefined;
}

/** One transaction: all of it is stored, or nothing. */
export interface StoreTransaction {
  readonly client: string;
  readonly next: number;
  /** Changes to replace; each has its key. */
  readonly put: readonly PendingChange[];
  /** The keys of changes to remove. */
  readonly remove: readonly number[];
  /**
   * Replaces the confirmed state. The same transaction must remove the accepted changes that it contains, and those that
   * were accepted in another epoch: otherwise a reload would show a change twice or not at all.
   */
  readonly confirmed?: Confirmed | undefined;
}

/** The store of one application. Each promise resolves once the data is durable, and rejects when it cannot be stored. */
export interface ClientStore {
  /** Reads everything. @param newClient the client id to store if there is none yet */
  load(newClient: string): Promise<PersistedState>;
  /** Stores a change behind the others. @returns its key, which is greater than all before */
  append(entry: PendingChange): Promise<number>;
  commit(write: StoreTransaction): Promise<void>;
  /** Nothing is called afterwards. */
  close(): void;
}

/** Whether a change is removed with that state: it is contained in it, or was accepted in another epoch. */
export const isSuperseded = ({ accepted }: PendingChange, { epoch, version }: Confirmed): boolean =>
  accepted !== undefined && (accepted.epoch !== epoch || accepted.seq <= version);

/** Opens the stores of applications. */
export interface ClientStorage {
  /** `browser`: all tabs of an origin see the same data, so they share one queue and one connection. `page`: one tab does. */
  readonly scope: 'browser' | 'page';
  /** Opens the store of one application, and makes it where there is none. @param name identifies the application */
  open(name: string): Promise<ClientStore>;
}

/** Stores in memory: everything is lost with the page or process. For tests, and where nothing may be stored. */
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
      for (const [key, entry] of entries) if (isSuperseded(entry, state)) entries.delete(key);
      return Promise.resolve();
    },
    close: () => undefined,
  };
};
