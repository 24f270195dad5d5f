import { globals, readGlobal } from '../platform/environment.ts';
import {
  completion,
  type Database,
  type IdbKey,
  type ObjectStore,
  openDatabase,
  resultOf,
  type Transaction,
} from '../platform/idb-requests.ts';
import type { PendingChange } from '../push/pending-queue.ts';
import type { Confirmed } from '../state/state-update.ts';
import { extendLog, type LogHead, replayLog, type StoredPatch, type StoredState, storedPatch } from './state-log.ts';
import { stateText } from './state-text.ts';
import { type ClientStorage, type ClientStore, isSuperseded, memoryStorage } from './storage.ts';

/** The record `queue`. */
interface StoredQueue {
  readonly client: string;
  readonly next: number;
  /** Absent in what earlier versions have stored. */
  readonly subject?: string | undefined;
}

/** The record `state`; earlier versions stored it as an object. */
type StateRecord = StoredState | { readonly confirmed?: Confirmed };

/** The record of the patches that were stored at one time. Its key is the version that they lead to. */
interface PatchRecord {
  readonly epoch: string;
  readonly patches: readonly StoredPatch[];
}

/**
 * Stores in IndexedDB, one database for each application and subject: changes outlive the tab and a crash of the browser.
 *
 * @param prefix the first part of the databases' names. Default: `changebucket`
 */
export const indexedDbStorage = (prefix = 'changebucket'): ClientStorage => ({
  scope: 'browser',
  namespace: prefix,
  open: async (name) =>
    storeIn(
      await openIn(`${prefix}:${name}`, (database) => {
        database.createObjectStore('changes', { autoIncrement: true });
        database.createObjectStore('meta');
      }),
    ),
  openExisting: async (name) => {
    // Aborted, it is not made.
    const opening = openIn(`${prefix}:${name}`, (_database, transaction) => transaction.abort());
    const database = await opening.catch(() => undefined);
    return database && storeIn(database);
  },
});

const openIn = async (name: string, upgrade: Parameters<typeof openDatabase>[2]): Promise<Database> => {
  const { indexedDB } = globals;
  if (indexedDB === undefined) throw new Error(name);
  return openDatabase(indexedDB, name, upgrade);
};

/** The storage of clients that name none: IndexedDB where there is one, also if it is forbidden; otherwise memory. */
export const defaultStorage = (): ClientStorage =>
  readGlobal(() => globals.indexedDB === undefined) === true ? memoryStorage() : indexedDbStorage();

/** A transaction on both object stores. */
class Write {
  readonly changes: ObjectStore;
  readonly meta: ObjectStore;
  readonly #transaction: Transaction;
  readonly #done: Promise<void>;

  constructor(database: Database) {
    this.#transaction = database.transaction(['changes', 'meta'], 'readwrite');
    this.#done = completion(this.#transaction);
    this.#done.catch(() => undefined);
    this.changes = this.#transaction.objectStore('changes');
    this.meta = this.#transaction.objectStore('meta');
  }

  async read<Value>(key: IdbKey): Promise<Value | undefined> {
    return (await resultOf(this.meta.get(key))) as Value | undefined;
  }

  /** The pending changes, by key. */
  async entries(): Promise<PendingChange[]> {
    const [keys, values] = await Promise.all([resultOf(this.changes.getAllKeys()), resultOf(this.changes.getAll())]);
    return (values as PendingChange[]).map((entry, index) => ({ ...entry, key: keys[index] as number }));
  }

  /** Replaces the whole state. The patches that were behind the one before are of no use any more. */
  putState({ epoch, version }: Confirmed, text: string[]): void {
    const stateLength = text.reduce((length, part) => length + part.length, 0);
    this.meta.put({ epoch, version, text } satisfies StoredState, 'state');
    this.meta.put({ epoch, version, stateLength, logLength: 0 } satisfies LogHead, 'log');
  }

  async removeState(): Promise<void> {
    for (const key of await resultOf(this.meta.getAllKeys())) if (key !== 'queue') this.meta.delete(key);
  }

  async replaceState(confirmed: Confirmed, text: string[]): Promise<void> {
    await this.removeState();
    this.putState(confirmed, text);
    await this.removeSuperseded(confirmed);
  }

  async removeSuperseded(confirmed: Confirmed): Promise<void> {
    for (const entry of await this.entries()) {
      if (isSuperseded(entry, confirmed) && entry.key !== undefined) this.changes.delete(entry.key);
    }
  }

  /**
   * Waits until all is stored. Committed explicitly, so that it survives the page: the browser would otherwise abort what a
   * page that is being closed has not ended.
   */
  async finish(): Promise<void> {
    this.#transaction.commit();
    await this.#done;
  }
}

const storeIn = (database: Database): ClientStore => ({
  load: async (newClient, subject) => {
    const write = new Write(database);
    const stored = await write.read<StoredQueue>('queue');
    const { client, next } = stored ?? { client: newClient, next: 1 };
    const queue: StoredQueue = { client, next, subject: stored?.subject ?? subject };
    write.meta.put(queue, 'queue');
    const [entries, state, records] = await Promise.all([
      write.entries(),
      write.read<StateRecord>('state'),
      resultOf(write.meta.getAll()),
    ]);
    await write.finish();
    return { ...queue, entries, confirmed: stateIn(state, records as Partial<PatchRecord>[]) };
  },
  append: async (entry) => {
    const [key] = await addAll(database, [entry]);
    return key as number;
  },
  appendAll: (entries) => addAll(database, entries),
  commit: async ({ client, next, put, remove, confirmed, dropState = false }) => {
    const write = new Write(database);
    const subject = (await write.read<StoredQueue>('queue'))?.subject;
    write.meta.put({ client, next, subject } satisfies StoredQueue, 'queue');
    for (const entry of put) if (entry.key !== undefined) write.changes.put(entry, entry.key);
    for (const key of remove) write.changes.delete(key);
    if (dropState) await write.removeState();
    if (confirmed !== undefined) await write.replaceState(confirmed, [JSON.stringify(confirmed.state)]);
    await write.finish();
  },
  commitState: async ({ confirmed, patches, isUrgent }) => {
    if (isUrgent) {
      // Nothing is read before: the page may not live to see the answer.
      const write = new Write(database);
      write.putState(confirmed, [JSON.stringify(confirmed.state)]);
      return write.finish();
    }
    const stored = patches?.map(storedPatch);
    const before = await appendToLog(new Write(database), confirmed, stored);
    if (before === 'appended') return;
    const text = await stateText(confirmed.state);
    const write = new Write(database);
    // Otherwise another transaction has stored a state, or a new epoch, while this one was printed.
    if ((await headIn(write)) === before) {
      await write.replaceState(confirmed, text);
    }
    await write.finish();
  },
  close: () => database.close(),
});

/** Stores changes in one transaction. */
const addAll = async (database: Database, entries: readonly PendingChange[]): Promise<number[]> => {
  const transaction = database.transaction(['changes'], 'readwrite', { durability: 'relaxed' });
  const changes = transaction.objectStore('changes');
  const adding = entries.map((entry) => resultOf(changes.add(entry)));
  transaction.commit();
  const [keys] = await Promise.all([Promise.all(adding), completion(transaction)]);
  return keys as number[];
};

/** @returns the head of the log, as text, when the whole state must be stored instead */
const appendToLog = async (
  write: Write,
  confirmed: Confirmed,
  patches: readonly StoredPatch[] | undefined,
): Promise<string> => {
  const before = await headIn(write);
  const head = extendLog(JSON.parse(before) as LogHead | null, confirmed, patches);
  if (head === undefined || patches === undefined) return before;
  write.meta.put({ epoch: head.epoch, patches } satisfies PatchRecord, head.version);
  write.meta.put(head, 'log');
  await write.removeSuperseded(confirmed);
  await write.finish();
  return 'appended';
};

const headIn = async (write: Write): Promise<string> => JSON.stringify((await write.read<LogHead>('log')) ?? null);

/** @param records all records: those with patches stand in the order of their versions */
const stateIn = (stored: StateRecord | undefined, records: readonly Partial<PatchRecord>[]): Confirmed | undefined => {
  if (stored === undefined || !('text' in stored)) return stored?.confirmed;
  return replayLog(
    stored,
    records.flatMap(({ epoch, patches = [] }) => (epoch === stored.epoch ? patches : [])),
  );
};
