import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import { changesIn } from '../../../../src/client/index.ts';
import type { ProblemError } from '../../../../src/client/platform/problem-error.ts';
import { batchOf } from '../../../../src/client/push/batch.ts';
import { moveToEpoch, type PendingChange, type PendingQueue } from '../../../../src/client/push/pending-queue.ts';
import { assignNumbers, nextPushRequest } from '../../../../src/client/push/push-request.ts';
import { interpretAnswer } from '../../../../src/client/push/push-result.ts';
import { indexedDbStorage } from '../../../../src/client/storage/indexed-db.ts';
import { type ProblemName, problem, problemBody } from '../../../../src/protocol/problems.ts';
import { LocksDouble } from '../support/browser-double.ts';
import { Clock, Page, settle } from '../support/clock.ts';
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

const thrownBy = (call: () => unknown): ProblemError => {
  try {
    call();
  } catch (error) {
    return error as ProblemError;
  }
  throw new Error('nothing was thrown');
};

const note = (id: string) => ({ name: 'note', args: { id } });
const idsIn = (server: ServerDouble) => server.log.map(({ args, batch }) => [(args as { id: string }).id, batch]);

describe.each(CLIENTS)('`batch` of %s', (_name, open) => {
  it('queues nothing when its function throws, waits, pushes nothing, nests, or pushes beside it', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock);
    const bug = new Error('mine');
    const throwing = (push: Parameters<Parameters<typeof client.batch>[0]>[0]): void => {
      push.note({ id: 'a' });
      throw bug;
    };
    expect(thrownBy(() => client.batch(throwing))).toBe(bug);
    const misuses: (() => unknown)[] = [
      // @ts-expect-error: a promise is no result of a batch.
      () => client.batch(async (push) => push.note({ id: 'a' })),
      () => client.batch(() => undefined),
      () => client.batch(() => void client.batch((push) => push.note({ id: 'a' }))),
      () => client.batch(() => void client.push.note({ id: 'a' })),
      // @ts-expect-error: only changes can be pushed in it.
      () => client.batch((push) => push.batch?.((inner) => inner.note({ id: 'a' }))),
    ];
    const names = misuses.map((misuse) => thrownBy(misuse).name);
    expect(names).toEqual(misuses.map((_, index) => (index === 4 ? 'not-json' : 'batch-misused')));
    let late: { note: (args: { id: string }) => unknown } | undefined;
    client.batch((push) => {
      late = push;
      push.note({ id: 'kept' });
    });
    expect(thrownBy(() => late?.note({ id: 'late' })).name).toBe('batch-misused');
    await clock.pass(1_000);
    expect([idsIn(server), client.status.pending]).toEqual([[['kept', 1]], 0]);
    // The name of a batch cannot be pushed as a change.
    expect((client.push as unknown as Record<string, unknown>)['$batch']).toBeUndefined();
    client.close();
  });

  it('[B1] refuses what cannot be one request: more than 1,000 changes or 1 MB', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock);
    const pushing = (count: number, length: number) => () =>
      client.batch((push) => {
        for (let index = 0; index < count; index += 1) push.note({ id: `${index}-${'é'.repeat(length)}` });
      });
    expect(thrownBy(pushing(1_001, 0)).problem).toMatchObject({ size: 1_001, limit: 1_000 });
    // 8 x 65,536 letters of 2 bytes.
    expect(thrownBy(pushing(8, 65_536)).problem).toMatchObject({
      type: 'urn:changebucket:client:batch-too-large',
      limit: 1_048_576,
    });
    expect(client.status.pending).toBe(0);
    const { applied } = pushing(1_000, 0)();
    await clock.pass(1_000);
    expect(await applied).toMatchObject({ n: 1_000, seq: 1_000 });
    expect(server.log.every(({ batch }) => batch === 1)).toBe(true);
    client.close();
  });

  it('[Q3] [Q7] with lost answers it is accepted once, under the numbers that it was sent with', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    let lost = 2;
    const fate = (method: string) => {
      lost -= method === 'PUT' ? 1 : 0;
      return method === 'PUT' && lost >= 0 ? ('answer lost' as const) : ('fine' as const);
    };
    const client = open(server, clock, { fetch: networkTo(server, clock, { fate }) });
    client.push.note({ id: 'a' });
    const { applied } = client.batch((push) => {
      push.note({ id: 'b' });
      push.note({ id: 'c' });
    });
    client.push.note({ id: 'd' });
    await clock.pass(20_000);
    expect([idsIn(server), client.status.pending]).toEqual([
      [
        ['a', undefined],
        ['b', 2],
        ['c', 2],
        ['d', undefined],
      ],
      0,
    ]);
    expect(await applied).toMatchObject({ n: 3, seq: 3, status: 'applied' });
    client.close();
  });

  it('[O1] when it is rejected after its receipt, the ticket of the change that failed tells why', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    server.isBusy = true;
    const client = open(server, clock);
    const { accepted, applied } = client.batch((push) => {
      for (const id of ['a', 'b!', 'c']) push.note({ id });
    });
    await clock.pass(1_000);
    expect(await accepted).toMatchObject({ n: 3, seq: 3 });
    server.isBusy = false;
    server.drain();
    await clock.pass(10_000);
    expect(await problemOf(applied)).toMatchObject({ reason: 'no', index: 1, seq: 2 });
    expect([server.applied, client.status.pending]).toEqual([[], 0]);
    client.close();
  });

  it('[Q2] one that a proxy does not let through is held, retried and given up as a whole', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    let isBlocking = true;
    const network = networkTo(server, clock);
    const fetching: typeof fetch = async (input, init) =>
      isBlocking && String(init?.body).includes('DROP')
        ? new Response('blocked', { status: 403 })
        : network(input, init);
    const client = open(server, clock, { fetch: fetching });
    const { applied } = client.batch((push) => {
      push.note({ id: 'a' });
      push.note({ id: 'DROP' });
    });
    client.push.note({ id: 'b' });
    await clock.until(() => client.held.length > 0);
    await clock.pass(5_000);
    expect([client.held.flatMap(changesIn), client.status.pending]).toEqual([[note('a'), note('DROP')], 2]);
    isBlocking = false;
    client.retryHeld();
    await clock.pass(10_000);
    expect([idsIn(server), client.held]).toEqual([
      [
        ['b', undefined],
        ['a', 2],
        ['DROP', 2],
      ],
      [],
    ]);
    expect(await applied).toMatchObject({ seq: 3, status: 'applied' });
    client.close();
  });
});

it('[Q7] made offline among plain changes, it survives a killed browser in IndexedDB and arrives as one unit', async () => {
  const [clock, server] = [new Clock(), new ServerDouble(notes)];
  const storage = indexedDbStorage(`batches-${Math.random()}`);
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await settle();
  };
  const on = (page: Page) => ({ ...page.environment, locks: new LocksDouble().manager });
  const [first, second] = [new Page(clock), new Page(clock)];
  first.isOnline = false;
  const client = openNotes(server, clock, { environment: on(first), storage });
  await turns();
  client.push.note({ id: 'a' });
  client.batch((push) => {
    push.note({ id: 'b' });
    push.note({ id: 'c' });
  });
  client.push.note({ id: 'd' });
  const failing = (push: { note: (args: { id: string }) => unknown }): void => {
    push.note({ id: 'e' });
    push.note({ id: 'f!' });
  };
  client.batch(failing);
  await turns();
  first.isDead = true;
  second.isOnline = false;
  const refused: unknown[] = [];
  const reopened = openNotes(server, clock, {
    environment: on(second),
    storage,
    onRefused: ({ reason, index }, change) => refused.push([reason, index, change && changesIn(change)]),
  });
  await reopened.ready;
  // The view shows all of a batch, or nothing where one of its changes throws.
  expect([reopened.state.list, reopened.status.pending]).toEqual([['a', 'b', 'c', 'd'], 6]);
  second.set({ isOnline: true });
  for (let turn = 0; turn < 100 && reopened.status.pending > 0; turn += 1) {
    await turns();
    await clock.pass(50);
  }
  expect(idsIn(server)).toEqual([
    ['a', undefined],
    ['b', 2],
    ['c', 2],
    ['d', undefined],
    ['e', 5],
    ['f!', 5],
  ]);
  expect([reopened.state.list, refused]).toEqual([['a', 'b', 'c', 'd'], [['no', 1, [note('e'), note('f!')]]]]);
  client.close();
  reopened.close();
});

it('[W10] over a socket its outcome may come in frames of one change each', async () => {
  const [clock, server] = [new Clock(), new ServerDouble(notes)];
  server.isBusy = true;
  const client = openNotes(server, clock, { transport: 'socket', WebSocket: socketTo(server, clock) });
  await clock.until(() => client.status.transport === 'socket');
  const push = (...ids: string[]) =>
    client.batch((add) => {
      for (const id of ids) add.note({ id });
    });
  const [good, bad] = [push('a', 'b'), push('c!', 'd')];
  await clock.pass(500);
  server.drain();
  await clock.pass(5_000);
  expect(await good.applied).toMatchObject({ n: 2, seq: 2, status: 'applied' });
  expect(await problemOf(bad.applied)).toMatchObject({ reason: 'no', index: 0, seq: 3 });
  expect([client.state.list, client.status.pending]).toEqual([['a', 'b'], 0]);
  client.close();
});

describe('a batch in the queue', () => {
  const entry = (key: number, rest: Partial<PendingChange> = {}): PendingChange => ({
    id: `c${key}`,
    ...note(`c${key}`),
    at: 0,
    key,
    ...rest,
  });
  const batch = (key: number, count: number, rest: Partial<PendingChange> = {}): PendingChange =>
    entry(key, { ...batchOf(Array.from({ length: count }, (_, index) => note(`${key}.${index}`))), ...rest });
  const queueOf = (next: number, ...entries: PendingChange[]): PendingQueue => ({ client: 'me', next, entries });
  const numbers = ({ entries }: PendingQueue) => entries.map(({ id, n }) => [id, n]);
  const refuse = (queue: PendingQueue, name: ProblemName, cure = {}) => {
    const request = nextPushRequest(queue, 1_000);
    if (request === undefined) throw new Error('no change is waiting');
    const answer = { kind: 'refused', problem: problemBody(problem(name, 'no', cure)) } as const;
    return interpretAnswer(assignNumbers(queue, request), request, answer, 'fresh');
  };

  it('[Q6] is a request of its own, however narrow requests are, and takes a number for each change', () => {
    const queue = queueOf(5, entry(1), entry(2), batch(3, 3), entry(4));
    expect(nextPushRequest(queue, 1_000)).toMatchObject({ n: 5, count: 2, isAtomic: false });
    const alone = queueOf(5, batch(3, 3), entry(4));
    const request = nextPushRequest(alone, 1);
    expect(request).toMatchObject({ n: 5, count: 3, isAtomic: true, entries: [{ id: 'c3' }] });
    expect(request && assignNumbers(alone, request)).toMatchObject({ next: 8, entries: [{ n: 5 }, { id: 'c4' }] });
    // Sent before, it is sent again under its numbers, and what is behind it goes on from there.
    const again = queueOf(9, batch(3, 3, { n: 5 }), entry(4, { n: 8 }), entry(5));
    expect(nextPushRequest(again, 1_000)).toMatchObject({ n: 5, count: 3, possiblyAccepted: 1 });
  });

  it('[Q2] [Q7] [Q16] a gap, a conflict, a refusal and a forgotten client never leave a part of it', () => {
    const sent = queueOf(9, batch(1, 3, { n: 5 }), entry(2, { n: 8 }), entry(3));
    // The server expects a number in it: nothing of it was accepted.
    expect(numbers(refuse(sent, 'sequence-gap', { expected: 6 }).queue)).toEqual([
      ['c1', undefined],
      ['c2', undefined],
      ['c3', undefined],
    ]);
    const conflict = refuse(sent, 'id-conflict', { expected: 7 });
    expect([conflict.queue.next, conflict.next]).toEqual([7, 'retry-later']);
    expect(numbers(conflict.queue)).toContainEqual(['c1', undefined]);
    const refused = refuse(queueOf(5, batch(1, 3), entry(2)), 'invalid-change');
    expect([refused.settlements.map(({ id }) => id), numbers(refused.queue), refused.queue.next]).toEqual([
      ['c1'],
      [['c2', undefined]],
      5,
    ]);
    const forgotten = refuse(queueOf(9, batch(1, 3, { n: 5 }), batch(2, 2)), 'outcome-expired', { prefix: 'p.' });
    expect([forgotten.queue.client, forgotten.queue.next, numbers(forgotten.queue)]).toEqual([
      'p.fresh',
      1,
      [['c2', undefined]],
    ]);
    expect(forgotten.settlements).toMatchObject([{ id: 'c1', kind: 'refused' }]);
  });

  it('[Q3] accepted in an epoch that has ended, it is sent again under its first number', () => {
    const old = queueOf(8, batch(1, 3, { n: 5, accepted: { epoch: 'e1', n: 7, seq: 40 } }));
    expect(numbers(moveToEpoch(old, 'e2'))).toEqual([['c1', 5]]);
  });
});
