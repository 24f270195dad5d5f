import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { parseMetrics } from '../../../src/api/metrics.ts';
import { LAG_REPORTED_MS, OWNERS_NAMED_MAX } from '../../../src/protocol/operating-limits.ts';
import type { Directory } from '../../../src/server/directory/directory.ts';
import type { NumberedApplication } from '../../../src/server/directory/questions.ts';
import {
  COUNTERS,
  type Counter,
  counterOf,
  gaugeOf,
  NO_NUMBERS,
  type Numbers,
} from '../../../src/server/rpc/numbers.ts';
import { REGISTRY_NAME } from '../../../src/server/rpc/registry.ts';
import { Api, request, sign } from '../../support/api.ts';
import { deployCounter, hooks } from '../../support/definitions.ts';
import { alarmAfter, directoryOf } from '../../support/directories.ts';
import { connect, follow } from '../../support/live.ts';
import { valueIn } from '../../support/metric-samples.ts';
import { alarmsDone, evict, inside, stubOf } from '../../support/objects.ts';
import { askOperated, byClaim } from '../../support/operators.ts';
import { passTime, stopClock } from '../../support/set-clock.ts';
import { until } from '../../support/wait.ts';

const { DIRECTORY } = env as unknown as { DIRECTORY: DurableObjectNamespace<Directory> };
const registry = () => DIRECTORY.getByName(REGISTRY_NAME);

const numbersOf = async (owner: string): Promise<Numbers> =>
  (await registry().numbers()).owners.find((each) => each.owner === owner)?.numbers ?? NO_NUMBERS;

const count = async (owner: string, name: Counter): Promise<number> => counterOf(await numbersOf(owner), name);

const passed = new Map<string, number>();

/** As if so much time had passed: the pauses of directory and registry, unless told otherwise. */
const settle = async (owner: string, ms = 70_000): Promise<void> => {
  const later = (passed.get(owner) ?? 0) + ms;
  passed.set(owner, later);
  await alarmAfter(later, directoryOf(owner).stub);
};

const batch = Array.from({ length: 20 }, () => ({ name: 'note', args: { key: 'b', value: 1 } }));
const wait = { Prefer: 'wait=5' };

describe('GET /metrics', () => {
  it('[G1] [A10] is for operators, and wakes nobody', async () => {
    const api = new Api('scraped/app');
    await api.create('counter');
    await until(async () => gaugeOf(await numbersOf('scraped'), 'applications') === 1);
    await evict(api.path);
    const { lives } = hooks;
    const answer = await askOperated('/metrics', { headers: await byClaim() });
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    expect(valueIn(parseMetrics(answer.text), 'changebucket_applications')).toBeGreaterThanOrEqual(1);
    expect(hooks.lives).toBe(lives);
    expect((await request('/metrics')).status).toBe(401);
    const token = { Authorization: `Bearer ${await sign({ sub: 'scraped' })}` };
    expect((await request('/metrics', { headers: token })).body).toMatchObject({ status: 403, needed: 'operator' });
    expect((await askOperated('/metrics?x=1', { headers: await byClaim() })).status).toBe(400);
  });
});

describe('the numbers of an owner', () => {
  it('[G1] have every change by its outcome, the last of a burst too', async () => {
    const owner = 'counted';
    const api = new Api(`${owner}/app`);
    await api.create('debug');
    for (let n = 1; n <= 3; n += 1) await api.push('c', n, 'note', { key: 'a', value: n }, wait);
    await api.push('c', 4, 'refuse', {}, wait);
    await api.push('c', 5, 'throw', {}, wait);
    await api.push('c', 6, 'note', { key: 7 }, wait);
    expect((await api.batch('c', 7, batch)).status).toBe(202);
    await alarmsDone(api.path);
    await until(async () => gaugeOf(await numbersOf(owner), 'applications') === 1);
    await settle(owner);
    const numbers = await numbersOf(owner);
    const named = (name: Counter): number => counterOf(numbers, name);
    expect(['accepted', 'applied', 'rejected', 'failed', 'dead'].map((name) => named(name as Counter))).toEqual([
      26, 23, 2, 1, 0,
    ]);
    expect(named('drainChanges')).toBe(26);
    // A drain goes on while changes come: there may be one or many.
    expect(named('drains')).toBeGreaterThanOrEqual(1);
    expect(named('drains')).toBe(named('drainChanges1000'));
    expect(numbers.waitingSince).toBeNull();
    expect(['queue', 'held', 'owners'].map((name) => gaugeOf(numbers, name as 'queue'))).toEqual([0, 0, 1]);
    // Nothing happens any more: it is asked once, and not again.
    await settle(owner);
    await settle(owner);
    expect(await runInDurableObject(directoryOf(owner).stub, (_, { storage }) => storage.getAlarm())).toBeNull();
  });

  it('[G1] count reads by answer, events and frames, and the readers that are there', async () => {
    const owner = 'read';
    const api = new Api(`${owner}/app`);
    await api.create('debug');
    await api.push('c', 1, 'grow', { key: 'a', bytes: 900 }, wait);
    const etag = (await api.state()).headers.get('ETag') as string;
    for (let i = 0; i < 3; i += 1) await api.state({ 'If-None-Match': etag });
    await api.push('c', 2, 'note', { key: 'b', value: 1 }, wait);
    await api.state({ 'If-None-Match': etag, 'A-IM': 'json-patch' });
    const [events, line] = [await follow(`${owner}/app`), await connect(`${owner}/app`)];
    await events.next();
    line.send({ type: 'subscribe' });
    await line.next('state');
    await settle(owner);
    const numbers = await numbersOf(owner);
    const reads = ['reads200', 'reads226', 'reads304', 'readsLongPoll', 'events'] as const;
    expect(reads.map((name) => counterOf(numbers, name))).toEqual([1, 1, 3, 0, 1]);
    expect(counterOf(numbers, 'frames')).toBeGreaterThanOrEqual(2);
    expect([gaugeOf(numbers, 'streams'), gaugeOf(numbers, 'sockets')]).toEqual([1, 1]);
    await events.cut();
    line.close();
    await until(async () => {
      await settle(owner);
      const now = await numbersOf(owner);
      return gaugeOf(now, 'streams') + gaugeOf(now, 'sockets') === 0;
    });
  });

  it('[G1] never go back: over evictions, deletions and creations anew', async () => {
    const owner = 'lasting';
    const api = new Api(`${owner}/app`);
    await api.create('counter');
    let accepted = 0;
    for (let life = 0; life < 3; life += 1) {
      await api.push('c', ++accepted, 'add', { by: 1 });
      await alarmsDone(api.path);
      await api.push('c', ++accepted, 'add', { by: 1 }, wait);
      await evict(api.path);
      await settle(owner);
      expect([await count(owner, 'accepted'), await count(owner, 'applied')]).toEqual([accepted, accepted]);
    }
    const rows = await count(owner, 'rowsWritten');
    await api.call('DELETE', '');
    await settle(owner);
    expect(await count(owner, 'accepted')).toBe(accepted);
    expect(gaugeOf(await numbersOf(owner), 'applications')).toBe(0);
    await until(async () => (await api.create('todos')).status === 201);
    await api.push('d', 1, 'add', { id: 'a', title: 'x' }, wait);
    await settle(owner);
    expect(await count(owner, 'accepted')).toBe(accepted + 1);
    expect(await count(owner, 'rowsWritten')).toBeGreaterThan(rows);
  });

  it('[G1] [L16] count what an undeleted application had counted once, also where it was deleted and brought back twice', async () => {
    const owner = 'revived';
    const api = new Api(`${owner}/app`);
    await api.create('counter');
    let accepted = 0;
    for (let life = 0; life < 3; life += 1) {
      await api.push('c', ++accepted, 'add', { by: 1 }, wait);
      await settle(owner);
      expect(await count(owner, 'accepted')).toBe(accepted);
      const rows = await count(owner, 'rowsWritten');
      await api.call('DELETE', '');
      await settle(owner);
      expect(await count(owner, 'accepted')).toBe(accepted);
      await evict(api.path);
      expect((await api.call('POST', '/undelete')).status).toBe(200);
      await settle(owner);
      expect(await count(owner, 'accepted')).toBe(accepted);
      expect(await count(owner, 'rowsWritten')).toBeGreaterThanOrEqual(rows);
      expect(gaugeOf(await numbersOf(owner), 'applications')).toBe(1);
    }
  });

  it('[G1] are kept with what is written anyway: a drain that an alarm has run is known to the next instance', async () => {
    const api = new Api('kept/app');
    await api.create('debug');
    await api.push('c', 1, 'refuse', {});
    await alarmsDone(api.path);
    await inside(api.path, ({ sql }) => {
      const { segment } = sql.exec<{ segment: number }>('SELECT segment FROM application').one();
      const [row] = sql.exec<{ spent: string }>(`SELECT spent FROM drains_${segment}`).toArray();
      const named = Object.fromEntries(
        COUNTERS.map((name, i) => [name, JSON.parse(row?.spent ?? '[]')[i < 6 ? i : i + 4]]),
      );
      expect(named).toMatchObject({ accepted: 1, rejected: 1, applied: 0 });
    });
  });

  it('[G1] tell the wait of a held queue, and not of one that is held for a moment', async () => {
    const owner = 'held';
    const api = new Api(`${owner}/app`);
    deployCounter(1);
    try {
      await api.create('counter');
      await api.push('c', 1, 'add', { by: 1 }, wait);
      stopClock();
      deployCounter(3);
      await evict(api.path);
      const since = Date.now();
      const asked = stubOf(api.path) as unknown as NumberedApplication;
      await api.push('c', 2, 'add', { by: 1 });
      await until(async () => (await api.info()).held !== null);
      const told = async () => {
        const numbers = (await asked.summary())?.numbers ?? NO_NUMBERS;
        return [gaugeOf(numbers, 'held'), gaugeOf(numbers, 'queue'), numbers.waitingSince];
      };
      expect(await told()).toEqual([1, 0, null]);
      passTime(LAG_REPORTED_MS);
      // The migration waits before the change.
      expect(await told()).toEqual([1, 2, since]);
      vi.useRealTimers();
      for (let minutes = 0; minutes < 3; minutes += 1) await settle(owner);
      expect((await numbersOf(owner)).waitingSince).toBe(since);
      deployCounter(2);
      await evict(api.path);
      await api.drained();
      await settle(owner);
      expect((await numbersOf(owner)).waitingSince).toBeNull();
    } finally {
      vi.useRealTimers();
      deployCounter(1);
    }
  });

  it('[G1] an application that does not answer is asked again, and then left alone', async () => {
    const owner = 'broken';
    const api = new Api(`${owner}/app`);
    await api.create('counter');
    await until(async () => gaugeOf(await numbersOf(owner), 'applications') === 1);
    await inside(api.path, ({ sql }) => sql.exec('UPDATE application SET layout = 1').rowsWritten);
    await evict(api.path);
    const asked = () =>
      runInDurableObject(
        directoryOf(owner).stub,
        (_, { storage }) => storage.sql.exec('SELECT askAt FROM numbers WHERE askAt > 0').toArray().length,
      );
    await settle(owner);
    expect(await asked()).toBe(1);
    await settle(owner, 600_000);
    expect(await asked()).toBe(0);
  });

  // The last of this file: these owners keep their places, as numbers never go back.
  it('[G1] stand under ~other for owners beyond the first 200, and the total has all', async () => {
    const gauges: number[] = [];
    const before = counterOf((await registry().numbers()).total, 'accepted');
    const counters = COUNTERS.map((name) => (name === 'accepted' ? 1 : 0));
    for (let i = 0; i < OWNERS_NAMED_MAX + 5; i += 1)
      await registry().report({
        owner: `many-${i}`,
        applications: 1,
        lastChangeAt: null,
        at: 1,
        numbers: { counters, gauges, waitingSince: i },
      });
    const { total, owners, others } = await registry().numbers();
    expect(owners.length).toBe(OWNERS_NAMED_MAX);
    expect(counterOf(total, 'accepted')).toBe(before + OWNERS_NAMED_MAX + 5);
    const named = owners.reduce((sum, { numbers }) => sum + counterOf(numbers, 'accepted'), 0);
    expect(counterOf(others, 'accepted')).toBe(counterOf(total, 'accepted') - named);
    expect(total.waitingSince).toBe(0);
    expect(others.waitingSince).toBeGreaterThan(OWNERS_NAMED_MAX - 20);
    const pause = await registry().report({ owner: 'many-0', applications: 0, lastChangeAt: null, at: 2 });
    expect(pause).toBe(60_000);
  });
});
