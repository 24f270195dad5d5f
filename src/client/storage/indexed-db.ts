import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { globals } from '../platform/environment.ts';
import type { PendingChange } from '../push/pending-queue.ts';
import type { Confirmed } from '../state/state-update.ts';
import { type ClientStorage, type ClientStore, isTakenIn, memoryStorage } from './storage.ts';

interface Schema extends DBSchema {
  /** Pending changes, by a key that rises. */
  changes: { key: number; value: PendingChange };
  meta: { key: 'queue' | 'state'; value: Meta };
}

interface Meta {
  readonly client?: string;
  readonly next?: number;
  readonly confirmed?: Confirmed;
}

/**
 * Keeps pending changes in IndexedDB: they outlive the tab and the browser's crash.
 *
 * @param prefix of the databases' names. Give each signed-in user one of their own: what one has left unsent would
 *   otherwise be sent as the next
 */
export const indexedDbStorage = (prefix = 'changebucket'): ClientStorage => ({
  scope: 'browser',
  open: async (name) => {
    const opening = openDB<Schema>(`${prefix}:${name}`, 1, {
      upgrade: (fresh) => {
        fresh.createObjectStore('changes', { autoIncrement: true });
        fresh.createObjectStore('meta');
      },
      // Another version of the page wants to upgrade: standing in its way would hang it.
      blocking: () => void opening.then((opened) => opened.close()),
    });
    return storeIn(await opening);
  },
});

/** IndexedDB where there is one; in private windows and outside of browsers, memory. */
export const defaultStorage = (): ClientStorage =>
  globals.indexedDB === undefined ? memoryStorage() : indexedDbStorage();

const storeIn = (database: IDBPDatabase<Schema>): ClientStore => ({
  load: async (newClient) => {
    const work = database.transaction(['changes', 'meta'], 'readwrite');
    const meta = work.objectStore('meta');
    const known = await meta.get('queue');
    const queue = { client: known?.client ?? newClient, next: known?.next ?? 1 };
    if (known === undefined) await meta.put(queue, 'queue');
    const entries: PendingChange[] = [];
    for (let at = await work.objectStore('changes').openCursor(); at !== null; at = await at.continue()) {
      entries.push({ ...at.value, key: at.key });
    }
    const confirmed = (await meta.get('state'))?.confirmed;
    await work.done;
    return { ...queue, entries, confirmed };
  },
  append: (entry) => database.add('changes', entry),
  commit: async ({ client, next, put, remove, confirmed }) => {
    const work = database.transaction(['changes', 'meta'], 'readwrite');
    const [changes, meta] = [work.objectStore('changes'), work.objectStore('meta')];
    await Promise.all([
      meta.put({ client, next }, 'queue'),
      ...put.map((entry) => changes.put(entry, entry.key)),
      ...remove.map((key) => changes.delete(key)),
    ]);
    if (confirmed !== undefined) {
      await meta.put({ confirmed }, 'state');
      for (let at = await changes.openCursor(); at !== null; at = await at.continue()) {
        if (isTakenIn(at.value, confirmed)) await at.delete();
      }
    }
    await work.done;
  },
  close: () => database.close(),
});
