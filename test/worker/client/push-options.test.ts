import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { todos } from '../../../src/applications/todos.ts';
import { createClient } from '../../../src/client/client.ts';
import { createLightClient } from '../../../src/client/light-client.ts';
import type { ProblemError } from '../../../src/client/platform/problem-error.ts';
import type { OnRefused } from '../../../src/client/push/push-handle.ts';
import { Api, fresh } from '../../support/api.ts';
import { until } from '../../support/wait.ts';
import { CLIENT_TRANSPORTS, optionsFor, workerFetch } from '../../support/worker-client.ts';

const problemOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (error as ProblemError).problem,
  );

type Kind = (typeof CLIENT_TRANSPORTS)[number];

/** A client that has read the application's state, and somebody else who pushes to it. */
const setUp = async (kind: Kind[0], transport: Kind[1]) => {
  const application = fresh();
  const api = new Api(application);
  await api.create('todos');
  await api.push('other', 1, 'add', { id: 'a', text: 'A' });
  const { WebSocket, ...options } = optionsFor(application);
  const client =
    kind === 'createClient'
      ? createClient({ ...options, WebSocket, definition: todos, transport })
      : createLightClient<typeof todos>({ ...options, kind: 'todos', transport: transport as 'poll' | 'long-poll' });
  await until(() => client.status.transport === transport && client.status.version === 1);
  let n = 1;
  const other = (text: string) => {
    n += 1;
    return api.push('other', n, 'rename', { id: 'a', text }, { Prefer: 'wait=5' });
  };
  return { api, client, other };
};

// Preconditions are no mistake of a definition: a development build must not say so.
let told: MockInstance;
beforeEach(() => {
  told = vi.spyOn(console, 'error');
});
afterEach(() => {
  // The server under test logs there, too.
  expect(told.mock.calls.filter(([text]) => String(text).startsWith('Changebucket,'))).toEqual([]);
  told.mockRestore();
});

describe.each(CLIENT_TRANSPORTS)('a push of %s over %s', (kind, transport) => {
  it('[Q12] with `ifMatch` is applied to that state alone', async () => {
    const { client, other } = await setUp(kind, transport);
    const seen = client.etag ?? '';
    expect(seen).toBe(`"${client.status.epoch}.1"`);
    const rename = (text: string, ifMatch: string) => client.push.rename({ id: 'a', text }, { ifMatch });
    expect(await rename('mine', seen).applied).toMatchObject({ seq: 2, status: 'applied' });
    await until(() => client.status.version === 2);
    await other('theirs');
    const late = rename('late', seen);
    expect(await problemOf(late.applied)).toMatchObject({
      type: 'urn:changebucket:problem:precondition-failed',
      version: 3,
      etag: seen.replace('.1"', '.3"'),
    });
    expect(await problemOf(late.confirmed)).toMatchObject({ status: 412 });
    await until(() => client.status.pending === 0 && client.status.version === 4);
    expect([client.state.items['a']?.text, (await rename('any', '*').applied).status]).toEqual(['theirs', 'applied']);
    client.close();
  });

  it('[Q12] with `ifUnchanged` passes behind own changes, and not behind those of others', async () => {
    const { client, other } = await setUp(kind, transport);
    const etag = client.etag as string;
    const first = client.push.rename({ id: 'a', text: 'one' });
    const second = client.batch((push) => push.rename({ id: 'a', text: 'two' }), { ifUnchanged: true });
    const third = client.push.complete({ id: 'a', done: true }, { ifUnchanged: true });
    const stale = client.push.complete({ id: 'a', done: false }, { ifMatch: etag });
    expect((await first.applied).seq).toBe(2);
    expect([(await second.applied).seq, (await third.applied).seq]).toEqual([3, 4]);
    // The etag of the confirmed state was older than the own changes before it.
    expect(await problemOf(stale.applied)).toMatchObject({ status: 412, version: 4 });
    await until(() => client.status.version === 5);
    await other('theirs');
    const before = client.push.rename({ id: 'a', text: 'mine' });
    // Whether the change of the other is known here or not: the condition was made before.
    const behind = client.status.version === 5 ? client.push.remove({ id: 'a' }, { ifUnchanged: true }) : undefined;
    await before.applied;
    if (behind !== undefined) expect(await problemOf(behind.applied)).toMatchObject({ status: 412 });
    client.close();
  });

  it('[O1] [C2] tells its place, its ticket, and what it has cost where that was asked', async () => {
    const { client } = await setUp(kind, transport);
    const { accepted } = client.push.add({ id: 'b', text: 'B' }, { cost: true });
    const receipt = await accepted;
    expect(receipt).toMatchObject({
      n: 1,
      seq: 2,
      cost: { changes: 1, rowsRead: expect.any(Number), rowsWritten: expect.any(Number) },
    });
    const { cost } = receipt;
    expect(cost?.rowsWritten).toBeGreaterThan(0);
    expect(cost?.storedBytes).toBeGreaterThan(10);
    expect(cost?.microdollars).toBeGreaterThan(0);
    const owner = optionsFor(receipt.url.split('/').slice(5, 7).join('/'));
    const ticket = await workerFetch(receipt.url, { headers: { Authorization: `Bearer ${await owner.token()}` } });
    expect(await ticket.json()).toMatchObject({ seq: 2, status: 'applied' });
    const quiet = await client.push.add({ id: 'c', text: 'C' }).accepted;
    expect([quiet.cost, quiet.url]).toEqual([undefined, receipt.url.replace(/1$/, '2')]);
    client.close();
  });

  it('says when `confirmed` contains it, and never before', async () => {
    const { client, other } = await setUp(kind, transport);
    for (let round = 0; round < 5; round += 1) {
      const id = `r${round}`;
      const { confirmed } = client.push.add({ id, text: id });
      await other(id);
      const ticket = await confirmed;
      expect([client.confirmed?.items[id]?.text, client.status.version]).toEqual([id, expect.any(Number)]);
      expect(client.status.version).toBeGreaterThanOrEqual(ticket.seq);
    }
    const batch = client.batch((push) => {
      push.remove({ id: 'r0' });
      push.remove({ id: 'r1' });
    });
    await batch.confirmed;
    expect(Object.keys(client.confirmed?.items ?? {})).toEqual(['a', 'r2', 'r3', 'r4']);
    client.close();
  });

  it('tells every listener when it is rejected', async () => {
    const { client } = await setUp(kind, transport);
    const told: string[] = [];
    const listener =
      (name: string): OnRefused =>
      (problem, change) =>
        void told.push(`${name} ${problem.reason} ${change?.name}`);
    const ends = ['one', 'two'].map((name) => client.onRejected(listener(name)));
    await problemOf(client.push.add({ id: 'a', text: 'again' }).applied);
    ends[0]?.();
    await problemOf(client.push.complete({ id: 'none', done: true }).applied);
    expect(told).toEqual(['one todo-exists add', 'two todo-exists add', 'two unknown-todo complete']);
    client.close();
  });
});
