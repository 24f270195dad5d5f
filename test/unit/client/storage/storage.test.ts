import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import { indexedDbStorage } from '../../../../src/client/storage/indexed-db.ts';
import { type ClientStorage, memoryStorage } from '../../../../src/client/storage/storage.ts';
import { LocksDouble } from '../support/browser-double.ts';
import { Clock, Page, settle } from '../support/clock.ts';
import { notes } from '../support/notes.ts';
import { openNotes } from '../support/open.ts';
import { ServerDouble } from '../support/server.ts';

const stores: readonly (readonly [string, () => ClientStorage])[] = [
  ['memory', memoryStorage],
  ['IndexedDB', () => indexedDbStorage(`test-${Math.random()}`)],
];

const change = (id: string) => ({ id, name: 'note', args: { id }, at: 1 });

/** A killed tab has lost its locks. */
const withLocks = (page: Page) => ({ ...page.environment, locks: new LocksDouble().manager });

/** Waits for IndexedDB, which takes turns of its own. */
const stored = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await settle();
};

describe.each(stores)('a store in %s', (_name, make) => {
  it('stores the client id of the first load, keeps changes in order, and removes those named', async () => {
    const store = await make().open('a');
    expect(await store.load('first')).toEqual({ client: 'first', next: 1, entries: [], confirmed: undefined });
    const keys = [await store.append(change('a')), await store.append(change('b')), await store.append(change('c'))];
    expect(keys).toEqual(keys.toSorted((x, y) => x - y));
    await store.commit({
      client: 'first',
      next: 2,
      put: [{ ...change('b'), key: keys[1] as number, n: 2 }],
      remove: [keys[0] as number],
    });
    const kept = await store.load('second');
    expect([kept.client, kept.next, kept.entries.map(({ id, key, n }) => [id, key, n])]).toEqual([
      'first',
      2,
      [
        ['b', keys[1], 2],
        ['c', keys[2], undefined],
      ],
    ]);
    store.close();
  });

  it('storing a state removes the changes that it contains', async () => {
    const store = await make().open('a');
    await store.load('me');
    const [a, b] = [await store.append(change('a')), await store.append(change('b'))];
    const put = [
      { ...change('a'), key: a, accepted: { epoch: 'e1', n: 1, seq: 4 } },
      { ...change('b'), key: b, accepted: { epoch: 'e1', n: 2, seq: 5 } },
    ];
    const confirmed = { epoch: 'e1', version: 4, state: { list: ['a'] } };
    await store.commit({ client: 'me', next: 3, put, remove: [], confirmed });
    const kept = await store.load('me');
    expect([kept.entries.map(({ id }) => id), kept.confirmed]).toEqual([['b'], confirmed]);
    store.close();
  });

  it('applications have separate data', async () => {
    const storage = make();
    const [one, two] = [await storage.open('one'), await storage.open('two')];
    await one.load('me');
    await one.append(change('a'));
    expect((await two.load('you')).entries).toEqual([]);
  });

  it('[Q3] 200 changes made offline survive a killed tab, show at once, and arrive exactly once', async () => {
    const [clock, server, storage] = [new Clock(), new ServerDouble(notes), make()];
    const page = new Page(clock);
    page.isOnline = false;
    const client = openNotes(server, clock, { environment: withLocks(page), storage });
    await stored();
    for (let index = 0; index < 200; index += 1) client.push.note({ id: `n${index}` });
    expect(client.state.list).toHaveLength(200);
    await stored();
    page.isDead = true;

    const next = new Page(clock);
    next.isOnline = false;
    const reopened = openNotes(server, clock, { environment: withLocks(next), storage });
    await reopened.ready;
    expect([reopened.state.list.length, reopened.status.pending, server.requests.length]).toEqual([200, 200, 0]);
    next.set({ isOnline: true });
    for (let turn = 0; turn < 100 && reopened.status.pending > 0; turn += 1) {
      await stored();
      await clock.pass(50);
    }
    expect(reopened.status.pending).toBe(0);
    expect(server.applied.map(({ args }) => (args as { id: string }).id)).toEqual(
      Array.from({ length: 200 }, (_, index) => `n${index}`),
    );
    expect(reopened.confirmed).toEqual(server.state);
    // Applied by the server, not yet part of a stored state: a third tab shows it all the same, offline.
    const third = new Page(clock);
    third.isOnline = false;
    const last = openNotes(server, clock, { environment: withLocks(third), storage });
    await last.ready;
    expect(last.state.list).toHaveLength(200);
    for (const each of [client, reopened, last]) each.close();
  });
});

describe('a store that fails', () => {
  it('sets the signal `storage-failed`, and the changes arrive all the same', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const no = (): Promise<never> => Promise.reject(new Error('quota'));
    const storage: ClientStorage = {
      scope: 'page',
      open: async () => ({ ...(await memoryStorage().open('x')), append: no, commit: no }),
    };
    const client = openNotes(server, clock, { storage });
    const { applied } = client.push.note({ id: 'a' });
    client.push.note({ id: 'b' });
    await clock.pass(5_000);
    expect(await applied).toMatchObject({ status: 'applied' });
    expect([client.status.signal, client.status.pending, client.confirmed?.list]).toEqual([
      'storage-failed',
      0,
      ['a', 'b'],
    ]);
    client.close();
    const closed = openNotes(server, clock, { storage: { scope: 'page', open: no } });
    closed.push.note({ id: 'c' });
    await clock.pass(5_000);
    expect(closed.status).toMatchObject({ signal: 'storage-failed', pending: 0 });
    closed.close();
  });
});
