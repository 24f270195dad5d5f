import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import { indexedDbStorage } from '../../../../src/client/storage/indexed-db.ts';
import { extendLog, replayLog, storedPatch } from '../../../../src/client/storage/state-log.ts';
import { stateText } from '../../../../src/client/storage/state-text.ts';
import type { ClientStore } from '../../../../src/client/storage/storage.ts';
import type { Json } from '../../../../src/protocol/json.ts';

/** The records of a database as they are stored. */
const records = (name: string): Promise<unknown[]> =>
  new Promise((resolve) => {
    const factory = (globalThis as unknown as { indexedDB: { open(name: string): EventTarget & { result: never } } })
      .indexedDB;
    const opening = factory.open(name);
    opening.addEventListener('success', () => {
      const database = opening.result as {
        transaction(store: string): { objectStore(name: string): { getAll(): EventTarget & { result: unknown[] } } };
        close(): void;
      };
      const reading = database.transaction('meta').objectStore('meta').getAll();
      reading.addEventListener('success', () => {
        database.close();
        resolve(reading.result);
      });
    });
  });

const large = { list: Array.from({ length: 20_000 }, (_, index) => `entry ${index}`) };
const confirmed = (version: number, state: Json = large) => ({ epoch: 'e1', version, state });
const adding = (from: number) => ({
  from,
  to: from + 1,
  patch: [{ op: 'add' as const, path: '/list/-', value: from }],
});
const withAdded = (...added: number[]): Json => ({ list: [...large.list, ...added] });

describe('the stored state', () => {
  it.each([
    null,
    'text',
    [],
    {},
    { a: [], b: {}, 'é"\n': [null, true, -0.5, { c: { d: { e: { f: [1, [2]] } } } }] },
    large,
    [[[[[1, 2], [3]]]], { x: [{ y: 1 }] }],
  ] as Json[])('is printed in parts that are its JSON: case %#', async (state) => {
    expect((await stateText(state)).join('')).toBe(JSON.stringify(state));
  });

  it('costs what has changed: a small patch is stored instead of the state, and read again with it', async () => {
    const prefix = `log-${Math.random()}`;
    const store: ClientStore = await indexedDbStorage(prefix).open('a');
    await store.load('me', 'alice');
    await store.commitState?.({ confirmed: confirmed(1), patches: undefined, isUrgent: false });
    const before = JSON.stringify(await records(`${prefix}:a`)).length;
    await store.commitState?.({ confirmed: confirmed(2, withAdded(1)), patches: [adding(1)], isUrgent: false });
    await store.commitState?.({
      confirmed: confirmed(4, withAdded(1, 2, 3)),
      patches: [adding(2), adding(3)],
      isUrgent: false,
    });
    expect(JSON.stringify(await records(`${prefix}:a`)).length - before).toBeLessThan(1_000);
    expect(await store.load('x', 'bob')).toMatchObject({
      confirmed: confirmed(4, withAdded(1, 2, 3)),
      subject: 'alice',
    });
    store.close();
  });

  it('is stored whole where patches do not continue it, and the log behind it is gone then', async () => {
    const prefix = `log-${Math.random()}`;
    const store = await indexedDbStorage(prefix).open('a');
    await store.load('me');
    await store.commitState?.({ confirmed: confirmed(1), patches: undefined, isUrgent: false });
    await store.commitState?.({ confirmed: confirmed(2, withAdded(1)), patches: [adding(1)], isUrgent: false });
    await store.commitState?.({ confirmed: confirmed(9, { list: [] }), patches: [adding(8)], isUrgent: false });
    expect((await store.load('me')).confirmed).toEqual(confirmed(9, { list: [] }));
    await store.commit({ client: 'me', next: 1, put: [], remove: [], dropState: true });
    expect((await store.load('me')).confirmed).toBeUndefined();
    expect(await records(`${prefix}:a`)).toHaveLength(1);
    store.close();
  });

  it('is not replaced by an older one that took longer to print', async () => {
    const store = await indexedDbStorage(`log-${Math.random()}`).open('a');
    await store.load('me');
    const slow = store.commitState?.({ confirmed: confirmed(1), patches: undefined, isUrgent: false });
    await store.commit({
      client: 'me',
      next: 1,
      put: [],
      remove: [],
      confirmed: { epoch: 'e2', version: 1, state: {} },
    });
    await slow;
    expect((await store.load('me')).confirmed).toMatchObject({ epoch: 'e2' });
    store.close();
  });

  it('is stored in one go when the page is being closed, and what was behind the one before is ignored', async () => {
    const store = await indexedDbStorage(`log-${Math.random()}`).open('a');
    await store.load('me');
    await store.commitState?.({ confirmed: confirmed(1), patches: undefined, isUrgent: false });
    await store.commitState?.({ confirmed: confirmed(2, withAdded(1)), patches: [adding(1)], isUrgent: false });
    await store.commitState?.({ confirmed: confirmed(3, withAdded(1, 2)), patches: [adding(2)], isUrgent: true });
    await store.commitState?.({ confirmed: confirmed(4, withAdded(1, 2, 3)), patches: [adding(3)], isUrgent: false });
    expect((await store.load('me')).confirmed).toEqual(confirmed(4, withAdded(1, 2, 3)));
    store.close();
  });

  it('of an earlier version, an object, is read', async () => {
    const prefix = `log-${Math.random()}`;
    const store = await indexedDbStorage(prefix).open('a');
    store.close();
    const factory = (globalThis as unknown as { indexedDB: { open(name: string): EventTarget & { result: never } } })
      .indexedDB;
    const opening = factory.open(`${prefix}:a`);
    await new Promise<void>((resolve) => {
      opening.addEventListener('success', () => {
        const database = opening.result as {
          transaction(
            store: string,
            mode: string,
          ): EventTarget & { objectStore(name: string): { put(value: unknown, key: string): void } };
          close(): void;
        };
        const transaction = database.transaction('meta', 'readwrite');
        transaction.objectStore('meta').put({ client: 'old', next: 7 }, 'queue');
        transaction.objectStore('meta').put({ confirmed: confirmed(3, { a: 1 }) }, 'state');
        transaction.addEventListener('complete', () => {
          database.close();
          resolve();
        });
      });
    });
    const again = await indexedDbStorage(prefix).open('a');
    expect(await again.load('new', '')).toMatchObject({ client: 'old', next: 7, confirmed: confirmed(3, { a: 1 }) });
    again.close();
  });

  it('is not made where only an existing one is wanted', async () => {
    const storage = indexedDbStorage(`log-${Math.random()}`);
    expect(await storage.openExisting?.('a')).toBeUndefined();
    const made = await storage.open('a');
    made.close();
    expect(await storage.openExisting?.('a')).toBeDefined();
  });
});

describe('the log of patches', () => {
  const head = { epoch: 'e1', version: 3, stateLength: 1_000_000, logLength: 0 };

  it('is continued by patches that begin at its end, until it outweighs the state', () => {
    const patches = [storedPatch(adding(3)), storedPatch(adding(4))];
    expect(extendLog(head, confirmed(5), patches)).toMatchObject({
      version: 5,
      logLength: expect.any(Number) as number,
    });
    expect(extendLog(head, confirmed(5), patches.slice(1))).toBeUndefined();
    expect(extendLog(head, confirmed(6), patches)).toBeUndefined();
    expect(extendLog(head, { ...confirmed(5), epoch: 'e2' }, patches)).toBeUndefined();
    expect(extendLog({ ...head, logLength: 999_999 }, confirmed(5), patches)).toBeUndefined();
    expect(extendLog(head, confirmed(5), undefined)).toBeUndefined();
  });

  it('is replayed as far as it fits', () => {
    const stored = { epoch: 'e1', version: 1, text: ['{"li', 'st":[]}'] };
    expect(replayLog(stored, [adding(1), adding(2), adding(5)].map(storedPatch))).toEqual({
      epoch: 'e1',
      version: 3,
      state: { list: [1, 2] },
    });
  });
});
