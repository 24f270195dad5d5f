import { describe, expect, it } from 'vitest';
import { seedOf } from '../../../src/client/seed-of.ts';
import type { Seed } from '../../../src/client/state/seed.ts';
import { type ClientStorage, memoryStorage } from '../../../src/client/storage/storage.ts';
import { etagOf } from '../../../src/protocol/version.ts';
import { LocksDouble } from './support/browser-double.ts';
import { Clock, Page } from './support/clock.ts';
import { notes } from './support/notes.ts';
import { CLIENTS, openNotes } from './support/open.ts';
import { ServerDouble } from './support/server.ts';

type NotesState = { list: string[]; by: Record<string, number> };

/** A server on which somebody else has written. */
const written = (...ids: string[]): { clock: Clock; server: ServerDouble; seed: Seed<NotesState> } => {
  const [clock, server] = [new Clock(), new ServerDouble(notes)];
  for (const [index, id] of ids.entries()) server.push('other', index + 1, [{ name: 'note', args: { id } }]);
  return { clock, server, seed: { state: server.state as NotesState, etag: etagOf(server) } };
};
const write = (server: ServerDouble, n: number, id: string) =>
  server.push('other', n, [{ name: 'note', args: { id } }]);

describe.each(CLIENTS)('a seed, in %s', (_name, open) => {
  it('[S2] shows at once, is confirmed by a 304, and is sent once', async () => {
    const { clock, server, seed } = written('a', 'b');
    const client = open(server, clock, { seed });
    expect([client.state, client.initialState, client.confirmed]).toEqual([seed.state, seed.state, undefined]);
    const { loaded } = client;
    await loaded;
    let notified = 0;
    client.subscribe(
      (state) => state,
      () => {
        notified += 1;
      },
    );
    await clock.pass(1_000);
    expect(client.status).toMatchObject({ epoch: 'e1', version: 2, signal: undefined });
    const { state, initialState, confirmed } = client;
    expect([state === initialState, confirmed === initialState, notified]).toEqual([true, true, 0]);
    expect([server.seen.states, server.seen.patches, client.loaded === loaded]).toEqual([0, 0, true]);
    client.close();
  });

  it('[S3] gets a patch when the server has gone on', async () => {
    const { clock, server, seed } = written('a', 'b');
    write(server, 3, 'c');
    const client = open(server, clock, { seed });
    const { by } = client.state;
    await clock.pass(1_000);
    expect([client.state, client.status.version]).toEqual([server.state, 3]);
    expect([server.seen.states, server.seen.patches, client.state.by === by]).toEqual([0, 1, false]);
    client.close();
  });

  it.each<[string, string | undefined]>([
    ['no etag', undefined],
    ['one that is none', 'nonsense'],
    ['an empty one', ''],
    ['one of another application', '"0ther.2"'],
    ['a version that the server has not reached', '"e1.999"'],
    ['a version that is no number', '"e1.99999999999999999999"'],
  ])('takes the state of the server with %s', async (_case, etag) => {
    const { clock, server } = written('a', 'b');
    const client = open(server, clock, { seed: { state: { list: ['wrong'], by: {} }, etag } });
    client.push.note({ id: 'own' });
    await clock.pass(3_000);
    expect(client.state).toEqual(server.state);
    expect(client.state.list).toEqual(['a', 'b', 'own']);
    expect(client.status).toMatchObject({ epoch: 'e1', version: 3, pending: 0, signal: undefined });
    expect(server.seen.states).toBe(1);
    client.close();
  });

  it.each(['W/"e1.2"', '"e1.2-gzip"', 'W/"e1.2--br"', '"e1.2;zstd"'])(
    '[S2] knows its version when a proxy has made %s of the etag',
    async (etag) => {
      const { clock, server, seed } = written('a', 'b');
      const client = open(server, clock, { seed: { ...seed, etag } });
      await clock.pass(1_000);
      expect([client.status.version, server.seen.states, server.seen.unchanged > 0]).toEqual([2, 0, true]);
      client.close();
    },
  );

  it('is made by a client for another one, without what is pending there', async () => {
    const { clock, server } = written('a');
    const first = open(server, clock);
    expect(seedOf(first)).toEqual({ state: first.initialState });
    await clock.pass(1_000);
    server.isBusy = true;
    first.push.note({ id: 'pending' });
    const seed = JSON.parse(JSON.stringify(seedOf(first))) as Seed<NotesState>;
    expect(seed).toEqual({ state: { list: ['a'], by: { a: 1 } }, etag: '"e1.1"' });
    first.close();
    const { states } = server.seen;
    const second = open(server, clock, { seed });
    await clock.pass(1_000);
    expect([second.status.version, server.seen.states]).toEqual([1, states]);
    second.close();
  });

  it('is not shown any longer once the application is gone', async () => {
    const { clock, server, seed } = written('a');
    const problem = { type: 'urn:changebucket:problem:unknown-application', title: '', status: 404, detail: '' };
    const missing = () => Promise.resolve(new Response(JSON.stringify(problem), { status: 404 }));
    const client = open(server, clock, { seed, fetch: missing as typeof fetch });
    await clock.pass(1_000);
    expect([client.state.list ?? [], client.status.version]).toEqual([[], undefined]);
    client.close();
  });
});

describe('a seed, and what is stored', () => {
  const visit = async (server: ServerDouble, clock: Clock, storage: ReturnType<typeof memoryStorage>, id: string) => {
    const client = openNotes(server, clock, { storage });
    client.push.note({ id });
    await clock.pass(5_000);
    client.close();
    await clock.pass(1_000);
  };

  it('shows in place of an older state of the same application', async () => {
    const { clock, server } = written('a');
    const storage = memoryStorage();
    await visit(server, clock, storage, 'b');
    write(server, 2, 'c');
    const seed = { state: server.state as NotesState, etag: etagOf(server) };
    const page = new Page(clock);
    page.isOnline = false;
    const client = openNotes(server, clock, { storage, seed, page });
    const seen = new Set<string>();
    client.subscribe(
      ({ list }) => list.join(),
      (list) => seen.add(list),
    );
    await client.ready;
    await clock.pass(500);
    expect([client.state.list, client.confirmed?.list]).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b'],
    ]);
    client.push.note({ id: 'd' });
    page.set({ isOnline: true });
    await clock.pass(3_000);
    expect([client.state.list, client.status.version]).toEqual([['a', 'b', 'c', 'd'], 4]);
    expect([...seen]).toEqual(['a,b,c,d']);
    client.close();
    await clock.pass(1_000);
    const again = openNotes(server, clock, { storage, fetch: () => new Promise(() => undefined) });
    await again.ready;
    expect([again.state.list, again.status.version]).toEqual([['a', 'b', 'c', 'd'], 4]);
    again.close();
  });

  it('gives way to a newer state, and to one of another epoch', async () => {
    for (const epoch of ['e1', 'e9']) {
      const { clock, server, seed } = written('a');
      const storage = memoryStorage();
      await visit(server, clock, storage, 'b');
      const old = { ...seed, etag: `"${epoch}.1"` };
      const client = openNotes(server, clock, { storage, seed: old, fetch: () => new Promise(() => undefined) });
      await client.ready;
      expect([client.state.list, client.status.version]).toEqual([['a', 'b'], 2]);
      client.close();
    }
  });

  it('[Q3] of another application neither sends changes twice nor drops them', async () => {
    const { clock, server } = written('a');
    const storage = memoryStorage();
    server.isBusy = true;
    await visit(server, clock, storage, 'b');
    const client = openNotes(server, clock, { storage, seed: { state: { list: [], by: {} }, etag: '"e7.9"' } });
    client.push.note({ id: 'c' });
    await clock.pass(2_000);
    server.isBusy = false;
    server.drain();
    await clock.pass(3_000);
    expect([client.state.list, server.applied.length]).toEqual([['a', 'b', 'c'], 3]);
    expect(client.status).toMatchObject({ pending: 0, epoch: 'e1', signal: undefined });
    client.close();
  });

  it('shows a change once that was accepted on an earlier page, and that it contains', async () => {
    const { clock, server } = written('a');
    const storage = memoryStorage();
    server.isBusy = true;
    await visit(server, clock, storage, 'b');
    server.isBusy = false;
    server.drain();
    const seed = { state: server.state as NotesState, etag: etagOf(server) };
    const client = openNotes(server, clock, { storage, seed, fetch: () => new Promise(() => undefined) });
    await client.ready;
    expect(client.state.list).toEqual(['a', 'b']);
    client.push.note({ id: 'c' });
    expect(client.state.list).toEqual(['a', 'b', 'c']);
    client.close();
  });
});

describe('a seed in a tab that follows', () => {
  it.each([
    ['newer than', true],
    ['as old as', false],
  ])(
    'that is %s what the leader has: shows it, then what the leader reads, and never an older state',
    async (_case, isNewer) => {
      const { clock, server } = written('a', 'b');
      const { manager: locks } = new LocksDouble();
      const storage: ClientStorage = { ...memoryStorage(), scope: 'browser' };
      const application = `alice/notes-${Math.random()}`;
      const [leading, following] = [new Page(clock), new Page(clock)];
      const environmentOf = (page: Page) => ({ ...page.environment, locks });
      const leader = openNotes(server, clock, { application, storage, environment: environmentOf(leading) });
      await clock.pass(1_000);
      leading.set({ isOnline: false });
      if (isNewer) write(server, 3, 'c');
      const seed = { state: server.state as NotesState, etag: etagOf(server) };
      const follower = openNotes(server, clock, { application, storage, environment: environmentOf(following), seed });
      const seen = [follower.state.list.join()];
      follower.subscribe(
        ({ list }) => list.join(),
        (list) => seen.push(list),
      );
      await clock.pass(2_000);
      expect(follower.state.list).toEqual(seed.state.list);
      leading.set({ isOnline: true });
      write(server, isNewer ? 4 : 3, 'd');
      await clock.pass(3_000);
      const last = server.state as NotesState;
      expect([follower.state, leader.state]).toEqual([last, last]);
      expect(seen).toEqual([seed.state.list.join(), last.list.join()]);
      follower.close();
      leader.close();
    },
  );
});
