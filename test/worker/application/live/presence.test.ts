import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connect, type Line, opened, problemOf, subscribed } from '../../../support/live.ts';
import { hibernate } from '../../../support/objects.ts';
import { passTime, stopClock } from '../../../support/set-clock.ts';

beforeEach(stopClock);
afterEach(() => void vi.useRealTimers());

describe('presence', () => {
  it('[W15] those who take part hear of each other; nothing of it is in the state or the log', async () => {
    const { path, api } = await opened();
    const [a, b, c] = [
      await connect(path),
      await connect(path, { subject: 'bob', apps: { [path]: 'reader' } }),
      await subscribed(path),
    ];
    a.send({ type: 'presence', data: { cursor: 1 } });
    const { self } = await a.next('presence');
    b.send({ type: 'presence', data: null });
    expect(await b.next('presence')).toMatchObject({
      peers: [{ peer: self, user: path.split('/')[0], data: { cursor: 1 }, ttl: 30 }],
    });
    a.send({ type: 'presence', data: { cursor: 2 }, ttl: 5 });
    const about = async (line: Line): Promise<unknown> => {
      for (;;) {
        const peer = (await line.next('presence')).peers.find((each) => each.peer === self);
        if (peer !== undefined) return [peer.data, peer.ttl];
      }
    };
    expect(await about(b)).toEqual([{ cursor: 2 }, 5]);
    await hibernate(path);
    const d = await connect(path);
    d.send({ type: 'presence', data: 'here' });
    expect((await d.next('presence')).peers).toMatchObject([{ peer: self, data: { cursor: 2 } }]);
    a.close();
    expect(await about(b)).toEqual([null, expect.any(Number)]);
    expect(c.rest()).toEqual([]);
    expect((await api.log(0)).body.entries).toHaveLength(1);
  });

  it('[W15] it ends after its ttl unless it is sent again', async () => {
    const { path } = await opened();
    const a = await connect(path);
    a.send({ type: 'presence', data: 'soon gone', ttl: 1 });
    await a.next('presence');
    passTime(1_100);
    const b = await connect(path);
    b.send({ type: 'presence', data: null });
    expect((await b.next('presence')).peers).toEqual([]);
  });

  it('[W15] at most 100 take part', async () => {
    const { path } = await opened();
    const lines = await Promise.all(Array.from({ length: 101 }, () => connect(path)));
    for (const line of lines.slice(0, 100)) line.send({ type: 'presence', data: 1 });
    for (const line of lines.slice(0, 100)) await line.next('presence');
    const last = lines[100] as Line;
    last.send({ type: 'presence', data: 1 });
    expect(problemOf(await last.next('error'))).toBe('presence-full');
  });
});
