import { describe, expect, it } from 'vitest';
import { todos } from '../../../src/applications/todos.ts';
import { createClient } from '../../../src/client/client.ts';
import { createLightClient } from '../../../src/client/light-client.ts';
import type { ProblemError } from '../../../src/client/platform/problem-error.ts';
import { Api, fresh } from '../../support/api.ts';
import { until } from '../../support/wait.ts';
import { optionsFor, workerFetch } from '../../support/worker-client.ts';

const problemOf = (promise: Promise<unknown> | undefined) =>
  (promise as Promise<unknown>).then(
    () => undefined,
    (error: unknown) => (error as ProblemError).problem,
  );

const ids = (state: { items: Record<string, unknown> } | undefined) => Object.keys(state?.items ?? {});

/** A client of `todos` that follows over the transport, and another one that notes every state that it is shown. */
const setUp = async (transport: 'poll' | 'long-poll' | 'sse' | 'socket') => {
  const application = fresh();
  const api = new Api(application);
  await api.create('todos');
  const client = createClient({ ...optionsFor(application), definition: todos, transport });
  const watcher = createClient({ ...optionsFor(application), definition: todos, transport });
  const seen: string[][] = [];
  watcher.subscribe(
    (state) => state,
    (state) => void seen.push(ids(state)),
  );
  for (const each of [client, watcher]) await until(() => each.status.transport === transport && each.status.online);
  return { api, client, watcher, seen };
};

describe.each(['poll', 'long-poll', 'sse', 'socket'] as const)('an atomic batch over %s', (transport) => {
  it('[Q6] [Q7] shows at once, is applied as a whole, and is undone and redone as a whole', async () => {
    const { api, client, watcher, seen } = await setUp(transport);
    client.push.add({ id: 'a', text: 'A' });
    const { accepted, applied } = client.batch((push) => {
      for (const id of ['b', 'c', 'd']) push.add({ id, text: id });
      push.complete({ id: 'a', done: true });
    });
    client.push.add({ id: 'e', text: 'E' });
    expect([ids(client.state), client.state.items['a']?.done, client.status.pending]).toEqual([
      ['a', 'b', 'c', 'd', 'e'],
      true,
      6,
    ]);
    expect(await accepted).toMatchObject({ n: 5, seq: 5 });
    expect(await applied).toMatchObject({ n: 5, seq: 5, status: 'applied' });
    await until(() => client.status.pending === 0 && ids(watcher.state).length === 5);
    // Nobody sees a part of it.
    for (const state of seen) expect([0, 1, 4, 5]).toContain(state.length);
    const { client: name } = await accepted;
    expect((await api.ticket(name, 2)).body).toMatchObject({ seq: 2, status: 'applied' });
    expect((await client.undo()?.applied)?.status).toBe('applied');
    await until(() => client.status.pending === 0);
    const undone = client.undo();
    expect([ids(client.state), client.state.items['a']?.done]).toEqual([['a'], false]);
    // 6 changes, 1 undo, and 4 in one batch, in the reverse order.
    expect((await undone?.applied)?.seq).toBe(11);
    await until(() => ids(watcher.state).length === 1);
    // `todos` cannot undo a removal, so that cannot be redone; but what is done and named can.
    expect(client.redo()).toBeUndefined();
    client.batch((push) => {
      push.complete({ id: 'a', done: true });
      push.rename({ id: 'a', text: 'AA' });
    });
    client.undo();
    const redone = client.redo();
    expect([client.state.items['a'], (await redone?.applied)?.seq]).toMatchObject([{ text: 'AA', done: true }, 17]);
    await until(() => watcher.state.items['a']?.text === 'AA');
    client.close();
    watcher.close();
  });

  it('[Q7] a change that is rejected takes all of them back, and its index is told', async () => {
    const { client, watcher, seen } = await setUp(transport);
    await watcher.push.add({ id: 'there', text: 'There' }).applied;
    const { accepted, applied } = client.batch((push) => {
      push.add({ id: 'b', text: 'B' });
      push.add({ id: 'there', text: 'Again' });
      push.add({ id: 'c', text: 'C' });
    });
    const after = client.push.add({ id: 'd', text: 'D' });
    expect(await problemOf(applied)).toMatchObject({ reason: 'todo-exists', index: 1, status: 422 });
    expect(await problemOf(accepted)).toBeUndefined();
    expect((await after.applied).seq).toBe(5);
    await until(() => client.status.pending === 0 && ids(watcher.state).length === 2);
    expect([ids(client.state), client.undoDepth]).toEqual([['there', 'd'], 1]);
    for (const state of seen) expect(state).not.toContain('b');
    client.close();
    watcher.close();
  });
});

it('as it is stored, is refused when a page of an earlier version sends it as a change', async () => {
  const api = new Api(fresh());
  await api.create('todos');
  const args = [{ name: 'add', args: { id: 'a', text: 'A' } }];
  const answer = await api.batch('old-page', 1, [{ name: '$batch', args }]);
  expect([answer.status, answer.body.type]).toEqual([422, 'urn:changebucket:problem:invalid-change']);
  // What is refused has taken no n: the change behind it goes on.
  expect((await api.push('old-page', 1, 'add', { id: 'b', text: 'B' })).status).toBe(202);
});

it('[Q7] [S8] is undone by what it did on the server, read from the history where others came with it', async () => {
  const application = fresh();
  const api = new Api(application);
  await api.create('document');
  await api.push('other', 1, 'merge', { list: ['theirs'], n: 0 }, { Prefer: 'wait=5' });
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isHeldBack = false;
  const asked: string[] = [];
  const fetching: typeof fetch = async (input, init) => {
    const { pathname, search } = new URL(String(input));
    if (pathname.endsWith('/state') && search === '' && isHeldBack) await released;
    if (search !== '') asked.push(search);
    return workerFetch(input, init);
  };
  const client = createClient({ ...optionsFor(application), transport: 'poll', fetch: fetching });
  await until(() => client.status.version === 1);
  isHeldBack = true;
  const batch = client.batch((push) => {
    push.merge({ n: 1, mine: true });
    push.patch([{ op: 'add', path: '/list/-', value: 'mine' }]);
  });
  await batch.applied;
  await api.push('other', 2, 'merge', { late: true }, { Prefer: 'wait=5' });
  const undone = client.undo();
  release();
  expect((await undone?.applied)?.status).toBe('applied');
  expect(asked.toSorted()).toEqual(['?at=1', '?at=3']);
  await until(() => client.status.pending === 0);
  expect(client.confirmed).toEqual({ list: ['theirs'], n: 0, late: true });
  client.close();
});

describe.each(['poll', 'long-poll'] as const)('an atomic batch of the light client over %s', (transport) => {
  it('[Q7] is applied or rejected as a whole', async () => {
    const application = fresh();
    const { WebSocket: _, ...options } = optionsFor(application);
    const client = createLightClient<typeof todos>({ ...options, kind: 'todos', transport });
    const done = client.batch((push) => {
      push.add({ id: 'a', text: 'A' });
      push.add({ id: 'b', text: 'B' });
    });
    expect(await done.applied).toMatchObject({ n: 2, seq: 2, status: 'applied' });
    const failed = client.batch((push) => {
      push.remove({ id: 'a' });
      push.add({ id: 'b', text: 'B' });
    });
    expect(await problemOf(failed.applied)).toMatchObject({ reason: 'todo-exists', index: 1 });
    await until(() => client.status.pending === 0 && client.status.version === 4);
    expect(ids(client.confirmed)).toEqual(['a', 'b']);
    client.close();
  });
});
