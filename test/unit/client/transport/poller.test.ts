import { describe, expect, it } from 'vitest';
import { createLightClient } from '../../../../src/client/light-client.ts';
import { Clock, Page } from '../support/clock.ts';
import { networkTo } from '../support/network.ts';
import { notes } from '../support/notes.ts';
import { CLIENTS, openNotes } from '../support/open.ts';
import { ServerDouble } from '../support/server.ts';
import { type SocketDouble, socketTo } from '../support/socket-double.ts';

const polls = (server: ServerDouble): number => server.requests.filter((each) => each === 'GET /state').length;

describe.each(CLIENTS)('polls of %s', (_name, open) => {
  it('[S2] [S3] come one at a time: first the whole state, then patches, then nothing new', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock, { fetch: networkTo(server, clock, { delay: () => 300 }) });
    await clock.pass(5_000);
    client.push.note({ id: 'a' });
    await clock.pass(5_000);
    server.push('other', 1, [{ name: 'note', args: { id: 'b' } }]);
    await clock.pass(5_000);
    expect(client.state.list).toEqual(['a', 'b']);
    expect(server.pollsMost).toBe(1);
    expect(server.seen).toMatchObject({ states: 1, patches: 2 });
    expect(server.seen.unchanged).toBeGreaterThan(5);
    client.close();
  });

  it('slow down while nothing changes, and are at full speed after a push, a change, or when the page becomes visible', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const page = new Page(clock);
    const client = open(server, clock, { page });
    await clock.pass(200_000);
    const rate = async (): Promise<number> => {
      const before = polls(server);
      await clock.pass(10_000);
      return polls(server) - before;
    };
    expect(await rate()).toBe(2);
    client.push.note({ id: 'a' });
    expect(await rate()).toBeGreaterThan(35);
    await clock.pass(200_000);
    server.push('other', 1, [{ name: 'note', args: { id: 'b' } }]);
    await clock.pass(5_000);
    expect(await rate()).toBeGreaterThan(18);
    page.set({ visibility: 'hidden' });
    await clock.pass(30_000);
    expect(await rate()).toBeLessThanOrEqual(1);
    page.set({ visibility: 'visible' });
    expect(await rate()).toBeGreaterThan(35);
    client.close();
  });

  it.each([
    ['visible', 719],
    ['hidden', 120],
  ] as const)('of an idle page that is %s are %i in an hour', async (visibility, expected) => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const page = new Page(clock);
    const client = open(server, clock, { page });
    page.set({ visibility });
    await clock.pass(200_000);
    const before = server.requests.length;
    await clock.pass(3_600_000);
    expect(server.requests.length - before).toBe(expected);
    client.close();
  });

  it('[S11] after a patch that does not fit the whole state is read', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const network = networkTo(server, clock);
    let isBroken = false;
    const client = open(server, clock, {
      fetch: async (input, init) => {
        const answer = await network(input, init);
        if (!isBroken || answer.status !== 226) return answer;
        isBroken = false;
        return new Response('[{"op":"remove","path":"/nowhere"}]', { status: 226, headers: answer.headers });
      },
    });
    await clock.pass(1_000);
    isBroken = true;
    server.push('other', 1, [{ name: 'note', args: { id: 'b' } }]);
    await clock.pass(1_000);
    expect([isBroken, client.state.list, server.seen.states]).toEqual([false, ['b'], 2]);
    client.close();
  });

  it('[A1] a refused token is fetched again, and a change pushed meanwhile arrives', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const network = networkTo(server, clock);
    const tokens: string[] = [];
    const client = open(server, clock, {
      token: () => {
        tokens.push(`token-${tokens.length}`);
        return Promise.resolve(tokens.at(-1) as string);
      },
      fetch: (input, init) => {
        const isGood = new Headers(init?.headers).get('Authorization') === 'Bearer token-2';
        const body = JSON.stringify({
          type: 'urn:changebucket:problem:unauthorized',
          title: 'no',
          status: 401,
          detail: 'no',
        });
        return isGood ? network(input, init) : Promise.resolve(new Response(body, { status: 401 }));
      },
    });
    const { applied } = client.push.note({ id: 'a' });
    await clock.pass(100);
    expect(client.status).toMatchObject({ signal: 'unauthorized', pending: 1 });
    await clock.pass(5_000);
    expect(await applied).toMatchObject({ status: 'applied' });
    expect([tokens.length, client.status.error]).toEqual([3, undefined]);
    client.close();
  });
});

/** A `fetch` through a proxy that changes the headers of every answer. */
const through =
  (fetching: typeof fetch, change: (headers: Headers) => void): typeof fetch =>
  async (input, init) => {
    const answer = await fetching(input, init);
    const headers = new Headers(answer.headers);
    change(headers);
    return new Response(answer.status === 304 ? null : await answer.text(), { status: answer.status, headers });
  };

describe.each(CLIENTS)('a proxy before %s', (_name, open) => {
  it.each([
    ['W/"e1.1"', (tag: string) => `W/${tag}`],
    ['"e1.1-gzip"', (tag: string) => tag.replace(/"$/, '-gzip"')],
    ['"e1.1;gzip"', (tag: string) => tag.replace(/"$/, ';gzip"')],
    ['"e1.1--gzip"', (tag: string) => tag.replace(/"$/, '--gzip"')],
    ['an own etag', () => '"5f-abc"'],
    ['none', () => undefined],
  ])('[S1] [S3] that makes the etag "e1.1" %s hides no state and no patch', async (_etag, change) => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const fetching = through(networkTo(server, clock), (headers) => {
      for (const name of ['ETag', 'Delta-Base']) {
        const tag = headers.get(name);
        const changed = tag === null ? undefined : change(tag);
        if (changed === undefined) headers.delete(name);
        else headers.set(name, changed);
      }
    });
    const client = open(server, clock, { fetch: fetching });
    await clock.pass(1_000);
    expect(client.confirmed).toEqual(server.state);
    client.push.note({ id: 'a' });
    server.push('other', 1, [{ name: 'note', args: { id: 'b' } }]);
    await clock.pass(1_000);
    expect([client.confirmed, client.status.pending, server.seen.states]).toEqual([server.state, 0, 1]);
    expect(server.seen.unchanged).toBeGreaterThan(2);
    client.close();
  });

  it.each([
    ['a number of seconds', () => '4'],
    ['a date', (now: number) => new Date(now + 4_000).toUTCString()],
  ])('[E3] may ask for a pause with `Retry-After` as %s', async (_form, valueAt) => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const at: number[] = [];
    const client = open(server, clock, {
      fetch: () => {
        at.push(clock.now);
        return Promise.resolve(new Response('busy', { status: 503, headers: { 'Retry-After': valueAt(clock.now) } }));
      },
    });
    await clock.pass(6_000);
    expect(at).toHaveLength(2);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(3_900);
    client.close();
  });

  it.each(['999999999', 'Fri, 31 Dec 9999 23:59:59 GMT'])(
    '[E3] that asks for a pause until %s is asked again after 5 to 6 minutes',
    async (value) => {
      const [clock, server] = [new Clock(), new ServerDouble(notes)];
      let requests = 0;
      const client = open(server, clock, {
        fetch: () => {
          requests += 1;
          return Promise.resolve(new Response('busy', { status: 503, headers: { 'Retry-After': value } }));
        },
      });
      await clock.pass(299_000);
      expect(requests).toBe(1);
      await clock.pass(30_000);
      expect(requests).toBe(2);
      client.close();
    },
  );
});

describe('the difference between the clients', () => {
  it('the light client shows the confirmed state only', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = createLightClient<typeof notes>({
      url: 'http://double.test',
      application: 'alice/notes',
      fetch: networkTo(server, clock),
      environment: new Page(clock).environment,
    });
    client.push.note({ id: 'a' });
    expect([client.state, client.status.pending]).toEqual([{}, 1]);
    await clock.pass(1_000);
    expect([client.state.list, client.status.pending]).toEqual([['a'], 0]);
    client.close();
  });

  it.each(['poll', 'long-poll', 'auto', 'socket'] as const)(
    '[T2] a tab that is open (%s) is told of a deployment, and told so no more, with one request for both',
    async (transport) => {
      const [clock, server, opened] = [new Clock(), new ServerDouble(notes), [] as SocketDouble[]];
      const WebSocket = socketTo(server, clock, { opened });
      const client = openNotes(server, clock, { transport, WebSocket });
      await clock.pass(2_000);
      expect(client.status.signal).toBe(undefined);
      const signals: unknown[] = [];
      for (const version of [2, 1, 0, 1]) {
        server.deployed = version;
        for (const socket of opened) socket.cut();
        await clock.pass(10_000);
        signals.push(client.status.signal);
      }
      expect(signals).toEqual(['definition-older', undefined, 'definition-newer', undefined]);
      expect(server.requests.filter((each) => each === 'GET ')).toHaveLength(1);
      client.close();
    },
  );

  it('[T2] a signal about the definition comes back after one that has taken its place', async () => {
    const [clock, server] = [new Clock(), new ServerDouble({ ...notes, version: 2 })];
    let isRefused = false;
    const network = networkTo(server, clock);
    const refusal = JSON.stringify({
      type: 'urn:changebucket:problem:unauthorized',
      title: '',
      status: 401,
      detail: '',
    });
    const client = openNotes(server, clock, {
      fetch: (...request) =>
        isRefused ? Promise.resolve(new Response(refusal, { status: 401 })) : network(...request),
    });
    await clock.pass(1_000);
    isRefused = true;
    await clock.pass(1_000);
    expect(client.status.signal).toBe('unauthorized');
    isRefused = false;
    await clock.pass(5_000);
    expect(client.status.signal).toBe('definition-older');
    client.close();
  });

  it('[T2] a server that cannot say which definition it runs is asked again', async () => {
    const [clock, server] = [new Clock(), new ServerDouble({ ...notes, version: 2 })];
    const network = networkTo(server, clock);
    let asked = 0;
    const client = openNotes(server, clock, {
      fetch: (input, init) => {
        if (!String(input).endsWith('/notes')) return network(input, init);
        asked += 1;
        return asked < 3 ? Promise.resolve(new Response('busy', { status: 503 })) : network(input, init);
      },
    });
    await clock.pass(40_000);
    expect([client.status.signal, asked]).toEqual(['definition-older', 3]);
    client.close();
  });

  it('[L5] the full client signals that the page was built with another version of the definition', async () => {
    const [clock, server] = [new Clock(), new ServerDouble({ ...notes, version: 2 })];
    const client = openNotes(server, clock);
    await clock.pass(1_000);
    expect(client.status.signal).toBe('definition-older');
    client.close();
    const other = openNotes(new ServerDouble({ ...notes, name: 'another' }), clock);
    await clock.pass(1_000);
    expect(other.status.signal).toBe('kind-differs');
    other.close();
  });
});
