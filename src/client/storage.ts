import { isIn, type Pending } from './pending.ts';
import type { Confirmed } from './sighting.ts';

/** What is kept of one application. */
export interface Kept {
  readonly client: string;
  readonly next: number;
  readonly entries: readonly Pending[];
  /** The last state seen: what is shown while there is no network. */
  readonly confirmed?: Confirmed | undefined;
}

/** What changes together, in one transaction. */
export interface Write {
  readonly client: string;
  readonly next: number;
  /** Entries that have a key. */
  readonly put: readonly Pending[];
  readonly remove: readonly number[];
}

/** The pending changes of one application. Every promise resolves once the data is safe. */
export interface Store {
  /** @param freshClient the id to use, and to keep, where there is none yet */
  load(freshClient: string): Promise<Kept>;
  /** Stores a change behind the others. @returns its key; keys rise */
  append(entry: Pending): Promise<number>;
  commit(write: Write): Promise<void>;
  /** Stores the state and removes the changes that it has taken in: together, so that a reload shows neither none nor two. */
  keep(confirmed: Confirmed): Promise<void>;
  close(): void;
}

/** Where clients keep what must outlive them. */
export interface ClientStorage {
  /** `browser`: all tabs of an origin see the same, so they share one queue and one loop. */
  readonly scope: 'browser' | 'page';
  /** @param name tells applications apart */
  open(name: string): Promise<Store>;
}

/** Keeps nothing beyond the life of the page or process. */
export const memoryStorage = (): ClientStorage => {
  const stores = new Map<string, Store>();
  return {
    scope: 'page',
    open: (name) => {
      const store = stores.get(name) ?? memoryStore();
      stores.set(name, store);
      return Promise.resolve(store);
    },
  };
};

const memoryStore = (): Store => {
  const entries = new Map<number, Pending>();
  let queue: { client: string; next: number } | undefined;
  let confirmed: Confirmed | undefined;
  let last = 0;
  return {
    load: (freshClient) => {
      queue ??= { client: freshClient, next: 1 };
      return Promise.resolve({ ...queue, entries: [...entries.values()], confirmed });
    },
    append: (entry) => {
      last += 1;
      entries.set(last, { ...entry, key: last });
      return Promise.resolve(last);
    },
    commit: ({ client, next, put, remove }) => {
      queue = { client, next };
      for (const entry of put) if (entry.key !== undefined) entries.set(entry.key, entry);
      for (const key of remove) entries.delete(key);
      return Promise.resolve();
    },
    keep: (state) => {
      confirmed = state;
      for (const [key, entry] of entries) if (isIn(entry, state.epoch, state.version)) entries.delete(key);
      return Promise.resolve();
    },
    close: () => undefined,
  };
};
