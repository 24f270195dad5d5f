import { describe, expect, it } from 'vitest';
import { Clock } from '../support/clock.ts';
import { networkTo } from '../support/network.ts';
import { notes } from '../support/notes.ts';
import { CLIENTS } from '../support/open.ts';
import { ServerDouble } from '../support/server.ts';

const GAP = {
  type: 'urn:changebucket:problem:sequence-gap',
  title: 'Earlier changes of this client are missing',
  status: 409,
  detail: 'The server was restored.',
  expected: 1,
};

describe.each(CLIENTS)('%s after a long outage', (_name, open) => {
  it('[Q2] sends again soon when the first answers ask for another n: the outage is not waited for twice', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const network = networkTo(server, clock);
    const pushes: number[] = [];
    let [isDown, gaps] = [true, 2];
    const client = open(server, clock, {
      fetch: async (input, init = {}) => {
        if (isDown) throw new TypeError('fetch failed');
        if (init.method === 'PUT') {
          pushes.push(clock.now);
          gaps -= 1;
          if (gaps >= 0)
            return Response.json(GAP, { status: 409, headers: { 'Content-Type': 'application/problem+json' } });
        }
        return network(input, init);
      },
    });
    const { applied } = client.push.note({ id: 'a' });
    await clock.pass(120_000);
    isDown = false;
    await clock.pass(60_000);
    await applied;
    expect(pushes).toHaveLength(3);
    // The first two retries are spread over 250 and 500 ms, and requests are 250 ms apart.
    expect((pushes[2] ?? 0) - (pushes[0] ?? 0)).toBeLessThan(1_500);
    client.close();
  });
});
