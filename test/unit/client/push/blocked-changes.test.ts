import { describe, expect, it } from 'vitest';
import type { ProblemError } from '../../../../src/client/platform/problem-error.ts';
import { Clock, Page } from '../support/clock.ts';
import { networkTo } from '../support/network.ts';
import { notes } from '../support/notes.ts';
import { CLIENTS } from '../support/open.ts';
import { ServerDouble } from '../support/server.ts';

/** A proxy. @param block the answer to a request that it does not let through; `after` lets it through and hides the answer */
const behind = (
  server: ServerDouble,
  clock: Clock,
  block: (init: RequestInit) => Response | 'after' | undefined,
): { fetching: typeof fetch; pushes: number[] } => {
  const network = networkTo(server, clock);
  const pushes: number[] = [];
  const fetching: typeof fetch = async (input, init = {}) => {
    if (init.method === 'PUT') pushes.push(clock.now);
    const blocked = block(init);
    if (blocked === undefined) return network(input, init);
    if (blocked !== 'after') return blocked;
    await network(input, init);
    return forbidden();
  };
  return { fetching, pushes };
};

const forbidden = (): Response => new Response('<h1>Request blocked</h1>', { status: 403 });
const tooLarge = (): Response => new Response('<h1>413 Request Entity Too Large</h1>', { status: 413 });
const isPush = ({ method }: RequestInit): boolean => method === 'PUT';
const outcome = (applied: Promise<unknown>): Promise<unknown> =>
  applied.then(
    () => 'applied',
    ({ problem }: ProblemError) => [problem.status, problem.detail],
  );

describe.each(CLIENTS)('a proxy before %s', (_name, open) => {
  it('[B1] with a smaller limit narrows the batch, and the change that is too large for it is refused with its answer', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const { fetching, pushes } = behind(server, clock, (init) =>
      isPush(init) && String(init.body).length > 300 ? tooLarge() : undefined,
    );
    const client = open(server, clock, { fetch: fetching });
    const ids = [...Array.from({ length: 20 }, (_, n) => `n${n}`), 'x'.repeat(400), 'last'];
    const outcomes = ids.map((id) => outcome(client.push.note({ id }).applied));
    await clock.pass(60_000);
    const expected = ids.map((id) => (id.length > 100 ? [413, expect.stringContaining('Too Large')] : 'applied'));
    expect(await Promise.all(outcomes)).toEqual(expected);
    expect(server.state).toMatchObject({ list: ids.filter((id) => id.length < 100) });
    expect(client.status.pending).toBe(0);
    expect(pushes.length).toBeLessThan(40);
    client.close();
  });

  it.each([
    ['403', forbidden],
    ['a block page with status 200', () => new Response('<h1>Blocked</h1>', { status: 200 })],
    [
      'a problem document of its own',
      () => Response.json({ type: 'https://waf.test', status: 403, title: 'no', detail: 'rule 7' }, { status: 403 }),
    ],
  ])('[Q2] that answers one change by %s does not stop those behind it', async (_answer, blocked) => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    let isBlocking = true;
    const { fetching } = behind(server, clock, (init) =>
      isBlocking && isPush(init) && String(init.body).includes('DROP TABLE') ? blocked() : undefined,
    );
    const client = open(server, clock, { fetch: fetching });
    const ids = ['a', 'b', 'DROP TABLE', 'c', 'd'];
    const applied = ids.map((id) => outcome(client.push.note({ id }).applied));
    await clock.pass(60_000);
    expect(server.state).toMatchObject({ list: ['a', 'b', 'c', 'd'] });
    expect(client.held).toMatchObject([{ name: 'note', args: { id: 'DROP TABLE' } }]);
    // Polls go on, and do not clear it.
    expect(client.status).toMatchObject({ online: true, pending: 1, error: client.held[0]?.problem });
    isBlocking = false;
    client.retryHeld(client.held[0]?.id);
    await clock.pass(5_000);
    expect(await Promise.all(applied)).toEqual(ids.map(() => 'applied'));
    expect([client.held, client.status.error, client.status.pending]).toEqual([[], undefined, 0]);
    expect(server.state).toMatchObject({ list: ['a', 'b', 'c', 'd', 'DROP TABLE'] });
    client.close();
  });

  it('[J11] a held change that is dropped rejects with what the proxy has answered', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const refused: unknown[] = [];
    const { fetching } = behind(server, clock, (init) =>
      isPush(init) && String(init.body).includes('bad') ? forbidden() : undefined,
    );
    const client = open(server, clock, {
      fetch: fetching,
      onRefused: (problem, change) => refused.push([problem.status, change]),
    });
    const bad = outcome(client.push.note({ id: 'bad' }).applied);
    await clock.pass(60_000);
    client.dropHeld();
    await clock.pass(1_000);
    expect(await bad).toEqual([403, 'Not from Changebucket: <h1>Request blocked</h1>']);
    expect(refused).toEqual([[403, { name: 'note', args: { id: 'bad' } }]]);
    expect([client.held, client.status.pending, client.status.error]).toEqual([[], 0, undefined]);
    const after = outcome(client.push.note({ id: 'after' }).applied);
    await clock.pass(5_000);
    expect([await after, server.state]).toMatchObject(['applied', { list: ['after'] }]);
    client.close();
  });

  it('[Q1] a change whose answer the proxy hides is held though it was accepted, and a retry does not apply it again', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    let isBlocking = true;
    const { fetching } = behind(server, clock, (init) =>
      isBlocking && isPush(init) && String(init.body).includes('bad') ? 'after' : undefined,
    );
    const client = open(server, clock, { fetch: fetching });
    const outcomes = ['bad', 'b', 'b'].map((id) => outcome(client.push.note({ id }).applied));
    await clock.pass(60_000);
    expect([client.held.length, server.state]).toMatchObject([1, { list: ['bad', 'b', 'b'] }]);
    isBlocking = false;
    client.retryHeld();
    await clock.pass(5_000);
    expect(await Promise.all(outcomes)).toEqual(['applied', 'applied', 'applied']);
    expect(server.state).toMatchObject({ list: ['bad', 'b', 'b'] });
    client.close();
  });

  it('[Q1] a network that lets nothing through holds no change: all arrive when it does', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    let isBlocking = true;
    const { fetching } = behind(server, clock, () => (isBlocking ? forbidden() : undefined));
    const client = open(server, clock, { fetch: fetching });
    const outcomes = ['a', 'b', 'c'].map((id) => outcome(client.push.note({ id }).applied));
    await clock.pass(600_000);
    expect(client.held).toEqual([]);
    isBlocking = false;
    await clock.pass(60_000);
    expect(await Promise.all(outcomes)).toEqual(['applied', 'applied', 'applied']);
    client.close();
  });

  it.each([
    ['503 with `Retry-After: 0`', () => new Response('', { status: 503, headers: { 'Retry-After': '0' } })],
    ['403', forbidden],
    ['413', tooLarge],
    [
      'another epoch each time',
      () =>
        Response.json(
          { tickets: [] },
          {
            headers: {
              'Changebucket-Position': `epoch="e${Math.random().toString().slice(2)}", version=1, head=1, queue=0, lag=0`,
            },
          },
        ),
    ],
  ])('[E3] that answers every push by %s is asked again after 250 ms at the earliest', async (_answer, answer) => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const page = new Page(clock, () => 0);
    const { fetching, pushes } = behind(server, clock, (init) => (isPush(init) ? answer() : undefined));
    const client = open(server, clock, { fetch: fetching, page });
    for (let n = 0; n < 40; n += 1) {
      client.push.note({ id: `n${n}` });
      page.set({ visibility: 'visible' });
      await clock.pass(100);
    }
    const gaps = pushes.slice(1).map((at, index) => at - (pushes[index] ?? 0));
    expect(gaps.length).toBeGreaterThan(3);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(250);
    client.close();
  });
});
