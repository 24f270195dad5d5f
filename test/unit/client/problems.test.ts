import { describe, expect, it } from 'vitest';
import type { ProblemError } from '../../../src/client/platform/problem-error.ts';
import type { ProblemBody } from '../../../src/protocol/problems.ts';
import { problem, problemBody } from '../../../src/protocol/problems.ts';
import { Clock } from './support/clock.ts';
import { networkTo } from './support/network.ts';
import { notes } from './support/notes.ts';
import { CLIENTS, openNotes } from './support/open.ts';
import { ServerDouble } from './support/server.ts';
import { type SocketDouble, socketTo } from './support/socket-double.ts';

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => error,
  );

const setting = () => {
  const [clock, server] = [new Clock(), new ServerDouble(notes)];
  return { clock, server, network: networkTo(server, clock) };
};

const answering = (network: typeof fetch, body: ProblemBody): typeof fetch => {
  const headers = { 'Content-Type': 'application/problem+json' };
  return (input, init) =>
    init?.method === 'PUT'
      ? Promise.resolve(new Response(JSON.stringify(body), { status: body.status, headers }))
      : network(input, init);
};

const REFUSALS: readonly ProblemBody[] = [
  problemBody(problem('forbidden', 'The token makes you reader of this application.', { needed: 'writer' })),
  problemBody(problem('too-large', 'This is too large.', { limit: 262_144, size: 300_000 })),
  problemBody(problem('kind-conflict', 'The application exists with the kind todos.')),
  { ...problemBody(problem('unknown-kind', 'There is no such kind.')), kinds: ['todos'] } as ProblemBody,
];

describe.each(CLIENTS)('the problems of the server, in %s', (_, open) => {
  it.each(REFUSALS.map((body) => [body.type, body] as const))(
    '[E1] [J11] %s reaches the promise of the push and the status as it was',
    async (_type, body) => {
      const { clock, server, network } = setting();
      const client = open(server, clock, { fetch: answering(network, body) });
      const seen: unknown[] = [];
      client.subscribeStatus(({ error }) => seen.push(error));
      const { accepted, applied } = client.push.note({ id: 'a' });
      const failures = Promise.all([failureOf(accepted), failureOf(applied)]);
      await clock.pass(3_000);
      expect((await failures).map((error) => (error as ProblemError).problem)).toEqual([body, body]);
      expect(seen).toContainEqual(body);
      expect(client.status.pending).toBe(0);
      client.close();
    },
  );

  it('[A1] a token that cannot be had shows with the error of the function as its cause, and the change waits', async () => {
    const { clock, server } = setting();
    const mine = new Error('The login is down.');
    let isDown = true;
    const client = open(server, clock, {
      token: () => (isDown ? Promise.reject(mine) : Promise.resolve('e30.eyJzdWIiOiJhbGljZSJ9.x')),
    });
    const { applied } = client.push.note({ id: 'a' });
    let loaded = 'open';
    client.loaded.then(
      () => (loaded = 'resolved'),
      () => (loaded = 'rejected'),
    );
    await clock.pass(3_000);
    expect(loaded).toBe('open');
    expect(client.status).toMatchObject({
      signal: 'token-failed',
      online: false,
      pending: 1,
      error: { type: 'urn:changebucket:client:no-token', detail: expect.stringContaining('The login is down.') },
    });
    expect(client.status.error?.cause).toBe(mine);
    // As another tab gets it.
    expect(structuredClone(client.status.error)).not.toHaveProperty('cause');
    isDown = false;
    await clock.pass(60_000);
    expect([(await applied).status, client.status.error]).toEqual(['applied', undefined]);
    expect(loaded).toBe('resolved');
    client.close();
  });

  it('[A3] [A4] one that was missing, or was there, and may not be read any more is not loaded', async () => {
    const { clock, server, network } = setting();
    let refused: 'unknown-application' | 'forbidden' | undefined = 'unknown-application';
    const client = open(server, clock, {
      fetch: async (...request) => {
        if (refused === undefined) return network(...request);
        const body = problemBody(problem(refused, 'Not now.'));
        return new Response(JSON.stringify(body), { status: body.status });
      },
    });
    const isLoaded = async (now: typeof refused): Promise<readonly unknown[]> => {
      refused = now;
      await clock.pass(60_000);
      const outcome = client.status.loaded || client.status.error ? await failureOf(client.loaded) : 'open';
      return [client.status.loaded, outcome];
    };
    const forbidden = [false, expect.objectContaining({ name: 'forbidden' })];
    expect(await isLoaded('unknown-application')).toEqual([true, 'resolved']);
    expect(await isLoaded('forbidden')).toEqual(forbidden);
    expect(await isLoaded('unknown-application')).toEqual([true, 'resolved']);
    expect(await isLoaded(undefined)).toEqual([true, 'resolved']);
    // The light client goes on to show what it has.
    expect(await isLoaded('forbidden')).toEqual('undo' in client ? forbidden : [true, 'resolved']);
    client.close();
  });

  it('[A1] a push that still waits for a token when the client is closed says why', async () => {
    const { clock, server } = setting();
    const mine = new Error('The login is down.');
    const client = open(server, clock, { token: () => Promise.reject(mine) });
    const failure = failureOf(client.push.note({ id: 'a' }).applied);
    await clock.pass(3_000);
    client.close();
    const error = (await failure) as ProblemError & { readonly cause: ProblemError & { readonly cause: unknown } };
    expect(error.problem.type).toBe('urn:changebucket:client:closed');
    expect(error.cause.problem.type).toBe('urn:changebucket:client:no-token');
    expect(error.cause.cause).toBe(mine);
  });
});

describe('the problems of a socket', () => {
  const opened = async () => {
    const { clock, server } = setting();
    const sockets: SocketDouble[] = [];
    const client = openNotes(server, clock, {
      transport: 'socket',
      WebSocket: socketTo(server, clock, { opened: sockets }),
    });
    await clock.until(() => client.status.transport === 'socket');
    return { clock, client, socket: sockets[0] as SocketDouble };
  };

  it('[W16] a socket that the server closes tells its problem: as the last frame had it', async () => {
    const { clock, client, socket } = await opened();
    const body = problemBody(problem('displaced', 'Another subject needed this place.', { retryAfter: 10 }));
    socket.sendFrame({ type: 'error', problem: body });
    await clock.pass(10);
    socket.cut(4_429, 'displaced');
    expect(client.status.error).toEqual(body);
    client.close();
  });

  it('[W16] or as the reason of the close names it; and a cut is a problem of the client’s own', async () => {
    const closed = await opened();
    closed.socket.cut(4_403, 'forbidden');
    expect(closed.client.status.error).toMatchObject({ type: 'urn:changebucket:problem:forbidden', status: 403 });
    closed.client.close();
    const cut = await opened();
    cut.socket.cut();
    expect(cut.client.status.error?.type).toBe('urn:changebucket:client:socket-closed');
    cut.client.close();
  });
});
