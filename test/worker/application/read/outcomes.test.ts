import { afterEach, describe, expect, it, vi } from 'vitest';
import { Api, fresh, problemName } from '../../../support/api.ts';
import { abortAll, evict, inside } from '../../../support/objects.ts';
import { stopAlarms } from '../../../support/set-clock.ts';

afterEach(() => void vi.useRealTimers());

describe('outcomes', () => {
  it('[O1] [Q11] who waits is answered with the very ticket, whatever else has been applied by then', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    const waited = await Promise.all(
      ['c1', 'c2', 'c3'].map((client) => api.push(client, 1, 'add', { by: 1 }, { Prefer: 'wait=5' })),
    );
    expect(waited.map(({ body }) => [body.seq, body.version])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    for (const [index, { body }] of waited.entries()) expect((await api.ticket(`c${index + 1}`, 1)).body).toEqual(body);
  });

  it('[O1] a ticket tells queued, applied at a version, or rejected and why', async () => {
    stopAlarms();
    const api = new Api(fresh());
    await api.create('debug');
    await api.push('c1', 1, 'note', { key: 'a', value: 1 });
    await api.push('c1', 2, 'refuse');
    await api.drained();
    await api.batch(
      'c1',
      3,
      Array.from({ length: 3 }, () => ({ name: 'note', args: { key: 'b', value: 1 } })),
    );
    expect((await api.ticket('c1', 5)).body).toEqual({ client: 'c1', n: 5, seq: 5, status: 'queued' });
    expect((await api.ticket('c1', 1)).body).toEqual({ client: 'c1', n: 1, seq: 1, status: 'applied', version: 1 });
    const { status, problem } = (await api.ticket('c1', 2)).body;
    expect([status, problem.reason, problem.status, problem.seq]).toEqual(['rejected', 'no', 422, 2]);
    expect(problem.title).not.toBe('');
    await api.drained();
    expect((await api.ticket('c1', 5)).body.status).toBe('applied');
  });

  it('[O2] outcomes survive restarts; an n never used is unknown', async () => {
    const api = new Api(fresh());
    await api.create('debug');
    await api.batch('c1', 1, [{ name: 'note', args: { key: 'a', value: 1 } }, { name: 'throw' }]);
    await api.push('c2', 1, 'note', { key: 'b', value: 1 });
    await api.push('c1', 3, 'note', { key: 'c', value: 1 });
    await api.drained();
    await evict(api.path);
    expect((await api.ticket('c1', 1)).body.status).toBe('applied');
    expect((await api.ticket('c1', 2)).body.status).toBe('rejected');
    expect((await api.ticket('c1', 3)).body.seq).toBe(4);
    for (const [client, n] of [
      ['c1', 4],
      ['c9', 1],
      ['~', 99],
    ] as const) {
      const answer = await api.ticket(client, n);
      expect([answer.status, problemName(answer)]).toEqual([404, 'unknown-ticket']);
    }
  });

  it('[O2] [Q4] [L8] what history no longer holds is said to be gone, never taken again', async () => {
    const api = new Api(fresh());
    await api.create('debug');
    await api.call('POST', '/changes', { name: 'note', args: { key: 'zeroth', value: 1 } });
    await api.push('old', 1, 'note', { key: 'first', value: 1 }, { Prefer: 'wait=5' });
    const size = 250_000;
    for (let n = 1; n <= 14; n += 1) {
      await api.push('c1', n, 'note', { key: 'big', value: 'x'.repeat(size) }, { Prefer: 'wait=5' });
    }
    const gone = await api.ticket('~', 1);
    expect([gone.status, problemName(gone)]).toEqual([410, 'outcome-expired']);
    const again = await api.push('old', 1, 'note', { key: 'first', value: 1 });
    expect([again.status, problemName(again), again.body.expected]).toEqual([410, 'outcome-expired', 2]);
    expect(again.body).toMatchObject({ seq: 2, outcome: 'applied' });
    const info = await api.info();
    expect(info.history.oldest).toBeGreaterThan(0);
    const past = await api.state({}, '?at=0');
    expect([past.status, problemName(past), past.body.oldest]).toEqual([410, 'history-expired', info.history.oldest]);
    expect((await api.state({}, `?at=${info.history.oldest}`)).status).toBe(200);
    expect((await api.ticket('c1', 14)).body.status).toBe('applied');
    // Two segments of at most the larger of state and 1 MB each, and what fits between.
    expect(info.sizes.database).toBeLessThan(6_000_000);
    const tables = await inside(api.path, ({ sql }) =>
      sql.exec("SELECT name FROM sqlite_master WHERE name LIKE 'drains_%'").toArray(),
    );
    expect(tables.length).toBe(2);
    await evict(api.path);
    expect((await api.state()).body.entries.big.length).toBe(size);
    expect((await api.push('old', 2, 'note', { key: 'second', value: 1 })).status).toBe(202);
  });

  it('[O5] [O4] the last outcomes of a client are told whatever others push, over restarts', async () => {
    const api = new Api(fresh());
    await api.create('todos');
    const wait = { Prefer: 'wait=20' };
    const add = (id: string, text = id) => ({ name: 'add', args: { id, text } });
    await api.batch('old', 1, [...Array.from({ length: 30 }, (_, index) => add(`t${index}`)), add('t1')], {}, wait);
    await api.push('old', 32, 'complete', { id: 'late', done: true }, wait);
    await api.push('old', 33, 'complete', { id: 'never', done: true }, wait);
    await api.push('c0', 1, 'add', { id: 'late', text: 'late' }, wait);
    await api.call('POST', '/rejections/32/retry');
    await api.drained();
    const check = async (): Promise<void> => {
      for (const n of [1, 30])
        expect((await api.ticket('old', n)).body).toEqual({ client: 'old', n, seq: n, status: 'applied', version: n });
      expect((await api.ticket('old', 31)).body).toMatchObject({ seq: 31, status: 'rejected' });
      expect((await api.ticket('old', 32)).body).toEqual({
        client: 'old',
        n: 32,
        seq: 32,
        status: 'applied',
        version: 35,
      });
      expect((await api.ticket('old', 33)).body).toMatchObject({
        seq: 33,
        status: 'rejected',
        problem: { status: 422 },
      });
      expect((await api.ticket('old', 34)).status).toBe(404);
    };
    await check();
    let n = 0;
    const flood = async (): Promise<void> => {
      const text = 'x'.repeat(450);
      for (let round = 0; round < 4; round += 1) {
        const changes = Array.from({ length: 1_000 }, (_, index) => add(`f${index % 100}`, `${text}${round}${index}`));
        await api.batch('c1', n + 1, changes, {}, wait);
        n += 1_000;
      }
    };
    for (let times = 0; times < 2; times += 1) {
      await flood();
      await evict(api.path);
      await check();
    }
    expect((await api.info()).history.oldest).toBeGreaterThan(40);
  });

  it('[O3] rejections are listed until somebody discards them', async () => {
    const api = new Api(fresh());
    await api.create('debug');
    await api.batch('c1', 1, [{ name: 'refuse' }, { name: 'throw' }], {}, { Prefer: 'wait=5' });
    await abortAll();
    const listed = (await api.call('GET', '/rejections')).body.rejections;
    expect(listed.map((each: any) => [each.seq, each.client, each.n, each.name, each.status])).toEqual([
      [1, 'c1', 1, 'refuse', 'rejected'],
      [2, 'c1', 2, 'throw', 'rejected'],
    ]);
    expect((await api.call('DELETE', '/rejections/1')).status).toBe(204);
    expect((await api.call('DELETE', '/rejections/1')).status).toBe(404);
    expect((await api.call('DELETE', '/rejections/77')).status).toBe(404);
    expect((await api.call('GET', '/rejections')).body.rejections.length).toBe(1);
    expect((await api.info()).rejections).toEqual({ listed: 1, failures: 1, forgotten: 0 });
    expect((await api.ticket('c1', 1)).body.status).toBe('rejected');
  });

  it('[O3] [B2] the list is bounded: the oldest fall out and are counted', async () => {
    const api = new Api(fresh());
    await api.create('debug');
    await api.batch(
      'c1',
      1,
      Array.from({ length: 503 }, () => ({ name: 'refuse' })),
      {},
      { Prefer: 'wait=20' },
    );
    const listed = (await api.call('GET', '/rejections')).body.rejections;
    expect([listed.length, listed[0].seq]).toEqual([500, 4]);
    expect((await api.info()).rejections).toEqual({ listed: 500, failures: 0, forgotten: 3 });
    expect((await api.ticket('c1', 1)).body.status).toBe('rejected');
  });

  it('[O4] a retry takes a new seq and keeps its ticket', async () => {
    const api = new Api(fresh());
    await api.create('todos');
    await api.push('c1', 1, 'complete', { id: 'x', done: true }, { Prefer: 'wait=5' });
    await api.push('c1', 2, 'add', { id: 'y', text: 'why' }, { Prefer: 'wait=5' });
    const failed = await api.call('POST', '/rejections/1/retry');
    expect([failed.status, failed.body]).toEqual([202, { client: 'c1', n: 1, seq: 3 }]);
    await api.drained();
    expect((await api.ticket('c1', 1)).body).toMatchObject({ seq: 1, status: 'rejected' });
    await api.push('c1', 3, 'add', { id: 'x', text: 'now it is there' });
    expect((await api.call('POST', '/rejections/1/retry')).body.seq).toBe(5);
    expect((await api.drained()).items.x.done).toBe(true);
    expect((await api.ticket('c1', 1)).body).toEqual({ client: 'c1', n: 1, seq: 1, status: 'applied', version: 5 });
    expect((await api.call('GET', '/rejections')).body.rejections).toEqual([]);
    expect((await api.call('POST', '/rejections/1/retry')).status).toBe(404);
    // The client's own counter has not moved.
    expect((await api.push('c1', 4, 'remove', { id: 'x' })).body.seq).toBe(6);
    await evict(api.path);
    expect((await api.push('c1', 5, 'remove', { id: 'y' }, { Prefer: 'wait=5' })).body.seq).toBe(7);
    expect((await api.ticket('c1', 3)).body.status).toBe('applied');
  });
});
