import { describe, expect, it } from 'vitest';
import { type ClientStorage, type ClientStore, memoryStorage } from '../../../../src/client/storage/storage.ts';
import { LocksDouble } from '../support/browser-double.ts';
import { Clock, Page } from '../support/clock.ts';
import { networkTo } from '../support/network.ts';
import { notes } from '../support/notes.ts';
import { openNotes } from '../support/open.ts';
import { ServerDouble } from '../support/server.ts';

const never = (): Promise<never> => new Promise(() => undefined);
const fail = (): Promise<never> => Promise.reject(new Error('UnknownError'));
const raise = (): never => {
  throw new Error('InvalidStateError');
};

/** A storage over memory of which some calls can be replaced. */
const storageWith = (replaced: Partial<ClientStore>): ClientStorage => {
  const inner = memoryStorage();
  return { scope: 'page', open: async (name) => ({ ...(await inner.open(name)), ...replaced }) };
};

const broken: readonly (readonly [string, ClientStorage])[] = [
  ['opening never answers', { scope: 'page', open: never }],
  ['opening rejects', { scope: 'page', open: fail }],
  ['opening throws', { scope: 'browser', open: raise }],
  ['reading never answers', storageWith({ load: never })],
  ['reading rejects', storageWith({ load: fail })],
  ['reading throws', storageWith({ load: raise })],
  ['appending never answers', storageWith({ append: never })],
  ['appending throws', storageWith({ append: raise })],
  ['committing never answers', storageWith({ commit: never })],
  ['committing throws', storageWith({ commit: raise, close: raise })],
  ['storing the state never answers', storageWith({ append: never, commitState: never })],
];

describe('a store that fails or hangs', () => {
  it.each(broken)(
    'does not stop the client when %s: it goes on in memory within 10 s, and says so',
    async (_, storage) => {
      const [clock, server] = [new Clock(), new ServerDouble(notes)];
      const environment = { ...new Page(clock).environment, locks: new LocksDouble().manager };
      const client = openNotes(server, clock, { storage, environment });
      const { applied } = client.push.note({ id: 'a' });
      await clock.pass(10_000);
      expect(await applied).toMatchObject({ status: 'applied' });
      expect([client.status.signal, client.status.pending, client.confirmed]).toEqual([
        'storage-failed',
        0,
        server.state,
      ]);
      await client.ready;
      client.close();
      await clock.pass(20_000);
      expect(clock.pending).toBe(0);
    },
  );

  it('is waited for once: later changes are sent at once', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = openNotes(server, clock, { storage: storageWith({ append: never, commit: never }) });
    client.push.note({ id: 'a' });
    await clock.pass(10_000);
    const { applied } = client.push.note({ id: 'b' });
    await clock.pass(500);
    expect(await applied).toMatchObject({ status: 'applied' });
    client.close();
  });

  it('[Q3] what it stores too late is removed again: the next page must not send it a second time', async () => {
    const [clock, server, inner] = [new Clock(), new ServerDouble(notes), memoryStorage()];
    let answer = (): void => undefined;
    const storage: ClientStorage = {
      scope: 'page',
      open: async (name) => {
        const store = await inner.open(name);
        const append: ClientStore['append'] = (entry) =>
          new Promise((resolve) => {
            answer = () => resolve(store.append(entry));
          });
        return { ...store, append };
      },
    };
    const client = openNotes(server, clock, { storage });
    const { applied } = client.push.note({ id: 'a' });
    await clock.pass(10_000);
    expect(await applied).toMatchObject({ status: 'applied' });
    answer();
    await clock.pass(1_000);
    client.close();
    const next = openNotes(server, clock, { storage: inner });
    await clock.pass(5_000);
    expect([server.applied.length, next.status.pending]).toEqual([1, 0]);
    next.close();
  });

  it('that answers again later misses nothing', async () => {
    const [clock, server, inner] = [new Clock(), new ServerDouble(notes), memoryStorage()];
    const waiting: (() => void)[] = [];
    let isHanging = false;
    const storage: ClientStorage = {
      scope: 'page',
      open: async (name) => {
        const store = await inner.open(name);
        const commit: ClientStore['commit'] = (write) =>
          isHanging
            ? new Promise((resolve) => {
                waiting.push(() => resolve(store.commit(write)));
              })
            : store.commit(write);
        return { ...store, commit };
      },
    };
    const client = openNotes(server, clock, { storage });
    await clock.pass(1_000);
    isHanging = true;
    client.push.note({ id: 'a' });
    await clock.pass(10_000);
    isHanging = false;
    for (const call of waiting) call();
    client.push.note({ id: 'b' });
    await clock.pass(5_000);
    client.close();
    const offline = new Page(clock);
    offline.isOnline = false;
    const next = openNotes(server, clock, { page: offline, storage: inner, fetch: networkTo(server, clock) });
    await next.ready;
    expect([next.state, next.status.pending]).toEqual([server.state, 0]);
    next.close();
  });
});
