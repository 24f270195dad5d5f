import { describe, expect, it } from 'vitest';
import { Clock, Page, settle } from './support/clock.ts';
import { notes } from './support/notes.ts';
import { CLIENTS, openNotes } from './support/open.ts';
import { ServerDouble } from './support/server.ts';
import { type SocketDouble, socketTo } from './support/socket-double.ts';

describe.each(CLIENTS)('a closed client leaves nothing behind: %s', (_name, open) => {
  it('10,000 clients that poll and are closed: no timer, no listener, no request', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const page = new Page(clock);
    for (let cycle = 0; cycle < 10_000; cycle += 1) {
      const client = open(server, clock, { page, transport: cycle % 2 === 0 ? 'poll' : 'long-poll' });
      client.subscribeStatus(() => undefined);
      if (cycle % 3 === 0) await settle();
      if (cycle % 100 === 0) await clock.pass(50);
      client.close();
    }
    await clock.pass(120_000);
    expect([clock.pending, page.watchers.size, server.polls]).toEqual([0, 0, 0]);
    expect(server.requests.length).toBeGreaterThan(50);
  });

  it('10,000 subscriptions of one client end without calling their listeners', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock);
    let calls = 0;
    const ends = Array.from({ length: 10_000 }, () =>
      client.subscribe(
        ({ list }) => list,
        () => {
          calls += 1;
        },
      ),
    );
    for (const end of ends) end();
    client.push.note({ id: 'a' });
    await clock.pass(1_000);
    expect(calls).toBe(0);
    client.close();
    const { applied } = client.push.note({ id: 'b' });
    expect(await applied.catch((error: Error) => error.message)).toContain('closed');
  });

  it('pushes whose promises are ignored cause no unhandled rejection', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const unhandled: unknown[] = [];
    const listener = (error: unknown): unknown => unhandled.push(error);
    process.on('unhandledRejection', listener);
    const client = open(server, clock);
    client.push.note({ id: 'no!' });
    await clock.pass(1_000);
    client.push.note({ id: 'late' });
    client.close();
    await clock.pass(1_000);
    process.off('unhandledRejection', listener);
    expect(unhandled).toEqual([]);
  });
});

describe('a closed client of any transport leaves nothing behind', () => {
  it('10,000 clients that subscribe and are closed: no timer, no listener, no socket, no request', async () => {
    const [clock, server, opened] = [new Clock(), new ServerDouble(notes), [] as SocketDouble[]];
    const page = new Page(clock);
    const modes = ['auto', 'poll', 'long-poll', 'socket'] as const;
    let most = 0;
    for (let cycle = 0; cycle < 10_000; cycle += 1) {
      const client = openNotes(server, clock, {
        page,
        transport: modes[cycle % 4] ?? 'poll',
        WebSocket: socketTo(server, clock, { opened }),
      });
      const end = client.subscribe(
        ({ list }) => list,
        () => undefined,
      );
      client.subscribeStatus(() => undefined);
      if (cycle % 2 === 0) end();
      if (cycle % 3 === 0) await settle();
      if (cycle % 100 === 0) await clock.pass(50);
      most = Math.max(most, clock.pending);
      client.close();
      client.close();
    }
    await clock.pass(120_000);
    expect(most).toBeGreaterThan(0);
    expect([clock.pending, page.watchers.size, server.watchers.size, server.polls]).toEqual([0, 0, 0, 0]);
    expect(opened.length).toBeGreaterThan(1_000);
    expect(opened.filter(({ readyState, listeners }) => readyState !== 3 || listeners.size > 0)).toEqual([]);
  });
});
