import { runDurableObjectAlarm } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Database } from '../../../../src/server/application/storage/database.ts';
import { Api, debugApp, fresh } from '../../../support/api.ts';
import { hooks } from '../../../support/definitions.ts';
import { abortAll, evict, inside, stubOf } from '../../../support/objects.ts';
import { positionIn } from '../../../support/position.ts';
import { stopAlarms } from '../../../support/set-clock.ts';
import { until } from '../../../support/wait.ts';

const note = (key: string, value: unknown = 1) => ({ name: 'note', args: { key, value } as any });
const statuses = async (api: Api, last: number): Promise<string[]> =>
  Promise.all(Array.from({ length: last }, async (_, i) => (await api.ticket('c1', i + 1)).body.status));

/** Watches storage without waking anything up: the object's own alarm must do the work. */
const drainedTo = (api: Api, version: number) => () =>
  inside(api.path, ({ sql }) => {
    const { segment } = sql.exec<{ segment: number }>('SELECT segment FROM application').one();
    const [row] = sql.exec<{ v: number | null }>(`SELECT max(version) AS v FROM drains_${segment}`).toArray();
    return (row?.v ?? 0) >= version;
  });

afterEach(() => void vi.useRealTimers());

describe('drain', () => {
  it('[D1] changes are applied in seq order, each seeing the ones before', async () => {
    const api = await debugApp();
    const changes = Array.from({ length: 40 }, (_, i) => note('last', i));
    await api.batch('c1', 1, changes);
    const seen = await Promise.all(
      [1, 7, 40].map(async (v) => (await api.state({ Prefer: 'drain' }, `?at=${v}`)).body.entries.last),
    );
    expect(seen).toEqual([0, 6, 39]);
  });

  it('[D2] acknowledged changes are applied without any further request', async () => {
    const api = await debugApp();
    await api.push('c1', 1, 'note', { key: 'a', value: 1 });
    await until(drainedTo(api, 1));
    expect((await api.state()).body).toEqual({ entries: { a: 1 } });
  });

  it('[D2] the alarm exists only while something is queued', async () => {
    stopAlarms();
    const api = await debugApp();
    const alarm = () => inside(api.path, (storage) => storage.getAlarm());
    expect(await alarm()).toBeNull();
    await api.push('c1', 1, 'note', { key: 'a', value: 1 });
    expect(await alarm()).not.toBeNull();
    await runDurableObjectAlarm(stubOf(api.path));
    expect([await drainedTo(api, 1)(), await alarm()]).toEqual([true, null]);
  });

  it('[D3] a lost alarm is overtaken by the next request', async () => {
    const api = await debugApp();
    await api.push('c1', 1, 'note', { key: 'a', value: 1 });
    await inside(api.path, (storage) => storage.deleteAlarm());
    await abortAll();
    await inside(api.path, (storage) => storage.deleteAlarm());
    await api.state();
    await until(async () => positionIn((await api.state()).headers).version === 1);
  });

  it('[D4] whatever one change does, the next one is applied', async () => {
    const api = await debugApp();
    const bad = [
      { name: 'nonsense' },
      { name: 'note', args: { key: 7 } as any },
      { name: 'refuse' },
      { name: 'throw' },
      { name: 'throw-nothing' },
      { name: 'not-json' },
      { name: 'not-a-number' },
      { name: 'asynchronous' },
      { name: 'busy', args: { ms: 1_100 } as any },
      { name: 'toString' },
      { name: 'constructor' },
    ];
    const changes = bad.flatMap((each, i) => [each, note(`after-${i}`)]);
    const answer = await api.batch('c1', 1, changes, {}, { Prefer: 'wait=20' });
    const outcomes = answer.body.tickets.filter((_: unknown, i: number) => i % 2 === 0);
    expect(outcomes.map((each: any) => each.problem.type.split(':').at(-1))).toEqual([
      'unknown-change',
      'invalid-args',
      'change-refused',
      'change-failed',
      'change-failed',
      'not-json',
      'number-range',
      'not-json',
      'too-much-work',
      'unknown-change',
      'unknown-change',
    ]);
    expect(outcomes[2].problem.reason).toBe('no');
    expect(Object.keys((await api.drained()).entries)).toEqual(bad.map((_, i) => `after-${i}`));
  });

  it('[D5] a change that kills the object is found in smaller and smaller attempts, dead-lettered after three attempts alone, and the changes behind it are applied', async () => {
    const api = await debugApp();
    const kills = hooks.kills;
    await api.batch('c1', 1, [note('before'), { name: 'kill' }, note('after'), { name: 'kill' }, note('last')]);
    await until(async () => {
      try {
        return (await api.info()).version === 5;
      } catch {
        return false;
      }
    });
    expect(await statuses(api, 5)).toEqual(['applied', 'dead', 'applied', 'dead', 'applied']);
    expect((await api.state()).body).toEqual({ entries: { before: 1, after: 1, last: 1 } });
    // The first instance died without an attempt that was counted. Each of the two then killed an attempt at three
    // changes, and three attempts alone.
    expect(hooks.kills - kills).toBe(1 + 2 * (1 + 3));
    const listed = (await api.call('GET', '/rejections')).body.rejections;
    expect(listed.map(({ seq, status }: any) => [seq, status])).toEqual([
      [2, 'dead'],
      [4, 'dead'],
    ]);
  });

  it('[D5] a full queue is applied in whole slices after a restart: one counted attempt for each', async () => {
    const api = await debugApp();
    const attempts = vi.spyOn(Database.prototype, 'run');
    await api.batch('c1', 1, [note('first')]);
    // Nobody drains: the instance ends with everything queued.
    for (let n = 2; n < 10_000; n += 1_000) {
      await api.batch(
        'c1',
        n,
        Array.from({ length: Math.min(1_000, 10_001 - n) }, (_, i) => note('last', n + i)),
      );
      if (n === 2) await inside(api.path, (storage) => storage.setAlarm(Date.now() + 60_000));
    }
    await abortAll();
    attempts.mockClear();
    expect((await api.state({ Prefer: 'drain' })).body.entries.last).toBe(10_000);
    const countedAttempts = attempts.mock.calls.filter(([sql]) => String(sql).includes('attempts')).length;
    attempts.mockRestore();
    expect(countedAttempts).toBeGreaterThan(0);
    // Not one for each change: a slice ends after some milliseconds, so a slow machine takes more of them.
    expect(countedAttempts).toBeLessThan(500);
  });

  it('[D6] effect, outcome and version survive together, and no outcome is lost or doubled', async () => {
    const api = await debugApp();
    await api.batch('c1', 1, [note('a'), { name: 'throw' }, note('b')], {}, { Prefer: 'wait=5' });
    await abortAll();
    expect(await statuses(api, 3)).toEqual(['applied', 'rejected', 'applied']);
    expect((await api.call('GET', '/rejections')).body.rejections.length).toBe(1);
    expect((await api.state()).body).toEqual({ entries: { a: 1, b: 1 } });
  });

  it('[D7] recovery runs no reducer again', async () => {
    const api = await debugApp();
    await api.batch('c1', 1, [note('a'), note('b', { deep: [1] })], {}, { Prefer: 'wait=5' });
    const [runs, lives, before] = [hooks.runs, hooks.lives, await api.state()];
    await evict(api.path);
    const after = await api.state();
    expect([after.text, after.headers.get('ETag')]).toEqual([before.text, before.headers.get('ETag')]);
    expect([hooks.runs, hooks.lives]).toEqual([runs, lives + 1]);
  });

  it('[D8] others are answered while a long queue is drained', async () => {
    const api = await debugApp();
    await api.batch(
      'c1',
      1,
      Array.from({ length: 40 }, () => ({ name: 'busy', args: { ms: 10 } as any })),
    );
    const versions = new Set<number>();
    await until(async () => {
      const version = positionIn((await api.state()).headers).version;
      versions.add(version);
      return version === 40;
    });
    // Slices end after 8 ms: a poll gets in between.
    expect(versions.size).toBeGreaterThan(3);
  });

  it('[D9] reducers see the time of acceptance, which never falls, and who pushed', async () => {
    const name = fresh();
    const api = new Api(name);
    await api.create('debug');
    const from = Date.now();
    await api.push('c1', 1, 'context', { key: 'one' });
    await new Api(name, 'bob', { [name]: 'writer' }).push('c2', 1, 'context', { key: 'two' });
    const { one, two } = (await api.drained()).entries;
    expect(one).toMatchObject({ seq: 1, client: 'c1', user: 'alice' });
    expect(two).toMatchObject({ seq: 2, client: 'c2', user: 'bob' });
    expect(one.now).toBeGreaterThanOrEqual(from);
    expect(two.now).toBeGreaterThanOrEqual(one.now);
  });

  it('[D10] a change that would make the state too large is rejected with the sizes, and the state stays loadable', async () => {
    const api = await debugApp();
    await api.push('c1', 1, 'grow', { key: 'a', bytes: 9_000_000 }, { Prefer: 'wait=20' });
    const over = await api.push('c1', 2, 'grow', { key: 'b', bytes: 9_000_000 }, { Prefer: 'wait=20' });
    expect(over.body).toMatchObject({ status: 422, limit: 16_000_000, size: 18_000_029 });
    expect(over.body.type).toContain('state-too-large');
    await api.push('c1', 3, 'note', { key: 'c', value: 'é😀' }, { Prefer: 'wait=20' });
    const before = await api.state();
    await evict(api.path);
    const after = await api.state();
    expect(after.text.length).toBe(before.text.length);
    expect(after.text === before.text).toBe(true);
    expect(after.body.entries.c).toBe('é😀');
  });

  it('[D2] what was queued when all lives ended is applied by the alarm alone', async () => {
    const api = await debugApp();
    await api.push('c1', 1, 'note', { key: 'a', value: 1 });
    await abortAll();
    await until(drainedTo(api, 1));
    expect(stubOf(api.path)).toBeDefined();
  });

  it('[L8] history is bounded, also when each life ends after one change, whose patch is far shorter than the change', async () => {
    const api = new Api(fresh());
    await api.create('debug');
    // What is refused leaves no patch: only what was asked for makes the log longer.
    for (let n = 1; n <= 40; n += 1) {
      await api.push('c1', n, 'no-such-change', { text: 'x'.repeat(100_000) }, { Prefer: 'wait=5' });
      await evict(api.path);
    }
    const { history, sizes } = await api.info();
    expect(history.oldest).toBeGreaterThan(15);
    expect(sizes.log).toBeLessThan(1_200_000);
    expect(sizes.database).toBeLessThan(6_000_000);
  });

  it('[L8] [D8] checkpoints in the middle of a long queue lose nothing and block nothing', async () => {
    const api = await debugApp();
    const big = 'x'.repeat(240_000);
    const clients = Array.from({ length: 6 }, (_, i) => `c${i}`);
    // The state stays small, so each few changes are worth a checkpoint, while more keep coming in.
    const push = async (client: string, n: number) => {
      const changes = [1, 2, 3].map((i) => note('same', `${client}-${n}-${i}-${big}`));
      expect((await api.batch(client, n, changes)).status).toBe(202);
    };
    for (const round of [0, 1, 2]) {
      await Promise.all(clients.map((client) => push(client, 1 + 3 * round)));
      const most = String(18 * round + 10);
      expect((await api.state({ 'Min-Version': most, Prefer: 'wait=5' })).status).toBe(200);
    }
    const before = await api.drained();
    expect((await api.info()).version).toBe(54);
    expect((await api.info()).history.oldest).toBeGreaterThan(0);
    await evict(api.path);
    expect(await api.drained()).toEqual(before);
    expect((await api.push('c0', 10, 'note', { key: 'same', value: 1 }, { Prefer: 'wait=5' })).body.seq).toBe(55);
  });

  it('[D8] a row of many changes is read once, however many slices it takes', async () => {
    const api = await debugApp();
    await api.drained();
    const count = 40;
    const each = vi.spyOn(Database.prototype, 'each');
    // Each fills a slice.
    await api.batch(
      'c1',
      1,
      Array.from({ length: count }, () => ({ name: 'busy', args: { ms: 9 } })),
    );
    await api.drained();
    const slices = await inside(api.path, ({ sql }) => sql.exec('SELECT count(*) AS n FROM drains_1').one()['n']);
    expect(slices).toBeGreaterThan(count / 2);
    const reads = each.mock.calls.filter(([statement]) => statement.includes('bodies')).length;
    each.mockRestore();
    expect(reads).toBeLessThan(5);
  });
});
