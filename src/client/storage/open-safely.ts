import { withTimeLimit } from '../platform/time-limit.ts';
import { call, SafeStore, type SafeStoreOptions, STORE_TIMEOUT_MS } from './safe-store.ts';
import { type ClientStorage, MEMORIES, memoryStorage, type PersistedState } from './storage.ts';

/** An opened store and what it contains. */
export interface OpenedStore {
  readonly store: SafeStore;
  readonly stored: PersistedState;
  /** False when memory stands in for it: then no other tab sees the same data. */
  readonly isStored: boolean;
}

/**
 * Opens a store and reads it. Memory stands in for one that fails, hangs, belongs to another subject, or cannot be locked;
 * for the life of the tab, because changes are sent under another client id then.
 *
 * @param subject undefined: it is not known to whom the data would belong, so nothing is stored
 */
export const openSafely = async (
  storage: ClientStorage,
  {
    name,
    subject,
    newClient,
  }: { readonly name: string; readonly subject: string | undefined; readonly newClient: string },
  options: SafeStoreOptions,
): Promise<OpenedStore> => {
  // Without locks, two tabs would send each other's stored changes under numbers of their own.
  const isLockable = storage.scope !== 'browser' || options.environment.locks !== undefined;
  const opening = call(() => {
    if (subject === undefined) throw new Error(name);
    return (isLockable ? storage : memoryStorage()).open(name);
  });
  const loading = opening.then(async (store) => ({ store, stored: await store.load(newClient, subject) }));
  try {
    const { store, stored } = await withTimeLimit(options.environment, STORE_TIMEOUT_MS, loading);
    if ((stored.subject ?? subject) !== subject) throw new Error(name);
    return { store: new SafeStore(store, options), stored, isStored: true };
  } catch {
    opening.then((store) => store.close()).catch(() => undefined);
    if (!MEMORIES.has(storage)) options.onFailure();
    const store = await memoryStorage().open(name);
    return { store: new SafeStore(store, options), stored: await store.load(newClient), isStored: false };
  }
};
