import * as v from 'valibot';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { document } from '../../../src/applications/document.ts';
import { todos } from '../../../src/applications/todos.ts';
import { createLightClient, memoryStorage, ProblemError, refresh } from '../../../src/client/index.ts';
import { change } from '../../../src/core/change.ts';
import { defineApplication } from '../../../src/core/define-application.ts';
import type { Definition } from '../../../src/core/definition.ts';
import { type FakeServer, type FakeServerOptions, fakeServer } from '../../../src/testing/index.ts';

const opened: { close(): void }[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const each of opened.splice(0)) each.close();
});

const open = <Kind extends Definition>(definition: Kind, options?: FakeServerOptions<Kind>): FakeServer<Kind> => {
  const server = fakeServer(definition, options);
  opened.push(server);
  return server;
};

const milk = { id: 'milk', text: 'Milk' };
const failure = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

describe('a fake server', () => {
  it('shows a change at once, applies it, and shows it to everybody', async () => {
    const server = open(todos);
    const [alice, bob] = [server.client('alice'), server.client('bob')];
    const { accepted, applied } = alice.push.add(milk);
    expect([alice.state.items['milk']?.text, bob.state.items['milk']]).toEqual(['Milk', undefined]);
    await server.settle();
    const milkItem = { text: 'Milk', done: false, created: Date.UTC(2026, 0, 1), by: 'alice' };
    expect(server.state).toEqual({ items: { milk: milkItem } });
    expect([alice.state, alice.confirmed, bob.state]).toEqual([server.state, server.state, server.state]);
    expect([alice.status.pending, alice.status.transport, bob.status.version]).toEqual([0, 'socket', 1]);
    expect(await accepted).toMatchObject({ n: 1, seq: 1 });
    expect(await applied).toMatchObject({ status: 'applied', version: 1 });
  });

  it.each(['socket', 'poll'] as const)('[Q12] [C2] judges preconditions and tells costs, by %s', async (transport) => {
    const server = open(todos);
    const alice = server.client('alice', { transport });
    await server.settle();
    const ifMatch = alice.etag as string;
    expect((await alice.push.add(milk, { ifMatch, cost: true }).accepted).cost).toMatchObject({ changes: 1 });
    await server.settle();
    const { etag } = alice;
    expect(await failure(alice.push.remove({ id: 'milk' }, { ifMatch }).applied)).toMatchObject({
      name: 'precondition-failed',
      problem: { version: 1, etag },
    });
    await server.settle();
    const own = alice.push.complete({ id: 'milk', done: true });
    const behind = alice.push.remove({ id: 'milk' }, { ifUnchanged: true });
    await server.settle();
    expect([(await own.applied).seq, (await behind.confirmed).seq]).toEqual([3, 4]);
    expect([alice.state.items, server.state.items]).toEqual([{}, {}]);
  });

  it('[S6] [S7] lets a client read at once, and wait for a version', async () => {
    const server = open(todos);
    const alice = server.client('alice', { transport: 'poll', interval: 60_000 });
    await alice.loaded;
    server.push({ name: 'add', args: milk });
    await refresh(alice, { drain: true });
    expect(alice.confirmed).toEqual(server.state);
    const second = refresh(alice, { minVersion: 2 });
    server.push({ name: 'rename', args: { id: 'milk', text: 'Oat milk' } });
    await second;
    expect([alice.status.version, alice.confirmed?.items['milk']?.text]).toEqual([2, 'Oat milk']);
  });

  it.each(['socket', 'poll'] as const)('[Q7] applies a batch as a whole or not at all, by %s', async (transport) => {
    const server = open(todos);
    const alice = server.client('alice', { transport });
    await server.settle();
    const good = alice.batch((push) => {
      push.add(milk);
      push.complete({ id: 'milk', done: true });
    });
    const bad = alice.batch((push) => {
      push.remove({ id: 'milk' });
      push.rename({ id: 'milk', text: 'Oat milk' });
    });
    await server.settle();
    expect(await good.applied).toMatchObject({ n: 2, seq: 2, status: 'applied' });
    expect(await failure(bad.applied)).toMatchObject({
      name: 'change-refused',
      problem: { reason: 'unknown-todo', index: 1 },
    });
    expect(server.outcomes.map(({ status, problem }) => [status, problem?.name])).toEqual([
      ['applied', undefined],
      ['applied', undefined],
      ['rejected', 'batch-failed'],
      ['rejected', 'change-refused'],
    ]);
    expect(alice.state).toEqual(server.state);
    expect(server.state.items['milk']?.done).toBe(true);
  });

  it.each(['socket', 'poll', 'long-poll'] as const)(
    'serves a client of a part by %s, also offline',
    async (transport) => {
      const server = open(todos);
      const storage = memoryStorage();
      const whole = server.client('alice', { transport, storage });
      const part = server.client('alice', { transport, storage, path: '/items/milk' });
      await server.settle();
      expect([part.state, part.status.loaded]).toEqual([undefined, true]);
      server.push({ name: 'add', args: { id: 'tea', text: 'Tea' } });
      part.push.add(milk);
      await server.settle();
      expect([part.state?.text, part.status.pending, Object.keys(whole.state.items)]).toEqual([
        'Milk',
        0,
        ['tea', 'milk'],
      ]);
      expect([part.undoDepth, part.undo()]).toEqual([0, undefined]);
      server.push({ name: 'remove', args: { id: 'milk' } });
      await server.settle();
      expect([part.state, Object.keys(whole.state.items)]).toEqual([undefined, ['tea']]);
      // What is stored of the whole and of the part is kept apart, also that nothing is there.
      await new Promise((resolve) => setTimeout(resolve, 2_100));
      part.close();
      whole.close();
      server.offline();
      const again = server.client('alice', { transport, storage, path: '/items/milk' });
      const tea = server.client('alice', { transport, storage, path: '/items/tea' });
      await again.ready;
      await tea.ready;
      expect([again.state, again.status.loaded, tea.state, tea.status.loaded]).toEqual([
        undefined,
        true,
        undefined,
        false,
      ]);
    },
  );

  it.each(['auto', 'socket', 'poll', 'long-poll'] as const)(
    'serves clients by %s: states, patches, outcomes',
    async (transport) => {
      const server = open(todos);
      const alice = server.client('alice', { transport });
      const seen: (string | undefined)[] = [];
      alice.subscribe(
        ({ items }) => items['milk']?.text,
        (text) => void seen.push(text),
      );
      await server.settle();
      server.push({ name: 'add', args: milk });
      await server.settle();
      server.push({ name: 'rename', args: { id: 'milk', text: 'Oat milk' }, user: 'carol' });
      await server.settle();
      expect(seen).toEqual(['Milk', 'Oat milk']);
      expect(await failure(alice.push.add(milk).applied)).toMatchObject({
        problem: { reason: 'todo-exists', status: 422 },
      });
      expect(alice.state).toEqual(server.state);
      expect(server.outcomes.map(({ status, reason }) => [status, reason])).toEqual([
        ['applied', undefined],
        ['applied', undefined],
        ['rejected', 'todo-exists'],
      ]);
    },
  );

  it('tells what became of the changes of others, and knows who they are', () => {
    const server = open(todos, { state: { items: {} }, now: 7 });
    expect(server.push({ name: 'add', args: milk })).toMatchObject({ status: 'applied', seq: 1 });
    expect(server.push({ name: 'add', args: milk })).toMatchObject({ status: 'rejected', reason: 'todo-exists' });
    expect(server.push({ name: 'add', args: { id: 'a', text: 'A' }, user: 'carol', now: 9 })).toMatchObject({ seq: 3 });
    const nan = server.push({ name: 'add', args: { id: 'b', text: Number.NaN as never } });
    expect(nan).toMatchObject({ status: 'refused', problem: { name: 'not-json' } });
    expect(Object.values(server.state.items).map(({ by, created }) => [by, created])).toEqual([
      ['bob', 7],
      ['carol', 9],
    ]);
    expect(() => server.push({ name: 'clear', now: 8 })).toThrow(RangeError);
  });

  it('keeps clients offline that are to be, and lets them catch up', async () => {
    const server = open(todos);
    const [alice, bob] = [server.client('alice'), server.client('bob')];
    await server.settle();
    server.offline('alice');
    expect([alice.status.online, alice.status.transport, bob.status.online]).toEqual([false, 'none', true]);
    alice.push.add(milk);
    bob.push.add({ id: 'tea', text: 'Tea' });
    await server.settle();
    expect(Object.keys(server.state.items)).toEqual(['tea']);
    expect([Object.keys(alice.state.items), alice.status.pending]).toEqual([['milk'], 1]);
    server.online('alice');
    await server.settle();
    expect(Object.keys(server.state.items)).toEqual(['tea', 'milk']);
    expect([alice.state, bob.state, alice.status.online]).toEqual([server.state, server.state, true]);
  });

  it('keeps everybody offline, also who comes later', async () => {
    const server = open(todos);
    server.offline();
    const alice = server.client();
    alice.push.add(milk);
    await server.settle();
    expect([server.state.items, alice.status.pending]).toEqual([{}, 1]);
    server.online();
    await server.settle();
    expect(alice.confirmed?.items['milk']?.by).toBe('alice');
  });

  it('keeps single users offline or online, also before they come', async () => {
    const server = open(todos);
    server.offline('alice');
    const [alice, bob] = [server.client('alice'), server.client('bob')];
    await server.settle();
    expect([alice.status.version, bob.status.version]).toEqual([undefined, 0]);
    server.offline();
    server.online('alice');
    await server.settle();
    expect([alice.status.online, bob.status.online]).toEqual([true, false]);
    server.online();
    await server.settle();
    expect([alice.status.online, bob.status.online]).toEqual([true, true]);
  });

  it('refuses what it cannot do', () => {
    const server = open(todos);
    expect(() => server.client('alice', { transport: 'sse' as 'poll' })).toThrow(
      'A fake server has no transport "sse". It has: auto, socket, poll, long-poll.',
    );
    expect(() => server.slow(-1)).toThrow(RangeError);
    expect(() => server.slow(Number.NaN)).toThrow('not NaN');
    expect(() => fakeServer(todos, { application: 'list' })).toThrow('it must be owner/app');
    expect(server.push({ name: 'veto' as 'clear' }).error).toMatchObject({
      message: expect.stringContaining('It has: add'),
    });
  });

  it.each(['socket', 'long-poll'] as const)('is slow when it is to be: by %s', async (transport) => {
    const server = open(todos);
    const alice = server.client('alice', { transport });
    await server.settle();
    server.slow(80);
    const from = performance.now();
    const { applied } = alice.push.add(milk);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([alice.status.pending, server.state.items]).toEqual([1, {}]);
    await applied;
    expect(performance.now() - from).toBeGreaterThanOrEqual(70);
    await server.settle();
    expect([alice.status.pending, alice.confirmed]).toEqual([0, server.state]);
  });

  it.each(['socket', 'long-poll'] as const)('refuses pushes when it is to: by %s', async (transport) => {
    const server = open(todos);
    const refused: string[] = [];
    const alice = server.client('alice', {
      transport,
      onRefused: (_, pushed) => void refused.push(pushed?.name ?? ''),
    });
    await server.settle();
    server.refuse('forbidden', { detail: 'You may look only.', needed: 'writer' });
    const error = await failure(alice.push.add(milk).applied);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({ problem: { status: 403, detail: 'You may look only.', needed: 'writer' } });
    expect([alice.state.items, refused]).toEqual([{}, ['add']]);
    server.refuse('unavailable', { times: 2 });
    expect(await alice.push.add(milk).applied).toMatchObject({ status: 'applied' });
    expect(() => server.refuse('nonsense' as 'forbidden')).toThrow(
      'There is no problem "nonsense". The problems are: invalid-frame',
    );
  });

  it('shows who is there', async () => {
    const server = open(todos);
    const [alice, bob] = [server.client('alice'), server.client('bob')];
    alice.presence.set({ at: 'milk' });
    bob.presence.set({ at: 'tea' });
    await server.settle();
    const users = (client: typeof alice) => client.presence.peers.peers.map(({ user }) => user).sort();
    expect([users(alice), users(bob)]).toEqual([
      ['alice', 'bob'],
      ['alice', 'bob'],
    ]);
    server.offline('bob');
    await server.settle();
    expect([users(alice), users(bob)]).toEqual([['alice'], []]);
  });

  it('lets documents be undone', async () => {
    const server = open(document);
    const alice = server.client();
    alice.push.merge({ a: 1 });
    await server.settle();
    server.push({ name: 'merge', args: { b: 2 } });
    await server.settle();
    alice.undo();
    await server.settle();
    expect(server.state).toEqual({ b: 2 });
  });

  it('knows users of any name, and two clients of one user share nothing', async () => {
    const server = open(todos);
    const [first, second] = [server.client('Zoë|5'), server.client('Zoë|5')];
    first.push.add(milk);
    second.push.add({ id: 'tea', text: 'Tea' });
    expect(Object.keys(second.state.items)).toEqual(['tea']);
    await server.settle();
    expect(Object.values(server.state.items).map(({ by }) => by)).toEqual(['Zoë|5', 'Zoë|5']);
    expect(first.state).toEqual(second.state);
  });

  it('serves clients that the tested code opens itself, the light one as well', async () => {
    const server = open(todos, { application: 'carol/list' });
    const { WebSocket: _, ...connection } = server.connection('carol');
    const light = createLightClient<typeof todos>(connection);
    opened.push(light);
    expect(await light.push.add(milk).applied).toMatchObject({ status: 'applied' });
    expect(server.state.items['milk']?.by).toBe('carol');
  });

  it('works while a test has replaced the timers', async () => {
    vi.useFakeTimers();
    const server = open(todos);
    const alice = server.client();
    server.slow(10);
    alice.push.add(milk);
    await server.settle();
    server.refuse('unavailable');
    alice.push.add({ id: 'tea', text: 'Tea' });
    await server.settle();
    expect(Object.keys(alice.confirmed?.items ?? {})).toEqual(['milk', 'tea']);
  });

  it('says what is missing when it does not settle', async () => {
    const server = open(todos);
    const alice = server.client('alice');
    await server.settle();
    server.refuse('unavailable', { times: 100 });
    alice.push.add(milk);
    await expect(server.settle(300)).rejects.toThrow(
      /^Not settled within 300 ms\. alice: 1 changes are pending, version 0 of 0 is shown, by socket, the last problem was urn:changebucket:problem:unavailable/,
    );
  });

  it('waits no more for a client that is closed', async () => {
    const server = open(todos);
    const alice = server.client();
    server.refuse('unavailable', { times: 100 });
    const { applied } = alice.push.add(milk);
    alice.close();
    await server.settle();
    expect(await failure(applied)).toMatchObject({ problem: { type: 'urn:changebucket:client:closed' } });
  });

  it('begins with the given state, and refuses one that does not fit', async () => {
    const counter = defineApplication({
      name: 'counter',
      version: 1,
      state: v.object({ count: v.number() }),
      initial: { count: 0 },
      changes: {
        add: change(v.object({}), (state: { count: number }) => {
          state.count += 1;
        }),
      },
    });
    const server = open(counter, { state: { count: 5 } });
    const alice = server.client();
    await server.settle();
    expect(alice.state).toEqual({ count: 5 });
    expect(() => fakeServer(counter, { state: { count: 'x' as never } })).toThrow('count: ');
  });
});
