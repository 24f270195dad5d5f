import type { PatchOperation } from '../../protocol/patch.ts';
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
  /** The subject to whom all of it belongs; undefined when the store does not know. */
  readonly subject?: string | undefined;
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
  /** Removes the confirmed state: the subject has lost the right to read it. */
  readonly dropState?: boolean;
}

/** A step from one confirmed state to a later one of the same epoch. */
export interface StatePatch {
  readonly from: number;
  readonly to: number;
  readonly patch: readonly PatchOperation[];
}

/** A transaction that stores a newer confirmed state alone, and removes the changes that it contains. */
export interface StateTransaction {
  readonly confirmed: Confirmed;
  /** They lead from the state that was stored last to this one. Undefined: that is not known. */
  readonly patches: readonly StatePatch[] | undefined;
  /** The page is about to be closed: nothing must be left for a later turn. */
  readonly isUrgent: boolean;
}

/** The store of one application. Each promise resolves once the data is durable, and rejects when it cannot be stored. */
export interface ClientStore {
  /**
   * Reads everything.
   *
   * @param newClient the client id to store if there is none yet
   * @param subject the subject to store with it
   */
  load(newClient: string, subject?: string): Promise<PersistedState>;
  /** Stores a change behind the others. @returns its key, which is greater than all before */
  append(entry: PendingChange): Promise<number>;
  /** Stores the changes of one turn in one transaction. Default: `append`, one by one. @returns their keys, in order */
  appendAll?(entries: readonly PendingChange[]): Promise<number[]>;
  commit(write: StoreTransaction): Promise<void>;
  /** Stores a newer state at the cost of what has changed. Default: `commit` with the whole state. */
  commitState?(write: StateTransaction): Promise<void>;
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
  /** Tells apart storages of one origin that do not see each other's data: their tabs share no queue. */
  readonly namespace?: string;
  /** Opens a store, and makes it where there is none. @param name identifies the application and the subject */
  open(name: string): Promise<ClientStore>;
  /** Opens a store that is there already; undefined where there is none. Default: `open`. */
  openExisting?(name: string): Promise<ClientStore | undefined>;
}

/** Those of `memoryStorage`: nothing that is put there is expected to last. */
export const MEMORIES = new WeakSet<ClientStorage>();

/** Stores in memory: everything is lost with the page or process. For tests, and where nothing may be stored. */
export const memoryStorage = (): ClientStorage => {
  const stores = new Map<string, ClientStore>();
  const storage: ClientStorage = {
    scope: 'page',
    open: (name) => {
      const store = stores.get(name) ?? memoryStore();
      stores.set(name, store);
      return Promise.resolve(store);
    },
    openExisting: (name) => Promise.resolve(stores.get(name)),
  };
  MEMORIES.add(storage);
  return storage;
};

const removeSuperseded = (entries: Map<number, PendingChange>, state: Confirmed): void => {
  for (const [key, entry] of entries) if (isSuperseded(entry, state)) entries.delete(key);
};

const memoryStore = (): ClientStore => {
  const entries = new Map<number, PendingChange>();
  let queue: { client: string; next: number } | undefined;
  let owner: string | undefined;
  let confirmed: Confirmed | undefined;
  let last = 0;
  return {
    load: (newClient, subject) => {
      owner ??= subject;
      queue ??= { client: newClient, next: 1 };
      return Promise.resolve({
        ...queue,
        entries: [...entries.values()],
        confirmed,
        ...(owner !== undefined && { subject: owner }),
      });
    },
    append: (entry) => {
      last += 1;
      entries.set(last, { ...entry, key: last });
      return Promise.resolve(last);
    },
    commit: ({ client, next, put, remove, confirmed: state, dropState = false }) => {
      confirmed = state ?? (dropState ? undefined : confirmed);
      queue = { client, next };
      for (const entry of put) if (entry.key !== undefined) entries.set(entry.key, entry);
      for (const key of remove) entries.delete(key);
      if (state !== undefined) removeSuperseded(entries, state);
      return Promise.resolve();
    },
    close: () => undefined,
  };
};
