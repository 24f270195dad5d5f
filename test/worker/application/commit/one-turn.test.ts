import { describe, expect, it, vi } from 'vitest';
import { POLLER_ABSENT_MS, PROBATION_MS } from '../../../../src/protocol/limits.ts';
import type { Api } from '../../../support/api.ts';
import { hooks } from '../../../support/definitions.ts';
import { connect, follow, type Line, opened as openedWithFiller } from '../../../support/live.ts';
import { alarmsDone, evict, hibernate, inside } from '../../../support/objects.ts';
import { positionIn } from '../../../support/position.ts';
import { until } from '../../../support/wait.ts';

/** An application at rest. */
const opened = async (): Promise<{ path: string; api: Api }> => {
  const { path, api } = await openedWithFiller();
  await alarmsDone(path);
  return { path, api };
};

/** A socket on an object that has slept: its life is trusted [D12]. */
const watched = async (path: string): Promise<Line> => {
  const line = await connect(path);
  line.send({ type: 'subscribe' });
  await line.next('state');
  await hibernate(path);
  return line;
};

const rowsWritten = async (api: Api): Promise<number> => (await api.info()).cost.rowsWritten;

const alarmOf = (path: string): Promise<number | null> => inside(path, (storage) => storage.getAlarm());

/** The same pushes for every application: some refused, some thrown, a batch, an atomic one, a big one, a repeat. */
const script = async (api: Api): Promise<void> => {
  await api.push('c1', 1, 'note', { key: 'a', value: 1 });
  await api.push('c1', 2, 'refuse');
  await api.push('c1', 3, 'throw');
  await api.push('c1', 1, 'note', { key: 'a', value: 1 });
  await api.batch('c2', 1, [
    { name: 'note', args: { key: 'b', value: 1 } },
    { name: 'not-json' },
    { name: 'context', args: { key: 'c' } },
  ]);
  await api.batch('c2', 4, [{ name: 'note', args: { key: 'd', value: 1 } }, { name: 'refuse' }], { atomic: true });
  await api.push('c3', 1, 'grow', { key: 'big', bytes: 200_000 });
  await api.push('c3', 2, 'note', { key: 'long', value: 'y'.repeat(150_000) });
  await api.batch(
    'c3',
    3,
    Array.from({ length: 60 }, (_, n) => ({ name: 'note', args: { key: `n${n}`, value: 'z'.repeat(5_000) } })),
  );
  await api.call('POST', '/changes', { name: 'note', args: { key: 'e', value: 1 } }, { 'Idempotency-Key': 'key-1' });
};

const isTime = (key: string): boolean => key === 'acceptedAt' || key === 'appliedAt' || key === 'now';
const withoutTimes = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, each) => (isTime(key) ? undefined : each)));

/** Everything that can be seen of an application afterwards, but for times and names. */
const visible = async (api: Api, path: string): Promise<string> => {
  const state = await api.drained();
  const log = (await api.log(0)).body.entries;
  const tickets = [];
  for (const [client, last] of [
    ['c1', 3],
    ['c2', 5],
    ['c3', 62],
  ] as const) {
    for (let n = 1; n <= last; n += 1) tickets.push((await api.ticket(client, n)).body);
  }
  const rejections = (await api.call('GET', '/rejections')).body.rejections.map(
    ({ rejectedAt: _, ...rest }: any) => rest,
  );
  const all = JSON.stringify(withoutTimes({ state, log, tickets, rejections }));
  return all.replaceAll(path.split('/')[0] as string, 'owner');
};

describe('accepted, applied and delivered in one turn', () => {
  it('[D11] with a reader on the line a change is one row and no alarm', async () => {
    const { path, api } = await opened();
    const line = await watched(path);
    const before = await rowsWritten(api);
    for (let n = 1; n <= 10; n += 1) {
      await api.push('c1', n, 'note', { key: 'a', value: n });
      expect(await line.next('patch')).toMatchObject({ to: n + 1 });
      expect(await alarmOf(path)).toBeNull();
    }
    expect((await rowsWritten(api)) - before).toBe(10);
  });

  it('[D11] with pollers a change is one row and no alarm; once nobody has polled for 10 s the alarm drains', async () => {
    const { path, api } = await opened();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + PROBATION_MS });
    try {
      for (let n = 1; n <= 5; n += 1) {
        await api.state();
        const before = await rowsWritten(api);
        await api.push('c1', n, 'note', { key: 'a', value: n });
        expect(await alarmOf(path)).toBeNull();
        expect((await rowsWritten(api)) - before).toBe(1);
      }
      vi.setSystemTime(Date.now() + POLLER_ABSENT_MS);
      const before = await rowsWritten(api);
      expect((await api.push('c1', 6, 'note', { key: 'a', value: 6 })).body.version).toBe(6);
      expect(await alarmOf(path)).not.toBeNull();
      // The group and the alarm; the slice is to come.
      expect((await rowsWritten(api)) - before).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('[D11] the receipt says that it is in', async () => {
    const { path, api } = await opened();
    await watched(path);
    expect((await api.push('c1', 1, 'note', { key: 'a', value: 1 })).body).toMatchObject({ seq: 2, version: 2 });
  });

  it('[D11] whoever watches, and whether anybody does: the log, the state and the outcomes are the same', async () => {
    const seen: string[] = [];
    const [polled, sockets, events] = [await opened(), await opened(), await opened()];
    await script(polled.api);
    await watched(sockets.path);
    await script(sockets.api);
    const stream = await follow(events.path);
    await script(events.api);
    await stream.cut();
    for (const { api, path } of [polled, sockets, events]) {
      seen.push(await visible(api, path));
      await evict(path);
      expect(await visible(api, path)).toBe(seen.at(-1));
    }
    expect(seen[0]?.length).toBeGreaterThan(300_000);
    expect(seen[1]).toBe(seen[0]);
    expect(seen[2]).toBe(seen[0]);
  });

  it('[D11] more than a row takes is queued and applied as soon as it is durable', async () => {
    const { path, api } = await opened();
    await watched(path);
    const changes = Array.from({ length: 900 }, (_, n) => ({
      name: 'note',
      args: { key: `k${n}`, value: 'x'.repeat(900) },
    }));
    const { receipts } = (await api.batch('c1', 1, changes)).body;
    expect([receipts.length, receipts.at(-1).seq]).toEqual([900, 901]);
    await until(async () => positionIn((await api.state()).headers).version === 901);
    expect(Object.keys((await api.drained()).entries)).toHaveLength(901);
  });

  it('[D7] what was applied in one turn is there after the object has gone, with its counters', async () => {
    const { path, api } = await opened();
    await watched(path);
    await api.push('c1', 1, 'note', { key: 'a', value: 1 });
    await api.push('c1', 2, 'refuse');
    await evict(path);
    expect((await api.push('c1', 2, 'refuse')).body).toMatchObject({ seq: 3, repeated: true });
    expect((await api.push('c1', 4, 'note', { key: 'a', value: 1 })).body.expected).toBe(3);
    expect((await api.ticket('c1', 2)).body.status).toBe('rejected');
    expect((await api.push('c1', 3, 'note', { key: 'b', value: 1 }, { Prefer: 'wait=5' })).body.seq).toBe(4);
  });

  it('[L8] checkpoints come in one turn, too, and keep counters and tickets', async () => {
    const { path, api } = await opened();
    await watched(path);
    for (let n = 1; n <= 40; n += 1) await api.push('c1', n, 'note', { key: 'a', value: `${n}${'x'.repeat(100_000)}` });
    expect((await api.info()).history.oldest).toBeGreaterThan(1);
    await evict(path);
    expect((await api.push('c1', 40, 'note', { key: 'a', value: `40${'x'.repeat(100_000)}` })).body.repeated).toBe(
      true,
    );
    expect((await api.push('c1', 41, 'note', { key: 'a', value: 1 }, { Prefer: 'wait=5' })).body.seq).toBe(42);
  });

  it('[D12] a life that began without sockets makes changes durable first', async () => {
    const { path, api } = await opened();
    await evict(path);
    const line = await connect(path);
    line.send({ type: 'subscribe' });
    await line.next('state');
    const before = await rowsWritten(api);
    await api.push('c1', 1, 'note', { key: 'a', value: 1 });
    expect(await line.next('patch')).toMatchObject({ to: 2 });
    // The group, the alarm, the slice.
    expect((await rowsWritten(api)) - before).toBe(3);
  });

  it('[D5] [D12] a change that kills the object is sent again and again, and is buried all the same', async () => {
    const { path, api } = await opened();
    await watched(path);
    const kills = hooks.kills;
    for (let tries = 0; tries < 10; tries += 1) {
      const answer = await api.push('c1', 1, 'kill');
      if (answer.status < 300 && (await api.ticket('c1', 1)).body.status === 'dead') break;
      const line = await connect(path);
      line.send({ type: 'subscribe' });
    }
    await until(async () => (await api.ticket('c1', 1)).body?.status === 'dead');
    expect(hooks.kills - kills).toBeGreaterThanOrEqual(3);
    expect(hooks.kills - kills).toBeLessThanOrEqual(6);
    expect((await api.push('c1', 2, 'note', { key: 'after', value: 1 }, { Prefer: 'wait=5' })).body.status).toBe(
      'applied',
    );
    expect((await api.drained()).entries.half).toBeUndefined();
  });
});
