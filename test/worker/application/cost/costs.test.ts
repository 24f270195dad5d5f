import { afterEach, describe, expect, it, vi } from 'vitest';
import { OPERATIONS, type Operation } from '../../../../src/cli/cost/operations.ts';
import { MESSAGES_PER_REQUEST } from '../../../../src/core/prices.ts';
import { Api, fresh } from '../../../support/api.ts';
import { connect, follow, type Line, subscribed } from '../../../support/live.ts';
import { alarmsDone, evict, hibernate, inside } from '../../../support/objects.ts';
import { positionIn } from '../../../support/position.ts';
import { stopClock } from '../../../support/set-clock.ts';
import { sleep, until } from '../../../support/wait.ts';

interface Rows {
  read: number;
  written: number;
}

/** Rows since the object woke, as it counts them itself; asking costs some, which is taken off. */
const rows = async (api: Api): Promise<Rows> => {
  const { rowsRead, rowsWritten } = (await api.info()).cost;
  return { read: rowsRead, written: rowsWritten };
};

const spent = async (api: Api, work: () => Promise<unknown>): Promise<Rows> => {
  const [a, b] = [await rows(api), await rows(api)];
  await work();
  const c = await rows(api);
  const asking = b.read - a.read;
  return { read: c.read - b.read - asking, written: c.written - b.written };
};

const quiet = async (api: Api): Promise<void> => {
  await alarmsDone(api.path);
  await until(async () => positionIn((await api.state()).headers).queue === 0);
};

/** An application that has been listed and has a first change behind it: what follows is the steady price. */
const settled = async (): Promise<Api> => {
  const api = new Api(fresh());
  await api.create('counter');
  await api.push('c0', 1, 'add', { by: 1 }, { Prefer: 'wait=5' });
  await quiet(api);
  return api;
};

const add = { name: 'add', args: { by: 1 } };

/** In a life of its own: ten seconds into one, what somebody polls for is applied at once [D12]. */
const rested = async (): Promise<Api> => {
  const api = await settled();
  await evict(api.path);
  return api;
};

/** The group, the drain, and the alarm, which is billed like a row. */
const ROWS_OF_A_GROUP = 2 + 1;

/** Rows that drains have written. */
const slicesOf = (api: Api): Promise<number> =>
  inside(api.path, ({ sql }) => {
    const { segment } = sql.exec<{ segment: number }>('SELECT segment FROM application').one();
    return sql.exec<{ count: number }>(`SELECT count(*) AS count FROM drains_${segment}`).one().count;
  });

describe('counted cost', () => {
  it('[S12] a poll that finds nothing new writes nothing and reads one row', async () => {
    const api = await settled();
    const etag = (await api.state()).headers.get('ETag') as string;
    const unchanged = await spent(api, async () => {
      for (let i = 0; i < 10; i += 1) expect((await api.state({ 'If-None-Match': etag })).status).toBe(304);
    });
    expect(unchanged).toEqual({ read: 10, written: 0 });
    const full = await spent(api, async () => {
      for (let i = 0; i < 10; i += 1) expect((await api.state()).status).toBe(200);
    });
    expect(full).toEqual({ read: 10, written: 0 });
  });

  it('[S12] polls of one turn share one head check', async () => {
    const api = await settled();
    const etag = (await api.state()).headers.get('ETag') as string;
    const { read } = await spent(api, () =>
      Promise.all(Array.from({ length: 50 }, () => api.state({ 'If-None-Match': etag }))),
    );
    expect(read).toBeLessThan(50);
  });

  it('a change on its own costs two rows and one alarm', async () => {
    const api = await rested();
    const { written } = await spent(api, async () => {
      await api.push('c1', 1, 'add', { by: 1 });
      await quiet(api);
    });
    expect(written).toBe(ROWS_OF_A_GROUP);
  });

  it('sixteen concurrent pushers share rows', async () => {
    const api = await settled();
    const pushers = Array.from({ length: 16 }, (_, i) => `p${i}`);
    const { written } = await spent(api, async () => {
      for (let n = 1; n <= 10; n += 1)
        await Promise.all(pushers.map((client) => api.push(client, n, 'add', { by: 1 })));
      await quiet(api);
    });
    // 160 changes; how many turns they fall into is the machine's affair, but never one each.
    expect(written / 160).toBeLessThan(0.5);
  });

  it('changes in batches of 100 cost 0.02 rows each, and the alarm', async () => {
    const api = await rested();
    const before = await slicesOf(api);
    const { written } = await spent(api, async () => {
      await api.batch(
        'c1',
        1,
        Array.from({ length: 100 }, () => add),
      );
      await quiet(api);
    });
    // A slice ends after some milliseconds: on a slow machine the batch may take two.
    const slices = (await slicesOf(api)) - before;
    // A drain that goes on sets the alarm again.
    expect(written - slices).toBeGreaterThanOrEqual(ROWS_OF_A_GROUP - 1);
    expect(written - slices).toBeLessThanOrEqual(ROWS_OF_A_GROUP);
    expect(slices).toBeLessThan(10);
  });

  it('an idle application has no alarm, writes nothing and wakes for nothing', async () => {
    const api = await settled();
    await evict(api.path);
    const alarm = await inside(api.path, (storage) => storage.getAlarm());
    expect(alarm).toBeNull();
    // An alarm that came before the first change was applied is counted in its row.
    const { alarms } = (await api.info()).cost;
    expect(await spent(api, async () => sleep(300))).toEqual({
      read: 0,
      written: 0,
    });
    expect((await api.info()).cost.alarms).toBe(alarms);
  });

  it('rows written do not depend on the size of the state', async () => {
    const api = await rested();
    const small = await spent(api, async () => {
      await api.push('c1', 1, 'add', { by: 1 });
      await quiet(api);
    });
    const big = new Api(fresh());
    await big.create('debug');
    await big.push('c1', 1, 'grow', { key: 'big', bytes: 5_000_000 }, { Prefer: 'wait=20' });
    await quiet(big);
    await evict(big.path);
    const large = await spent(big, async () => {
      await big.push('c1', 2, 'note', { key: 'a', value: 1 });
      await quiet(big);
    });
    expect(large.written).toBe(small.written);
  });
});

/** A reader on the line of an application whose life is trusted [D12]. */
const following = async (api: Api): Promise<Line> => {
  const path = api.path.replace('/v1/apps/', '');
  const line = await subscribed(path);
  await hibernate(path);
  return line;
};

/** 10 kB of state: a hundred items with keys, as in the benchmarks. */
const hundredItems = (): Record<string, object> =>
  Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [
      `item-${i}`,
      { title: `The title of item number ${i}`, text: 'x'.repeat(50) },
    ]),
  );

/** What a text costs on the wire: an unmasked frame has a header of 2 bytes below 126, else 4 (RFC 6455, 5.2). */
const frameBytes = (text: string): number => {
  const { length } = new TextEncoder().encode(text);
  return length + (length < 126 ? 2 : 4);
};

describe('counted cost of live readers', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('[D11] with a reader on the line a change costs one row and no alarm, pushed by HTTP or by socket', async () => {
    const api = await settled();
    const line = await following(api);
    const { written } = await spent(api, async () => {
      for (let n = 1; n <= 5; n += 1) {
        await api.push('c1', n, 'add', { by: 1 });
        await line.next('patch', 'state');
        line.send({ type: 'push', client: 'c2', n, ...add });
        await line.next('outcomes');
      }
    });
    expect(written).toBe(10);
  });

  it('[D11] a batch of 100 costs one row', async () => {
    const api = await settled();
    const line = await following(api);
    // A slice is not ended by the time that it takes.
    stopClock();
    const { written } = await spent(api, async () => {
      line.send({ type: 'batch', client: 'c1', n: 1, changes: Array.from({ length: 100 }, () => add) });
      expect((await line.next('outcomes')).outcomes).toHaveLength(100);
    });
    expect(written).toBe(1);
  });

  it('[C2] a socket is told what a push has cost when it asks, and nothing otherwise', async () => {
    const api = new Api(fresh(`owner-${crypto.randomUUID()}`));
    await api.create('document');
    const line = await following(api);
    // A life that began without sockets is careful at first: the first change is queued.
    for (let n = 1; n <= 2; n += 1) {
      line.send({ type: 'push', client: 'c1', n, name: 'merge', args: { n }, cost: true });
      const told = (await line.next('cost')) as { microdollars: number };
      const { microdollars, ...cost } = told;
      expect(cost).toMatchObject({ type: 'cost', client: 'c1', n, rowsWritten: expect.any(Number) });
      expect(microdollars).toBeGreaterThan(0.15 / 20);
    }
    line.send({ type: 'push', client: 'c1', n: 3, name: 'merge', args: { n: 3 } });
    line.send({ type: 'batch', client: 'c1', n: 4, changes: [{ name: 'merge', args: { n: 4 } }], cost: true });
    // Not that of 3.
    expect(await line.next('cost')).toMatchObject({ n: 4 });
  });

  it('[W14] idle sockets and streams cost no rows, no alarm, no message', async () => {
    const api = await settled();
    const line = await following(api);
    const events = await follow(api.path.replace('/v1/apps/', ''));
    await events.next();
    line.rest();
    const idle = await spent(api, () => sleep(300));
    expect(idle).toEqual({ read: 0, written: 0 });
    expect(line.rest()).toEqual([]);
    expect(await inside(api.path, (storage) => storage.getAlarm())).toBeNull();
    await events.cut();
  });

  it('[W14] a day of silence, simulated hour by hour, costs nothing, and the sockets are still there', async () => {
    const api = await settled();
    const line = await following(api);
    line.rest();
    const stored = (): Promise<unknown> =>
      inside(api.path, ({ sql }) => {
        const tables = sql.exec<{ name: string }>(
          `SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'`,
        );
        return tables.toArray().map(({ name }) => [name, sql.exec(`SELECT * FROM ${name}`).toArray()]);
      });
    const before = await stored();
    vi.useFakeTimers({ toFake: ['Date'] });
    for (let hour = 1; hour <= 24; hour += 1) {
      vi.setSystemTime(Date.now() + 3_600_000);
      // Asleep and awake again, as it would be for a message that never comes.
      await hibernate(api.path);
      expect(await inside(api.path, (storage) => storage.getAlarm())).toBeNull();
    }
    expect(await stored()).toEqual(before);
    expect(line.rest()).toEqual([]);
    vi.useRealTimers();
    await api.push('c1', 1, 'add', { by: 1 });
    expect(await line.next('state')).toMatchObject({ version: 2, state: { count: 2 } });
  });

  it('a change of one item in a hundred costs each reader at most 114 bytes on the socket, whatever the size of the state', async () => {
    const api = new Api(fresh(`owner-${crypto.randomUUID()}`));
    await api.create('document');
    await api.merge('seed', 1, { items: hundredItems() } as any, { Prefer: 'wait=5' });
    const line = await following(api);
    const events = await follow(api.path.replace('/v1/apps/', ''));
    await events.next();
    const heard = line.heard;
    await api.merge('c1', 1, { items: { 'item-42': { value: 1_732_417_123_456 } } });
    const { to, patch } = (await line.next('patch')) as { to: number; patch: unknown };
    const event = await events.next();
    const text = JSON.stringify({ type: 'patch', to, patch });
    expect(line.heard - heard).toBe(text.length);
    expect(frameBytes(text)).toBeLessThanOrEqual(114);
    const sent = `event: patch\nid: ${event?.id}\ndata: ${JSON.stringify(event?.data)}\n\n`;
    expect(sent.length).toBeLessThanOrEqual(134);
    await events.cut();
  });
});

/** What the platform would bill for this work, by the application's own count. */
const operation = async (api: Api, work: () => Promise<unknown>): Promise<Operation> => {
  const count = async () => {
    const { cost } = await api.info();
    const { requests, messages, alarms, rowsRead, rowsWritten } = cost;
    return { requests, messages, alarms, rowsRead, rowsWritten };
  };
  const [a, b] = [await count(), await count()];
  await work();
  const c = await count();
  const spentOn = (name: keyof typeof a): number => c[name] - b[name] - (b[name] - a[name]);
  const workerRequests = spentOn('requests');
  return {
    workerRequests,
    objectRequests: workerRequests + spentOn('alarms') + spentOn('messages') / MESSAGES_PER_REQUEST,
    ...{ rowsRead: spentOn('rowsRead'), rowsWritten: spentOn('rowsWritten') },
  };
};

describe('the table of operations', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('[C4] is exact for polls', async () => {
    const api = await settled();
    const etag = (await api.state()).headers.get('ETag') as string;
    expect(await operation(api, () => api.state({ 'If-None-Match': etag }))).toEqual(OPERATIONS.poll);
    expect(await operation(api, () => api.state())).toEqual(OPERATIONS.poll);
    await api.push('c1', 1, 'add', { by: 1 }, { Prefer: 'wait=5' });
    await quiet(api);
    const delta = () => api.state({ 'If-None-Match': etag, 'A-IM': 'json-patch' });
    expect(await operation(api, delta)).toEqual(OPERATIONS.poll);
  });

  it('[C4] is exact for a change while nobody watches or has polled', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    await api.push('c0', 1, 'add', { by: 1 });
    await alarmsDone(api.path);
    // The alarm does it, without a question to the application.
    const push = async () => {
      await api.push('c1', 1, 'add', { by: 1 });
      await alarmsDone(api.path);
    };
    expect(await operation(api, push)).toEqual(OPERATIONS.pushAlone);
  });

  it('[C4] is exact for changes while somebody watches, and for opening a line', async () => {
    // A slice is not ended by the time that it takes.
    stopClock();
    const api = await settled();
    const line = await following(api);
    const push = async (n: number) => {
      await api.push('c1', n, 'add', { by: 1 });
      await line.next('patch', 'state');
    };
    await push(1);
    expect(await operation(api, () => push(2))).toEqual(OPERATIONS.pushWatched);
    const frame = async () => {
      line.send({ type: 'push', client: 'c2', n: 1, ...add });
      await line.next('outcomes');
    };
    expect(await operation(api, frame)).toEqual(OPERATIONS.pushBySocket);
    const batch = () =>
      api.batch(
        'c3',
        1,
        Array.from({ length: 100 }, () => add),
      );
    expect(await operation(api, batch)).toEqual(OPERATIONS.batchOf100Watched);
    const path = api.path.replace('/v1/apps/', '');
    let events: Awaited<ReturnType<typeof follow>> | undefined;
    const stream = async () => {
      events = await follow(path);
      await events.next();
    };
    expect(await operation(api, stream)).toEqual(OPERATIONS.openStream);
    await events?.cut();
    const socket = async () => {
      const other = await connect(path);
      other.send({ type: 'subscribe' });
      await other.next('state');
    };
    expect(await operation(api, socket)).toEqual(OPERATIONS.openSocket);
  });
});
