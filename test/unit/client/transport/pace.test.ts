import { describe, expect, it } from 'vitest';
import { Clock, Page } from '../support/clock.ts';
import { networkTo } from '../support/network.ts';
import { notes } from '../support/notes.ts';
import { CLIENTS } from '../support/open.ts';
import { ServerDouble } from '../support/server.ts';

/** A `fetch` that records when polls begin. @param answer replaces the server's answer to a poll */
const recorded = (
  server: ServerDouble,
  clock: Clock,
  answer?: (init: RequestInit) => Promise<Response> | undefined,
) => {
  const at: number[] = [];
  const waits: number[] = [];
  const network = networkTo(server, clock);
  const fetching: typeof fetch = (input, init = {}) => {
    if (!String(input).endsWith('/state')) return network(input, init);
    at.push(clock.now);
    waits.push(Number(/wait=(\d+)/.exec(new Headers(init.headers).get('Prefer') ?? '')?.[1] ?? 0));
    return answer?.(init) ?? network(input, init);
  };
  return { at, waits, fetching };
};

const gapsOf = (at: readonly number[]): number[] => at.slice(1).map((time, index) => time - (at[index] ?? 0));

const abortable = (init: RequestInit): Promise<never> =>
  new Promise((_, reject) => init.signal?.addEventListener('abort', () => reject(new Error('aborted'))));

describe.each(CLIENTS)('the pace of %s', (_name, open) => {
  it.each([
    ['long-poll', 'a proxy that drops `Prefer`', undefined],
    ['poll', 'a server that is busy', 503],
    ['long-poll', 'a server that is busy', 503],
    ['poll', 'an application of which pushes are accepted and never applied', 'held'],
    ['long-poll', 'an application of which pushes are accepted and never applied', 'held'],
  ] as const)(
    '[S5] [S12] keeps 250 ms between two polls (%s) that bring no news, before %s',
    async (transport, _what, fault) => {
      const [clock, server] = [new Clock(), new ServerDouble(notes)];
      const busy = (): Promise<Response> =>
        Promise.resolve(new Response('busy', { status: 503, headers: { 'Retry-After': '0' } }));
      const { at, fetching } = recorded(server, clock, fault === 503 ? busy : undefined);
      const page = new Page(clock, () => 0);
      server.isBusy = fault === 'held';
      const client = open(server, clock, { transport, fetch: fetching, page });
      await clock.pass(1_000);
      at.length = 0;
      for (let ms = 0; ms < 20_000; ms += 100) {
        if (ms % 1_000 === 0) client.push.note({ id: `n${ms}` });
        if (ms % 700 === 0) page.set({ visibility: 'visible' });
        if (fault === undefined) server.isBusy = true;
        await clock.pass(100);
      }
      expect(at.length).toBeGreaterThan(5);
      expect(Math.min(...gapsOf(at))).toBeGreaterThanOrEqual(250);
      client.close();
    },
  );

  it('[S10] keeps 250 ms between two polls of a server whose patches never fit', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const { at, fetching } = recorded(server, clock, (init) => {
      const isFirst = new Headers(init.headers).get('If-None-Match') === null;
      if (isFirst) return undefined;
      const headers = { 'Changebucket-Position': 'epoch="e1", version=9, head=9, queue=0, lag=0' };
      return Promise.resolve(new Response('[{"op":"remove","path":"/nowhere"}]', { status: 226, headers }));
    });
    const client = open(server, clock, { fetch: fetching });
    await clock.pass(10_000);
    expect(at.length).toBeGreaterThan(5);
    expect(Math.min(...gapsOf(at.slice(1)))).toBeGreaterThanOrEqual(245);
    client.close();
  });

  it('[S5] is that of slowing polls behind a proxy that drops `Prefer`', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const { at, fetching } = recorded(server, clock);
    const client = open(server, clock, { transport: 'long-poll', fetch: fetching });
    await clock.pass(100_000);
    at.length = 0;
    await clock.pass(10_000);
    expect(at.length).toBeLessThanOrEqual(3);
    client.close();
  });

  it('[S5] learns how long a proxy lets a poll wait: news show, and no error', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    // The server lets polls wait; the proxy cuts them after 5 s.
    const { at, waits, fetching } = recorded(server, clock, (init) => {
      const headers = new Headers(init.headers);
      const known = headers.get('If-None-Match');
      const wait = Number(/wait=(\d+)/.exec(headers.get('Prefer') ?? '')?.[1] ?? 0);
      if (wait === 0) return undefined;
      const begun = clock.now;
      const look = async (): Promise<Response> => {
        for (;;) {
          if (known !== `"${server.epoch}.${server.version}"`)
            return networkTo(server, clock)('http://double.test/v1/apps/alice/notes/state', init);
          if (clock.now - begun >= 5_000) return new Response('Gateway Timeout', { status: 504 });
          if (clock.now - begun >= wait * 1_000)
            return networkTo(server, clock)('http://double.test/v1/apps/alice/notes/state', init);
          await clock.sleep(50);
        }
      };
      return Promise.race([look(), abortable(init)]);
    });
    const client = open(server, clock, { transport: 'long-poll', fetch: fetching });
    await clock.pass(30_000);
    const errors: unknown[] = [];
    client.subscribeStatus(({ error }) => errors.push(error));
    at.length = 0;
    let worst = 0;
    for (let n = 1; n <= 20; n += 1) {
      server.push('other', n, [{ name: 'note', args: { id: `n${n}` } }]);
      const begun = clock.now;
      await clock.until(() => client.confirmed?.list.length === n);
      worst = Math.max(worst, clock.now - begun);
      await clock.pass(3_500);
    }
    expect(worst).toBeLessThan(1_500);
    expect(errors.filter((error) => error !== undefined)).toEqual([]);
    expect(at.length).toBeLessThan(80);
    expect(Math.max(...waits.slice(-5))).toBeLessThanOrEqual(6);
    client.close();
  });

  it('[S5] a long-poll whose line is dead is dropped 1 s after somebody looks', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    let isDead = false;
    const { fetching } = recorded(server, clock, (init) =>
      new Headers(init.headers).has('Prefer') && isDead ? abortable(init) : undefined,
    );
    const page = new Page(clock);
    const client = open(server, clock, { transport: 'long-poll', fetch: fetching, page });
    await clock.pass(1_000);
    isDead = true;
    await clock.pass(6_000);
    server.push('other', 1, [{ name: 'note', args: { id: 'a' } }]);
    await clock.pass(3_000);
    expect(client.confirmed?.list).toEqual([]);
    page.set({ visibility: 'visible' });
    await clock.pass(1_100);
    expect(client.confirmed?.list).toEqual(['a']);
    client.close();
  });
});
