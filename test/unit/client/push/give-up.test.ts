import { describe, expect, it } from 'vitest';
import { giveUpAfter } from '../../../../src/client/index.ts';
import type { ProblemError } from '../../../../src/client/platform/problem-error.ts';
import { type ClientStorage, memoryStorage } from '../../../../src/client/storage/storage.ts';
import { problem, problemBody } from '../../../../src/protocol/problems.ts';
import { randomFrom, seedOf } from '../../../support/seed.ts';
import { Clock, Page } from '../support/clock.ts';
import { type Fate, networkTo } from '../support/network.ts';
import { notes } from '../support/notes.ts';
import { CLIENTS, openNotes } from '../support/open.ts';
import { ServerDouble } from '../support/server.ts';

const HOUR = 3_600_000;
const nameOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'resolved',
    ({ name }: ProblemError) => name,
  );
const idsOf = (server: ServerDouble) => server.log.map(({ args }) => (args as { id: string }).id);

/** A network whose pushes have this fate. */
const setUp = () => {
  const [clock, server] = [new Clock(), new ServerDouble(notes)];
  const pushes: { fate: Fate; count: number } = { fate: 'fine', count: 0 };
  const fate = (method: string): Fate => {
    pushes.count += method === 'PUT' ? 1 : 0;
    return method === 'PUT' ? pushes.fate : 'fine';
  };
  const fetching: typeof fetch = networkTo(server, clock, { fate });
  return { clock, server, pushes, fetch: fetching };
};

it('takes limits above 0, and at least one', () => {
  for (const limits of [{}, { ms: 0 }, { ms: -1 }, { attempts: 0 }, { ms: Number.NaN }, { attempts: 2, ms: 0 }])
    expect(() => giveUpAfter(limits)).toThrow(RangeError);
});

describe.each(CLIENTS)('giving up with %s', (_name, open) => {
  it('[J11] says that a change is not applied which the server has refused for so long, and goes on with younger ones', async () => {
    const { clock, server, fetch } = setUp();
    let isSignedOut = true;
    const unauthorized = problemBody(problem('unauthorized', 'Sign in.'));
    const fetching: typeof fetch = (input, init) =>
      isSignedOut && init?.method === 'PUT'
        ? Promise.resolve(Response.json(unauthorized, { status: 401 }))
        : fetch(input, init);
    const client = open(server, clock, { fetch: fetching, giveUp: giveUpAfter({ ms: 5 * HOUR }) });
    const seen: unknown[] = [];
    client.onRejected(({ type, status }, change) => seen.push([type, status, change?.args]));
    const old = client.push.note({ id: 'old' });
    await clock.pass(4 * HOUR);
    const young = client.batch((push) => {
      push.note({ id: 'young' });
      push.note({ id: 'younger' });
    });
    await clock.pass(HOUR - 60_000);
    expect([client.status.pending, seen]).toEqual([3, []]);
    await clock.pass(120_000);
    expect([client.status.pending, seen]).toEqual([2, [['urn:changebucket:client:given-up', 0, { id: 'old' }]]]);
    for (const promise of Object.values(old)) expect(await nameOf(promise)).toBe('given-up');
    isSignedOut = false;
    await clock.pass(120_000);
    expect([idsOf(server), await nameOf(young.applied), client.status.pending]).toEqual([
      ['young', 'younger'],
      'resolved',
      0,
    ]);
    client.close();
  });

  it.each([
    ['answer lost', ['a', 'b']],
    ['request lost', ['b']],
  ] as const)('[Q3] says that the outcome is unknown after "%s", and never sends it again', async (lost, applied) => {
    const { clock, server, pushes, fetch } = setUp();
    const client = open(server, clock, { fetch, giveUp: giveUpAfter({ attempts: 3 }) });
    await clock.pass(1_000);
    pushes.fate = lost;
    const { applied: outcome } = client.push.note({ id: 'a' });
    await clock.until(() => client.status.pending === 0);
    expect([pushes.count, await nameOf(outcome)]).toEqual([3, 'outcome-unknown']);
    await clock.pass(HOUR);
    expect(pushes.count).toBe(3);
    pushes.fate = 'fine';
    client.push.note({ id: 'b' });
    await clock.pass(10_000);
    expect([idsOf(server), client.confirmed?.list, client.status.pending]).toEqual([applied, applied, 0]);
    client.close();
  });

  it('needs no token for what is certain: without one nothing was sent', async () => {
    const { clock, server } = setUp();
    const token = (): Promise<string> => Promise.reject(new Error('The login is down.'));
    const options = { giveUp: giveUpAfter({ ms: 10_000 }), token, subject: 'alice' };
    const client = open(server, clock, options);
    const name = nameOf(client.push.note({ id: 'a' }).applied);
    await clock.pass(30_000);
    expect([await name, client.status.pending, client.state.list ?? []]).toEqual(['given-up', 0, []]);
    client.close();
  });

  it('waits for the answer to what is under way', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock, {
      fetch: networkTo(server, clock, { delay: () => 4_000 }),
      giveUp: giveUpAfter({ ms: 3_000 }),
    });
    const { applied } = client.push.note({ id: 'slow' });
    await clock.pass(60_000);
    expect([await nameOf(applied), idsOf(server), client.status.pending]).toEqual(['resolved', ['slow'], 0]);
    client.close();
  });

  it('waits for what was accepted, and without the option for everything', async () => {
    const { clock, server, pushes, fetch } = setUp();
    const client = open(server, clock, { fetch, giveUp: giveUpAfter({ ms: 60_000, attempts: 1 }) });
    const patient = open(server, clock, { fetch });
    await clock.pass(1_000);
    server.isBusy = true;
    const { applied } = client.push.note({ id: 'queued' });
    await clock.pass(10 * 60_000);
    expect(client.status.pending).toBe(1);
    server.isBusy = false;
    server.drain();
    await clock.pass(60_000);
    expect(await nameOf(applied)).toBe('resolved');
    pushes.fate = 'request lost';
    const { applied: late } = patient.push.note({ id: 'late' });
    await clock.pass(HOUR);
    expect(patient.status.pending).toBe(1);
    pushes.fate = 'fine';
    await clock.pass(120_000);
    expect(await nameOf(late)).toBe('resolved');
    for (const each of [client, patient]) each.close();
    expect(clock.pending).toBe(0);
  });
});

it.each([
  ['ms', { ms: 2 * HOUR }],
  ['attempts', { attempts: 10 }],
] as const)('counts %s over a reload, and tells the next page', async (_limit, limits) => {
  const { clock, server, pushes, fetch } = setUp();
  const storage = memoryStorage();
  pushes.fate = 'request lost';
  const giveUp = giveUpAfter(limits);
  const pages = [new Page(clock), new Page(clock)] as const;
  const startedAt = clock.now;
  const client = openNotes(server, clock, { page: pages[0], storage, fetch, giveUp });
  client.push.note({ id: 'a' });
  await clock.until(() => pushes.count === 5);
  if ('ms' in limits) await clock.pass(HOUR);
  expect(client.status.pending).toBe(1);
  pages[0].isDead = true;
  const seen: unknown[] = [];
  const next = openNotes(server, clock, {
    page: pages[1],
    storage,
    fetch,
    giveUp,
    onRefused: ({ type }, change) => seen.push([type, change?.args]),
  });
  await next.ready;
  expect([next.status.pending, next.state.list, seen]).toEqual([1, ['a'], []]);
  await clock.until(() => next.status.pending === 0, 2 * HOUR);
  if ('ms' in limits) expect(clock.now).toBeLessThan(startedAt + 2 * HOUR + 60_000);
  else expect(pushes.count).toBe(10);
  await clock.pass(1);
  expect([next.state.list, seen]).toEqual([[], [['urn:changebucket:client:outcome-unknown', { id: 'a' }]]]);
  next.close();
});

it.each([
  ['rejects', () => Promise.reject(new Error('The login is down.'))],
  ['never answers', () => new Promise<never>(() => undefined)],
] as const)(
  'looks after what the page has pushed while the first token %s, without the option `subject`',
  async (_fails, fail) => {
    const { clock, server, fetch } = setUp();
    let isDown = true;
    const token = (): Promise<string> => (isDown ? fail() : Promise.resolve(`e30.${btoa('{"sub":"alice"}')}.x`));
    const [storage, stored] = [memoryStorage(), [] as string[]];
    const watched: ClientStorage = {
      ...storage,
      open: async (...args) => {
        const store = await storage.open(...args);
        return {
          ...store,
          append: (entry) => {
            stored.push((entry.args as { id: string }).id);
            return store.append(entry);
          },
        };
      },
    };
    const client = openNotes(server, clock, { fetch, token, storage: watched, giveUp: giveUpAfter({ ms: 60_000 }) });
    const seen: unknown[] = [];
    client.onRejected(({ type }, change) => seen.push([type, change?.args]));
    const old = client.push.note({ id: 'old' });
    await clock.pass(50_000);
    const { applied } = client.push.note({ id: 'young' });
    await clock.pass(9_000);
    expect([seen, client.state.list, client.status]).toMatchObject([
      [],
      ['old', 'young'],
      { pending: 2, signal: 'token-failed', error: { type: 'urn:changebucket:client:no-token' } },
    ]);
    await clock.pass(27_000);
    expect([seen, client.state.list, client.status.pending]).toEqual([
      [['urn:changebucket:client:given-up', { id: 'old' }]],
      ['young'],
      1,
    ]);
    for (const promise of Object.values(old)) expect(await nameOf(promise)).toBe('given-up');
    isDown = false;
    await clock.until(() => client.status.pending === 0);
    expect([await nameOf(applied), idsOf(server), stored, seen.length]).toEqual(['resolved', ['young'], ['young'], 1]);
    client.close();
    await clock.pass(30_000);
    expect(clock.pending).toBe(0);
  },
);

it('gives up nothing twice and sends nothing as new, whatever is lost', async () => {
  const seed = seedOf('giving up');
  const counts = { unknown: 0, certain: 0, applied: 0, appliedAfterAll: 0 };
  for (let history = 0; history < 15; history += 1) {
    const random = randomFrom(seed + history);
    const { clock, server, pushes, fetch } = setUp();
    const client = openNotes(server, clock, {
      fetch,
      giveUp: giveUpAfter({ ms: 4_000 + random() * 4_000, attempts: 4 }),
    });
    const outcomes = new Map<string, string>();
    for (let step = 0; step < 40; step += 1) {
      pushes.fate =
        (['fine', 'request lost', 'answer lost', 'twice', 'unavailable'] as const)[Math.floor(random() * 5)] ?? 'fine';
      const ids = [`${step}`, ...(random() < 0.3 ? [`${step}b`] : [])];
      const handle = client.batch((push) => {
        for (const id of ids) push.note({ id });
      });
      void nameOf(handle.applied).then((name) => {
        for (const id of ids) outcomes.set(id, name);
      });
      await clock.pass(random() * 3_000);
    }
    pushes.fate = 'fine';
    await clock.until(() => client.status.pending === 0);
    await clock.pass(30_000);
    const applied = idsOf(server);
    expect([`SEED=${seed + history}`, new Set(applied).size]).toEqual([`SEED=${seed + history}`, applied.length]);
    for (const [id, name] of outcomes) {
      const isApplied = applied.includes(id);
      if (name === 'resolved') expect(isApplied).toBe(true);
      else expect(name === 'outcome-unknown' || (name === 'given-up' && !isApplied)).toBe(true);
      counts.applied += name === 'resolved' ? 1 : 0;
      counts.certain += name === 'given-up' ? 1 : 0;
      counts.unknown += name === 'outcome-unknown' ? 1 : 0;
      counts.appliedAfterAll += name === 'outcome-unknown' && isApplied ? 1 : 0;
    }
    expect(client.confirmed?.list).toEqual(applied);
    client.close();
  }
  console.log(JSON.stringify(counts));
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0);
});
