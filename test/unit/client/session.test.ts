import { describe, expect, it } from 'vitest';
import { createClient } from '../../../src/client/client.ts';
import { createLightClient } from '../../../src/client/light-client.ts';
import type { ProblemError } from '../../../src/client/platform/problem-error.ts';
import { createPollingClient } from '../../../src/client/polling-client.ts';
import { Clock, Page } from './support/clock.ts';
import { type Fate, networkTo } from './support/network.ts';
import { notes } from './support/notes.ts';
import { CLIENTS } from './support/open.ts';
import { ServerDouble } from './support/server.ts';

const problemOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error: ProblemError) => error.problem);

describe.each(CLIENTS)('a session of %s', (_name, open) => {
  it('[I1] [I4] throws for an application that is no name, before anything is sent', () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    for (const application of ['nope', '', 'me/', '/x', 'me/a b', 'me/a/b', undefined as never])
      expect(() => open(server, clock, { application }), application).toThrow(
        new TypeError(`"${application}" is no application: owner/app`),
      );
    for (const application of ['me/notes', 'auth0|5f7c/notes', 'auth0%7C5f7c/notes'])
      open(server, clock, { application }).close();
    expect(server.requests).toEqual([]);
  });

  it('throws for options that no server could serve, and names the option and the cure', () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const wrong = (options: object, message: string) =>
      expect(() => open(server, clock, options).close(), JSON.stringify(options)).toThrow(message);
    const urls = ['', 'state.example', '//state.example', 'ftp://a.test', 'http://', 'http://a b', 'http://a:99999999'];
    for (const url of [...urls, 'https://u:p@a.test', 'https://a.test?q', 'https://a.test#f', 'null', undefined, 7])
      wrong({ url }, `url is "${url}": it must be like https://state.example`);
    for (const transport of ['nope', '', null, 'Poll'])
      wrong({ transport }, `transport is "${transport}": it must be `);
    wrong({ clientId: 'ключ' }, 'clientId is "ключ": it must be an id [I1]');
    for (const name of ['interval', 'maxLag'])
      for (const ms of [Number.NaN, -1, 'soon']) wrong({ [name]: ms }, `${name} is "${ms}": it must be milliseconds`);
    expect([server.requests, clock.pending]).toEqual([[], 0]);
    const fitting = { transport: undefined, clientId: undefined, maxLag: 0, interval: undefined } as object;
    for (const url of ['http://a.test', 'HTTPS://a.test:8787/', 'http://[::1]:8787/below/@me//'])
      open(server, clock, { ...fitting, url }).close();
  });

  it('[Q1] a push is accepted, then applied, then shown as confirmed', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock);
    expect(await client.ready).toBeUndefined();
    const { accepted, applied } = client.push.note({ id: 'a' });
    expect(client.status).toMatchObject({ pending: 1, version: undefined });
    await clock.pass(1_000);
    expect(await accepted).toMatchObject({ n: 1, seq: 1 });
    expect(await applied).toMatchObject({ status: 'applied', version: 1 });
    expect([client.state, client.confirmed]).toEqual([server.state, server.state]);
    expect(client.status).toMatchObject({ transport: 'poll', online: true, pending: 0, version: 1, epoch: 'e1' });
    client.close();
  });

  it('[O1] a rejection comes with its reason, from the promise and once from `onRefused`', async () => {
    const [clock, server, refused] = [new Clock(), new ServerDouble(notes), [] as unknown[]];
    const client = open(server, clock, {
      onRefused: (problem, change) => refused.push([problem.reason, change?.name, change?.args]),
    });
    const { accepted, applied } = client.push.note({ id: 'no!' });
    const problem = problemOf(applied);
    await clock.pass(3_000);
    expect([await accepted, await problem]).toMatchObject([{ seq: 1 }, { status: 422, reason: 'no' }]);
    expect([refused, client.status.pending]).toEqual([[['no', 'note', { id: 'no!' }]], 0]);
    client.close();
  });

  it('[O2] an outcome that no answer has brought is polled, also when it is a rejection', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock);
    server.isBusy = true;
    const [good, bad] = [client.push.note({ id: 'a' }), client.push.note({ id: 'b!' })];
    const outcomes = Promise.all([good.applied, problemOf(bad.applied)]);
    await clock.pass(1_000);
    expect([(await good.accepted).seq, client.status.pending]).toEqual([1, 2]);
    server.drain();
    await clock.pass(5_000);
    expect(await outcomes).toMatchObject([{ status: 'applied' }, { reason: 'no' }]);
    client.close();
  });

  it('[J11] a refused change rejects its promise, and those behind it go on in order', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock);
    const push = client.push as unknown as Record<string, (args: object) => { accepted: Promise<unknown> }>;
    const all = ['note', 'bad name', 'note', 'note'].map((name, index) => push[name]?.({ id: `n${index}` }));
    const accepted = all.map((pushed) => problemOf(pushed?.accepted as Promise<unknown>));
    await clock.pass(30_000);
    expect(await Promise.all(accepted)).toMatchObject([{ n: 1 }, { status: 422 }, { n: 2 }, { n: 3 }]);
    expect(server.state).toMatchObject({ list: ['n0', 'n2', 'n3'] });
    client.close();
  });

  it('[E3] a push is sent again after Retry-After and a growing delay, under the same n', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    let tries = 0;
    const fate = (method: string): Fate => (method === 'PUT' && tries < 4 ? 'unavailable' : 'fine');
    const times: number[] = [];
    const network = networkTo(server, clock, { fate, delay: () => 0 });
    const client = open(server, clock, {
      fetch: (input, init) => {
        const answer = network(input, init);
        if (init?.method === 'PUT') times.push(clock.now);
        if (init?.method === 'PUT') tries += 1;
        return answer;
      },
    });
    const { applied } = client.push.note({ id: 'a' });
    await clock.pass(20_000);
    expect(await applied).toMatchObject({ n: 1, status: 'applied' });
    expect(times.slice(1).map((time, index) => time - (times[index] as number))).toEqual([1_125, 1_250, 1_500, 2_000]);
    expect(server.applied).toHaveLength(1);
    client.close();
  });

  it('[Q3] after a lost answer the same push is sent again', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    let lost = 0;
    const fate = (method: string): Fate => {
      if (method !== 'PUT' || lost === 2) return 'fine';
      lost += 1;
      return 'answer lost';
    };
    const client = open(server, clock, { fetch: networkTo(server, clock, { fate }) });
    const pushed = ['a', 'b', 'c'].map((id) => client.push.note({ id }).applied);
    await clock.pass(20_000);
    expect((await Promise.all(pushed)).map(({ n }) => n)).toEqual([1, 2, 3]);
    expect([server.applied.length, server.seen.repeats > 0]).toEqual([3, true]);
    client.close();
  });

  it('offline it tries ever more rarely; online again it sends everything at once', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const page = new Page(clock);
    page.isOnline = false;
    const [network, times] = [networkTo(server, clock), [] as number[]];
    const client = open(server, clock, {
      page,
      fetch: (input, init) => {
        if (page.isOnline) return network(input, init);
        times.push(clock.now);
        return Promise.reject(new TypeError('no network'));
      },
    });
    const pushed = ['a', 'b'].map((id) => client.push.note({ id }).applied);
    const begin = clock.now;
    await clock.pass(60_000);
    expect(Math.min(...times) - begin).toBeGreaterThanOrEqual(2_000);
    expect(times.length).toBeLessThanOrEqual(30);
    expect([server.requests, client.status]).toMatchObject([[], { online: false, pending: 2 }]);
    page.set({ isOnline: true });
    await clock.pass(1_000);
    expect((await Promise.all(pushed)).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(client.status).toMatchObject({ transport: 'poll', online: true, pending: 0 });
    client.close();
  });

  it('shows the state and sends changes where the platform is wrong about being offline, also when the tab is hidden', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const page = new Page(clock);
    page.isOnline = false;
    const client = open(server, clock, { page });
    await clock.pass(4_000);
    expect(client.status).toMatchObject({ transport: 'poll', online: true, version: 0 });
    page.set({ visibility: 'hidden' });
    page.set({ visibility: 'visible' });
    const { applied } = client.push.note({ id: 'a' });
    await clock.pass(1_000);
    expect(await applied).toMatchObject({ status: 'applied' });
    client.close();
  });

  it('closed, it sends no request, rejects open promises, and leaves no timer or listener', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const page = new Page(clock);
    const client = open(server, clock, { page });
    server.isBusy = true;
    const waiting = problemOf(client.push.note({ id: 'a' }).applied);
    await clock.pass(1_000);
    client.close();
    client.close();
    const before = server.requests.length;
    const late = problemOf(client.push.note({ id: 'b' }).applied);
    await clock.pass(120_000);
    const closed = { type: 'urn:changebucket:client:closed' };
    expect([await waiting, await late]).toMatchObject([closed, closed]);
    expect([server.requests.length - before, clock.pending, page.watchers.size]).toEqual([0, 0, 0]);
  });
});

describe('the type of the light client', () => {
  it('has no members and no options of the full client', () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const options = { url: 'http://double.test', application: 'alice/notes', fetch: networkTo(server, clock) };
    const { environment } = new Page(clock);
    const client = createLightClient<typeof notes>({ ...options, environment });
    // @ts-expect-error only the full client has undo and redo
    expect([client.undo, client.redo]).toEqual([undefined, undefined]);
    // @ts-expect-error nor presence
    expect(client.presence).toBeUndefined();
    client.close();
    // @ts-expect-error it has no storage
    createLightClient({ ...options, environment, storage: undefined }).close();
    // @ts-expect-error it has no sockets
    expect(() => createLightClient({ ...options, environment, transport: 'socket' })).toThrow('poll, long-poll');
    expect(() => createPollingClient({ ...options, transport: 'socket' as 'poll' })).toThrow('poll, long-poll');
    expect(() => createLightClient({ ...options, environment, kind: 'Ключ' })).toThrow('kind is "Ключ"');
    const named = { ...notes, name: 'my notes' };
    expect(() => createClient({ ...options, environment, definition: named })).toThrow('kind is "my notes"');
  });
});
