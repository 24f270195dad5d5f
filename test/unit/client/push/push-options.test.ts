import { describe, expect, it } from 'vitest';
import type { ProblemError } from '../../../../src/client/platform/problem-error.ts';
import { memoryStorage } from '../../../../src/client/storage/storage.ts';
import { Clock, Page } from '../support/clock.ts';
import { networkTo } from '../support/network.ts';
import { notes } from '../support/notes.ts';
import { CLIENTS, openNotes } from '../support/open.ts';
import { ServerDouble } from '../support/server.ts';
import { socketTo } from '../support/socket-double.ts';

const problemOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (error as ProblemError).problem,
  );

/** A `fetch` that notes the preconditions of pushes. */
const noting = (fetching: typeof fetch) => {
  const matches: (string | null)[] = [];
  const noted: typeof fetch = (input, init) => {
    if (init?.method === 'PUT') matches.push(new Headers(init.headers).get('If-Match'));
    return fetching(input, init);
  };
  return { matches, noted };
};

describe.each(CLIENTS)('a precondition of %s', (_name, open) => {
  it('that is none is thrown, and nothing is queued', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock);
    const nothingKnown = () => client.push.note({ id: 'a' }, { ifUnchanged: true });
    expect(client.etag).toBeUndefined();
    expect(nothingKnown).toThrow(expect.objectContaining({ name: 'invalid-precondition' }));
    await clock.pass(1_000);
    expect(client.etag).toBe('"e1.0"');
    const given = ['e1.0', 'W/"e1.0"', '"e1"', '', '"e1.0", "e1.1"', 'é', undefined as unknown as string];
    for (const ifMatch of given) {
      const push = () => client.push.note({ id: 'a' }, { ifMatch });
      expect(push).toThrow(expect.objectContaining({ name: 'invalid-precondition' }));
    }
    expect(() => client.push.clear({}, { ifMatch: '*', ifUnchanged: true })).toThrow('ifUnchanged');
    // Of one change in a batch, there is none.
    // @ts-expect-error: options are for the whole batch.
    expect(() => client.batch((push) => push.note({ id: 'a' }, { ifUnchanged: true }))).toThrow('whole batch');
    await clock.pass(1_000);
    expect([client.status.pending, server.log]).toEqual([0, []]);
    client.close();
  });

  it('[Q3] [Q4] is sent again as it was, in a request of its own', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    let lost = 0;
    const fate = (method: string) => {
      lost -= method === 'PUT' ? 1 : 0;
      return lost >= 0 && method === 'PUT' ? ('answer lost' as const) : ('fine' as const);
    };
    const { matches, noted } = noting(networkTo(server, clock, { fate }));
    const client = open(server, clock, { fetch: noted });
    await clock.pass(1_000);
    lost = 2;
    const first = client.push.note({ id: 'a' }, { ifUnchanged: true });
    const second = client.push.note({ id: 'b' }, { ifUnchanged: true });
    client.push.note({ id: 'c' });
    await clock.pass(20_000);
    expect([(await first.applied).seq, (await second.applied).seq]).toEqual([1, 2]);
    expect(matches).toEqual(['"e1.0"', '"e1.0"', '"e1.0"', '"e1.1"', null]);
    expect(server.log.map(({ args }) => args)).toEqual([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
    client.close();
  });

  it('[L6] names the history that it was made in: it is rejected in another', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const page = new Page(clock);
    const client = open(server, clock, { page });
    await clock.pass(1_000);
    page.set({ isOnline: false });
    const { applied } = client.push.note({ id: 'a' }, { ifUnchanged: true });
    server.restore(0);
    page.set({ isOnline: true });
    await clock.pass(5_000);
    expect(await problemOf(applied)).toMatchObject({ status: 412, etag: '"e2.0"' });
    client.close();
  });

  it('tells a repeated signal, and both of a pair of listeners until they end', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock);
    await clock.pass(1_000);
    const told: unknown[] = [];
    const end = client.onSignal((signal, { epoch }) => void told.push(`one ${signal} ${epoch}`));
    client.onSignal((signal, status) => void told.push(`two ${signal} ${status === client.status}`));
    for (let restored = 0; restored < 2; restored += 1) {
      server.restore(0);
      await clock.pass(10_000);
    }
    end();
    server.restore(0);
    await clock.pass(10_000);
    const both = (epoch: string) => [`one new-epoch ${epoch}`, 'two new-epoch true'];
    expect(told).toEqual([...both('e2'), ...both('e3'), 'two new-epoch true']);
    client.close();
  });
});

it('[Q12] `ifUnchanged` is kept with the change over a killed page, and passes behind the own changes before it', async () => {
  const [clock, server, storage] = [new Clock(), new ServerDouble(notes), memoryStorage()];
  const pages = [new Page(clock), new Page(clock)] as const;
  const client = openNotes(server, clock, { page: pages[0], storage });
  await clock.pass(5_000);
  pages[0].set({ isOnline: false });
  client.push.note({ id: 'a' });
  client.batch(
    (push) => {
      push.note({ id: 'b' });
      push.note({ id: 'c' });
    },
    { ifUnchanged: true },
  );
  client.push.note({ id: 'd' }, { ifUnchanged: true });
  await clock.pass(100);
  pages[0].isDead = true;
  const { matches, noted } = noting(networkTo(server, clock));
  const reopened = openNotes(server, clock, { page: pages[1], storage, fetch: noted });
  await clock.pass(5_000);
  expect(matches).toEqual([null, '"e1.1"', '"e1.3"']);
  expect([reopened.state.list, reopened.status.pending]).toEqual([['a', 'b', 'c', 'd'], 0]);
  reopened.close();
});

it('[C2] over a socket, a push waits for its cost only as long as its receipt is of use', async () => {
  const [clock, server] = [new Clock(), new ServerDouble(notes)];
  const client = openNotes(server, clock, { transport: 'socket', WebSocket: socketTo(server, clock) });
  await clock.until(() => client.status.transport === 'socket');
  // The double tells no cost.
  const { accepted } = client.push.note({ id: 'a' }, { cost: true });
  await clock.pass(3_000);
  expect(await accepted).toEqual({
    client: expect.any(String),
    n: 1,
    seq: 1,
    url: expect.stringMatching(/^http:\/\/double\.test\/v1\/apps\/alice\/notes\/changes\/\w+\/1$/),
  });
  expect(client.status.pending).toBe(0);
  client.close();
});

describe('the promise `confirmed`', () => {
  it('[S11] waits for the history that the change is in at last', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    let isPollLost = false;
    const fate = (method: string) => (isPollLost && method === 'GET' ? ('request lost' as const) : ('fine' as const));
    const client = openNotes(server, clock, { fetch: networkTo(server, clock, { fate }) });
    await clock.pass(1_000);
    isPollLost = true;
    const { applied, confirmed } = client.push.note({ id: 'a' });
    let seen: unknown;
    void confirmed.then((ticket) => {
      seen = [ticket.seq, client.confirmed?.list, client.status.epoch];
    });
    await clock.pass(1_000);
    // Applied, and the state with it has not been read when the history goes back.
    expect([(await applied).seq, seen]).toEqual([1, undefined]);
    server.restore(0);
    server.push('other', 1, [{ name: 'note', args: { id: 'x' } }]);
    isPollLost = false;
    await clock.pass(60_000);
    expect(seen).toEqual([2, ['x', 'a'], 'e2']);
    client.close();
  });

  it('[S11] rejects when the history ends before the outcome of a confirmed change is known', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    let isTicketLost = false;
    const network = networkTo(server, clock);
    const fetching: typeof fetch = (input, init) =>
      isTicketLost && String(input).includes('/changes/me/')
        ? Promise.reject(new TypeError('lost'))
        : network(input, init);
    const client = openNotes(server, clock, { fetch: fetching, clientId: 'me' });
    await clock.pass(1_000);
    [isTicketLost, server.isBusy] = [true, true];
    const { accepted, confirmed } = client.push.note({ id: 'a' });
    await clock.pass(500);
    expect(await accepted).toMatchObject({ seq: 1 });
    server.drain();
    await clock.pass(2_000);
    expect([client.confirmed?.list, client.status.pending]).toEqual([['a'], 0]);
    server.restore(0);
    await clock.until(() => client.status.epoch === 'e2');
    expect((await problemOf(confirmed))?.type).toBe('urn:changebucket:client:history-lost');
    client.close();
  });
});
