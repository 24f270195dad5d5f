import { describe, expect, it } from 'vitest';
import { createLightClient } from '../../../../src/client/light-client.ts';
import { printPosition } from '../../../../src/protocol/position.ts';
import { Clock, Page } from '../support/clock.ts';

/** The preferences of the polls of a client, against answers with these lags; `failing`: drained polls are refused. */
const preferencesOf = async (
  lags: readonly number[],
  answers: 'applying' | 'failing',
  transport: 'poll' | 'long-poll',
) => {
  const clock = new Clock();
  const seen: (string | null)[] = [];
  const lagsSeen: number[] = [];
  const fetch = async (_: unknown, init: RequestInit = {}): Promise<Response> => {
    const prefer = new Headers(init.headers).get('Prefer');
    const isFirst = seen.push(prefer) === 1;
    if (prefer === 'drain' && answers === 'failing') {
      const problem = { type: 'urn:changebucket:problem:migration-failed', title: 'T', status: 503, detail: 'D' };
      return new Response(JSON.stringify(problem), { status: 503, headers: { 'Retry-After': '1' } });
    }
    const lag = prefer === 'drain' ? 0 : (lags[Math.min(seen.length, lags.length) - 1] ?? 0);
    const position = printPosition({ epoch: 'e', version: 1, head: 1, queue: lag > 0 ? 3 : 0, lag });
    const headers = { 'Changebucket-Position': position };
    return isFirst ? new Response('{}', { headers }) : new Response(null, { status: 304, headers });
  };
  const client = createLightClient({
    url: 'http://double.test',
    application: 'alice/list',
    transport,
    maxLag: 1_000,
    fetch: fetch as typeof globalThis.fetch,
    environment: new Page(clock).environment,
  });
  client.subscribeStatus(({ lag }) => lagsSeen.push(lag));
  await clock.until(() => seen.length >= 30);
  const { status } = client;
  client.close();
  return { seen, lagsSeen, status };
};

describe('the bound of the lag', () => {
  it.each(['poll', 'long-poll'] as const)(
    '[S6] has a %s drain the queue after an answer with a higher lag',
    async (transport) => {
      const { seen, lagsSeen } = await preferencesOf([0, 900, 1_001, 0], 'applying', transport);
      expect(seen.filter((each) => each === 'drain').length).toBe(1);
      expect(seen[3]).toBe('drain');
      expect(lagsSeen.filter((lag) => lag > 0)).toEqual([900, 1_001]);
    },
  );

  it('[L5] asks ever more rarely where that fails, and reads on', async () => {
    const lags = Array.from({ length: 40 }, (_, index) => 1_500 + index * 250);
    const { seen, status } = await preferencesOf(lags, 'failing', 'poll');
    expect(seen.filter((each) => each === 'drain').length).toBe(3);
    expect(status).toMatchObject({ loaded: true, queue: 3 });
  });
});

describe('the lag', () => {
  it.each(['poll', 'long-poll'] as const)('[L5] goes on growing while a %s is not answered', async (transport) => {
    const clock = new Clock();
    let requests = 0;
    const position = printPosition({ epoch: 'e', version: 1, head: 4, queue: 3, lag: 900 });
    const fetch = (): Promise<Response> => {
      requests += 1;
      if (requests > 1) return new Promise(() => undefined);
      return Promise.resolve(new Response('{}', { headers: { 'Changebucket-Position': position } }));
    };
    const client = createLightClient({
      url: 'http://double.test',
      application: 'alice/list',
      transport,
      fetch: fetch as typeof globalThis.fetch,
      environment: new Page(clock).environment,
    });
    await clock.until(() => client.status.queue === 3);
    expect(client.status.lag).toBe(900);
    await clock.pass(3_000);
    expect([requests, client.status.lag]).toEqual([2, 3_900]);
    client.close();
  });
});
