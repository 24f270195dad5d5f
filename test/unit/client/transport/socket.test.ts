import { describe, expect, it } from 'vitest';
import type { ClientFrame, ServerFrame } from '../../../../src/protocol/frames.ts';
import { problem, problemBody } from '../../../../src/protocol/problems.ts';
import { Clock, Page } from '../support/clock.ts';
import { networkTo } from '../support/network.ts';
import { notes } from '../support/notes.ts';
import { openNotes } from '../support/open.ts';
import { ServerDouble } from '../support/server.ts';
import { type SocketDouble, type SocketFaults, socketTo } from '../support/socket-double.ts';

const setUp = (faults: SocketFaults = {}, transport: 'auto' | 'socket' = 'auto', rest: object = {}) => {
  const [clock, server, opened] = [new Clock(), new ServerDouble(notes), [] as SocketDouble[]];
  const page = new Page(clock);
  const client = openNotes(server, clock, {
    page,
    transport,
    WebSocket: socketTo(server, clock, { opened, ...faults }),
    ...rest,
  });
  return { clock, server, opened, client, page };
};

const sent = (socket: SocketDouble | undefined, type: string): ClientFrame[] =>
  (socket?.received ?? []).filter((frame): frame is ClientFrame => typeof frame !== 'string' && frame.type === type);

const polls = (server: ServerDouble): number => server.requests.filter((each) => each === 'GET /state').length;

describe('the socket', () => {
  it('[W1] [W5] [W8] [W10] transports states and pushes; nothing is polled meanwhile', async () => {
    const { clock, server, opened, client } = setUp();
    await clock.pass(1_000);
    expect(client.status.transport).toBe('socket');
    const before = server.requests.length;
    const { applied } = client.push.note({ id: 'a' });
    server.push('other', 1, [{ name: 'note', args: { id: 'b' } }]);
    await clock.pass(60_000);
    expect(await applied).toMatchObject({ status: 'applied' });
    expect(client.confirmed).toEqual(server.state);
    expect([opened.length, server.requests.length - before, client.status.pending]).toEqual([1, 0, 0]);
    expect([opened[0]?.url, opened[0]?.protocols]).toEqual([
      'ws://double.test/v1/apps/alice/notes/socket',
      // It has no token.
      ['changebucket.v1', 'public'],
    ]);
    client.close();
  });

  it('[W18] tells of the queue, and of none when it opens, whatever polls have told before', async () => {
    const faults = { isDead: () => false };
    const { clock, server, opened, client } = setUp({ isDead: () => faults.isDead() });
    await clock.pass(1_000);
    opened[0]?.sendFrame({ type: 'of-tomorrow' } as unknown as ServerFrame);
    opened[0]?.sendFrame({ type: 'queue', queue: 7, lag: 40 });
    await clock.pass(10);
    expect(client.status).toMatchObject({ transport: 'socket', queue: 7, lag: 40 });
    server.isBusy = true;
    server.push('other', 1, [{ name: 'note', args: { id: 'b' } }]);
    opened[0]?.cut();
    faults.isDead = () => true;
    await clock.pass(4_000);
    expect(client.status).toMatchObject({ transport: 'poll', queue: 1 });
    faults.isDead = () => false;
    await clock.pass(15_000);
    expect(client.status).toMatchObject({ transport: 'socket', queue: 0, lag: 0 });
    client.close();
  });

  it('[W18] a queue that nobody adds to waits on until its end is told, or nobody listens any more', async () => {
    const { clock, opened, client } = setUp({}, 'socket');
    await clock.pass(1_000);
    const lags: number[] = [];
    client.subscribeStatus(({ lag }) => lags.at(-1) === lag || lags.push(lag));
    opened[0]?.sendFrame({ type: 'queue', queue: 7, lag: 40 });
    await clock.pass(3_500);
    expect(lags).toEqual([40, 1_040, 2_040, 3_040]);
    opened[0]?.sendFrame({ type: 'queue', queue: 3, lag: 500 });
    await clock.pass(1_200);
    expect(client.status).toMatchObject({ queue: 3, lag: 1_500 });
    opened[0]?.sendFrame({ type: 'queue', queue: 0, lag: 0 });
    await clock.pass(5_000);
    expect(lags.slice(4)).toEqual([500, 1_500, 0]);
    opened[0]?.sendFrame({ type: 'queue', queue: 1, lag: 10 });
    await clock.pass(10);
    client.close();
    await clock.pass(5_000);
    expect(client.status.lag).toBe(10);
  });

  it('[W18] is not contradicted by the polls beside it, which tell of no end', async () => {
    const { clock, server, opened, client } = setUp({}, 'socket', { path: '/list' });
    await clock.pass(1_000);
    opened[0]?.sendFrame({ type: 'queue', queue: 7, lag: 40 });
    await clock.pass(10);
    const before = polls(server);
    server.isBusy = true;
    client.push.note({ id: 'a' });
    await clock.pass(2_000);
    expect(polls(server)).toBeGreaterThan(before);
    // What was told, and the time since.
    expect(client.status).toMatchObject({ transport: 'socket', queue: 7, lag: 2_040 });
    client.close();
  });

  it('[W10] a receipt first and the outcome later, also when that is a rejection', async () => {
    const { clock, server, client } = setUp();
    await clock.pass(1_000);
    server.isBusy = true;
    const [good, bad] = [client.push.note({ id: 'a' }), client.push.note({ id: 'b!' })];
    const refused = bad.applied.catch((error: { problem: { reason: string } }) => error.problem.reason);
    await clock.pass(1_000);
    expect(await good.accepted).toMatchObject({ n: 1, seq: 1 });
    expect(client.status.pending).toBe(2);
    server.drain();
    await clock.pass(3_000);
    expect([await good.applied, await refused]).toMatchObject([{ status: 'applied' }, 'no']);
    expect([client.state.list, client.status.pending]).toEqual([['a'], 0]);
    client.close();
  });

  it('[W4] a push whose frame the server cannot read is refused at once, and those beside it do not wait', async () => {
    const { clock, server, opened, client } = setUp({}, 'socket');
    server.badNames.add('clear');
    await clock.pass(1_000);
    const refused = client.push.clear().applied.catch(({ name }: Error) => name);
    const { applied } = client.push.note({ id: 'a' });
    await clock.pass(3_000);
    expect([client.status.pending, opened.length]).toEqual([0, 1]);
    expect([await refused, await applied]).toMatchObject(['invalid-change', { status: 'applied' }]);
    client.close();
  });

  it('[W4] an error that is not of the push leaves its answer to come', async () => {
    const { clock, server, opened, client } = setUp({}, 'socket');
    await clock.pass(1_000);
    const { applied } = client.push.note({ id: 'a' });
    await clock.pass(6);
    opened[0]?.sendFrame({ type: 'error', problem: problemBody(problem('invalid-frame', 'Another one.')) });
    await clock.pass(3_000);
    expect([await applied, server.state]).toMatchObject([{ status: 'applied' }, { list: ['a'] }]);
    // The late answer is known as such, so the socket is free for the next push.
    client.push.note({ id: 'b' });
    await clock.pass(1_000);
    expect([client.status.pending, sent(opened[0], 'batch').length]).toEqual([0, 2]);
    client.close();
  });

  it('[T1] after a cut it polls within 2 s, and reconnects', async () => {
    const faults = { isDead: () => false };
    const { clock, server, opened, client } = setUp({ isDead: () => faults.isDead() });
    await clock.pass(1_000);
    const before = polls(server);
    opened[0]?.cut();
    faults.isDead = () => true;
    expect(client.status.transport).toBe('poll');
    await clock.pass(400);
    expect(polls(server)).toBe(before);
    await clock.pass(1_600);
    expect(polls(server)).toBeGreaterThan(before);
    faults.isDead = () => false;
    client.push.note({ id: 'a' });
    await clock.pass(100);
    expect(client.confirmed?.list).toEqual(['a']);
    await clock.pass(15_000);
    expect(client.status.transport).toBe('socket');
    client.close();
  });

  it('[L9] a push into a socket that is closing was never sent, and is told so: it may go on under another client id', async () => {
    const { clock, server, opened, client } = setUp();
    await clock.pass(1_000);
    await client.push.note({ id: 'a' });
    await clock.pass(1_000);
    const [socket] = opened;
    if (socket !== undefined) socket.readyState = 2;
    const { applied } = client.push.note({ id: 'b' });
    await clock.pass(10);
    expect(server.requests.at(-1)).toMatch(/^PUT/);
    await clock.pass(1_000);
    expect([await applied, sent(socket, 'batch').length]).toMatchObject([{ status: 'applied' }, 1]);
    client.close();
  });

  it('[Q3] a push in flight when the socket breaks is sent over HTTP under the same n', async () => {
    const { clock, server, opened, client } = setUp();
    await clock.pass(1_000);
    const { applied } = client.push.note({ id: 'a' });
    await clock.pass(6);
    // It has reached the server, and its answer is lost.
    opened[0]?.cut();
    await clock.pass(1_000);
    expect(await applied).toMatchObject({ status: 'applied', n: 1 });
    expect([server.applied.length, server.seen.repeats]).toEqual([1, 1]);
    client.close();
  });

  it('a dead socket that was not closed is detected by a ping', async () => {
    const { clock, opened, client } = setUp();
    await clock.pass(1_000);
    await clock.pass(60_000);
    expect(opened[0]?.received.filter((frame) => frame === 'ping').length).toBeGreaterThanOrEqual(2);
    expect(opened).toHaveLength(1);
    (opened[0] as SocketDouble).isSilent = true;
    await clock.pass(31_000);
    expect(opened.length).toBeGreaterThan(1);
    await clock.pass(5_000);
    expect(client.status.transport).toBe('socket');
    client.close();
  });

  it('[W14] 500 sockets that break together are replaced by polls that are spread over 2 s', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const [opened, at, state]: [SocketDouble[], number[], { isDown: boolean }] = [[], [], { isDown: false }];
    const network = networkTo(server, clock);
    const clients = Array.from({ length: 100 }, () =>
      openNotes(server, clock, {
        page: new Page(clock, Math.random),
        transport: 'auto',
        WebSocket: socketTo(server, clock, { opened, isDead: () => state.isDown }),
        fetch: (input, init) => {
          at.push(clock.now);
          return network(input, init);
        },
      }),
    );
    await clock.pass(3_000);
    expect(clients.every(({ status }) => status.transport === 'socket')).toBe(true);
    at.length = 0;
    state.isDown = true;
    for (const socket of opened) socket.cut();
    await clock.pass(2_000);
    const busiest = Math.max(...at.map((from) => at.filter((time) => time >= from && time < from + 100).length));
    expect(at.length).toBeGreaterThan(50);
    expect(busiest).toBeLessThan(at.length / 4);
    for (const client of clients) client.close();
  });

  it.each(['looked at', 'pushed to'])('a dead socket is noticed within 2 s when it is %s', async (how) => {
    const { clock, server, opened, client, page } = setUp();
    await clock.pass(5_000);
    (opened[0] as SocketDouble).isSilent = true;
    if (how === 'looked at') page.set({ visibility: 'visible' });
    else client.push.note({ id: 'a' });
    await clock.pass(2_100);
    expect(client.status.transport).toBe('poll');
    await clock.pass(2_000);
    expect([client.status.transport, client.status.pending, client.confirmed]).toEqual(['socket', 0, server.state]);
    client.close();
  });

  it('[W14] a socket that is alive is asked at most once in 2 s, however often somebody looks', async () => {
    const { clock, opened, client, page } = setUp();
    await clock.pass(5_000);
    for (let ms = 0; ms < 10_000; ms += 50) {
      page.set({ visibility: 'visible' });
      await clock.pass(50);
    }
    const pings = opened[0]?.received.filter((frame) => frame === 'ping').length;
    expect(pings).toBeGreaterThanOrEqual(4);
    expect(pings).toBeLessThanOrEqual(6);
    expect(opened).toHaveLength(1);
    client.close();
  });

  it('a server that never answers on the socket is polled, with ever fewer attempts to connect', async () => {
    const { clock, server, opened, client } = setUp({ isMute: true });
    await clock.pass(1_000);
    client.push.note({ id: 'a' });
    await clock.pass(1_000);
    expect([client.status.transport, client.confirmed?.list]).toEqual(['poll', ['a']]);
    await clock.pass(600_000);
    expect(opened.length).toBeGreaterThan(5);
    expect(opened.length).toBeLessThan(30);
    expect(server.applied).toHaveLength(1);
    client.close();
  });

  it('[W2] [W12] the token is offered in the handshake, and a new one is sent before the old one expires', async () => {
    let made = 0;
    const token = (): Promise<string> => {
      made += 1;
      return Promise.resolve(`token-${made}`);
    };
    const clock = new Clock();
    const [server, opened] = [new ServerDouble(notes), [] as SocketDouble[]];
    const expires = clock.now / 1_000 + 300;
    const client = openNotes(server, clock, {
      transport: 'socket',
      token,
      WebSocket: socketTo(server, clock, { opened, expires }),
    });
    await clock.pass(1_000);
    expect(opened[0]?.protocols).toEqual(['changebucket.v1', 'bearer.token-1']);
    expect(opened[0]?.received[0]).toEqual({ type: 'subscribe' });
    await clock.pass(260_000);
    expect(sent(opened[0], 'auth')).toHaveLength(0);
    await clock.pass(10_000);
    expect(sent(opened[0], 'auth')).toEqual([{ type: 'auth', token: 'token-2' }]);
    expect([opened.length, opened[0]?.url.includes('token')]).toEqual([1, false]);
    opened[0]?.cut(4401, 'unauthorized');
    await clock.pass(5_000);
    expect(opened[1]?.protocols).toEqual(['changebucket.v1', 'bearer.token-3']);
    client.close();
  });

  it.each([
    ['has characters that no subprotocol may have', 'to ken='],
    ['is longer than proxies take in a header', 'x'.repeat(4_097)],
  ])('[W2] a token goes in the first frame when it %s', async (_, token) => {
    const { clock, opened, client } = setUp({}, 'socket', { token });
    await clock.pass(1_000);
    expect(opened[0]?.protocols).toEqual(['changebucket.v1']);
    expect(opened[0]?.received.slice(0, 2)).toEqual([{ type: 'auth', token }, { type: 'subscribe' }]);
    client.close();
  });

  it('[W2] a handshake that is refused for its token is tried again with another one, and the reason is told', async () => {
    let made = 0;
    const token = (): Promise<string> => {
      made += 1;
      return Promise.resolve(`token-${made}`);
    };
    const clock = new Clock();
    const [server, opened] = [new ServerDouble(notes), [] as SocketDouble[]];
    const refused = { isRefused: ({ protocols }: SocketDouble) => protocols.includes('bearer.token-1') };
    const asked: string[] = [];
    const client = openNotes(server, clock, {
      transport: 'socket',
      token,
      WebSocket: socketTo(server, clock, { opened, ...refused }),
      fetch: (url, init) => {
        asked.push(`${new URL(String(url)).pathname} ${new Headers(init?.headers).get('Authorization')}`);
        return Promise.resolve(Response.json(problemBody(problem('unauthorized', 'old')), { status: 401 }));
      },
    });
    const problems: (string | undefined)[] = [];
    client.subscribeStatus(() => problems.push(client.status.error?.type));
    await clock.pass(10_000);
    expect(asked[0]).toBe('/v1/apps/alice/notes/socket Bearer token-1');
    expect(problems).toContain('urn:changebucket:problem:unauthorized');
    // A try within the first second still has the old one: tokens are requested once a second.
    const offered = opened.map(({ protocols }) => protocols[1]);
    expect([offered.at(-1), offered.length]).toEqual(['bearer.token-2', expect.toSatisfy((tries) => tries <= 3)]);
    expect(client.status.transport).toBe('socket');
    client.close();
  });

  it('[W11] marks are acknowledged, and a state that is too big for the socket is read over HTTP', async () => {
    const { clock, server, opened, client } = setUp();
    await clock.pass(1_000);
    opened[0]?.sendFrame({ type: 'mark', mark: 7 });
    opened[0]?.sendFrame({ type: 'paused' });
    await clock.pass(100);
    expect(sent(opened[0], 'ack')).toEqual([{ type: 'ack', mark: 7 }]);
    const before = polls(server);
    server.watchers.clear();
    server.push('other', 1, [{ name: 'note', args: { id: 'b' } }]);
    opened[0]?.sendFrame({ type: 'resync' });
    await clock.pass(100);
    expect([polls(server), client.confirmed?.list]).toEqual([before + 1, ['b']]);
    expect(sent(opened[0], 'subscribe').at(-1)).toEqual({ type: 'subscribe', known: { epoch: 'e1', version: 1 } });
    client.close();
  });

  it('[W6] after a patch from another version it subscribes again with its own', async () => {
    const { clock, server, opened, client } = setUp();
    await clock.pass(1_000);
    server.watchers.clear();
    server.push('other', 1, [
      { name: 'note', args: { id: 'a' } },
      { name: 'note', args: { id: 'b' } },
    ]);
    opened[0]?.sendFrame({ type: 'patch', from: 1, to: 2, patch: [{ op: 'add', path: '/list/-', value: 'b' }] });
    await clock.pass(100);
    expect(client.confirmed).toEqual(server.state);
    expect(sent(opened[0], 'subscribe').at(-1)).toEqual({ type: 'subscribe', known: { epoch: 'e1', version: 0 } });
    client.close();
  });

  it('[W15] presence is sent again before its time is over, and after a reconnect', async () => {
    const { clock, opened, client } = setUp();
    const seen: number[] = [];
    client.presence.subscribe(({ peers }) => seen.push(peers.length));
    await clock.pass(1_000);
    client.presence.set({ at: 'milk' }, 10);
    await clock.pass(20_000);
    expect(sent(opened[0], 'presence').length).toBeGreaterThanOrEqual(4);
    expect(client.presence.peers).toEqual({
      self: 'me',
      peers: [{ peer: 'me', user: 'alice', data: { at: 'milk' }, ttl: 30 }],
    });
    opened[0]?.cut();
    expect(client.presence.peers.peers).toEqual([]);
    await clock.pass(10_000);
    expect(sent(opened[1], 'presence').length).toBeGreaterThan(0);
    expect(seen[0]).toBe(1);
    client.close();
  });

  it('the mode `socket` never polls', async () => {
    const { clock, server, opened, client } = setUp({}, 'socket');
    await clock.pass(1_000);
    opened[0]?.cut();
    expect(client.status.transport).toBe('none');
    await clock.pass(5_000);
    expect([polls(server), client.status.transport]).toEqual([0, 'socket']);
    client.close();
  });
});
