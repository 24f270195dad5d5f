import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { globals } from '../platform/environment.ts';
import type { PendingChange } from '../push/pending-queue.ts';
import type { Confirmed } from '../state/state-update.ts';
import { type ClientStorage, type ClientStore, isSuperseded, memoryStorage } from './storage.ts';

interface Schema extends DBSchema {
  /** The pending changes, by their keys. */
  changes: { key: number; value: PendingChange };
  meta: { key: 'queue' | 'state'; value: Meta };
}

interface Meta {
  readonly client?: string;
  readonly next?: number;
  readonly confirmed?: Confirmed;
}

/**
 * Stores in IndexedDB, one database for each application: changes outlive the tab and a crash of the browser.
 *
 * @param prefix the first part of the databases' names. Default: `changebucket`. Where several users sign in to one
 *   browser, give each a prefix of their own: unsent changes of one would otherwise be pushed by the next
 */
export const indexedDbStorage = (prefix = 'changebucket'): ClientStorage => ({
  scope: 'browser',
  open: async (name) => {
    const opening = openDB<Schema>(`${prefix}:${name}`, 1, {
      upgrade: (fresh) => {
        fresh.createObjectStore('changes', { autoIncrement: true });
        fresh.createObjectStore('meta');
      },
      // Another version of the page wants to upgrade the database: it would wait until this one is closed.
      blocking: () => void opening.then((opened) => opened.close()),
    });
    return storeIn(await opening);
  },
});

/** The storage of clients that name none: IndexedDB where there is one, otherwise memory. */
export const defaultStorage = (): ClientStorage =>
  globals.indexedDB === undefined ? memoryStorage() : indexedDbStorage();

const storeIn = (database: IDBPDatabase<Schema>): ClientStore => ({
  load: async (newClient) => {
    const transaction = database.transaction(['changes', 'meta'], 'readwrite');
    const meta = transaction.objectStore('meta');
    const stored = await meta.get('queue');
    const queue = { client: stored?.client ?? newClient, next: stored?.next ?? 1 };
    if (stored === undefined) await meta.put(queue, 'queue');
    const entries: PendingChange[] = [];
    let cursor = await transaction.objectStore('changes').openCursor();
    while (cursor !== null) {
      entries.push({ ...cursor.value, key: cursor.key });
      cursor = await cursor.continue();
    }
    const confirmed = (await meta.get('state'))?.confirmed;
    await transaction.done;
    return { ...queue, entries, confirmed };
  },
  append: (entry) => database.add('changes', entry),
  commit: async ({ client, next, put, remove, confirmed }) => {
    const transaction = database.transaction(['changes', 'meta'], 'readwrite');
    const [changes, meta] = [transaction.objectStore('changes'), transaction.objectStore('meta')];
    await Promise.all([
      meta.put({ client, next }, 'queue'),
      ...put.map((entry) => changes.put(entry, entry.key)),
      ...remove.map((key) => changes.delete(key)),
    ]);
    if (confirmed !== undefined) {
      await meta.put({ confirmed }, 'state');
      let cursor = await changes.openCursor();
      while (cursor !== null) {
        if (isSuperseded(cursor.value, confirmed)) await cursor.delete();
        cursor = await cursor.continue();
      }
    }
    await transaction.done;
  },
  close: () => database.close(),
});
