import { describe, expect, it } from 'vitest';
import { Api, fresh, problemName } from '../../../support/api.ts';
import { evict } from '../../../support/objects.ts';

const WAIT = { Prefer: 'wait=20' };

const add = (id: string) => ({ name: 'add', args: { id, text: id } });
const complete = (id: string) => ({ name: 'complete', args: { id, done: true } });

const rejectionsOf = async (api: Api): Promise<any[]> => (await api.call('GET', '/rejections')).body.rejections;

/** Todos with a transfer that was rejected as a whole: seq 1 to 3, and 2 is at fault. */
const rejectedTransfer = async (): Promise<Api> => {
  const api = new Api(fresh());
  await api.create('todos');
  await api.batch('c1', 1, [add('y'), complete('x'), add('z')], { atomic: true }, WAIT);
  return api;
};

describe('a rejected atomic batch', () => {
  it('[O3] [Q7] is one entry of the list, with the problem of the change that failed', async () => {
    const api = await rejectedTransfer();
    const [entry, ...others] = await rejectionsOf(api);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ seq: 1, client: 'c1', n: 1, user: 'alice', status: 'rejected', problem: { seq: 2 } });
    expect(entry.changes).toEqual([
      { seq: 1, n: 1, ...add('y') },
      { seq: 2, n: 2, ...complete('x') },
      { seq: 3, n: 3, ...add('z') },
    ]);
    expect((await api.info()).rejections).toEqual({ listed: 1, failures: 0, forgotten: 0 });
  });

  it.each([1, 2, 3])('[O4] [Q7] is retried whole, whichever of its changes is named: %d', async (seq) => {
    const api = await rejectedTransfer();
    const failed = await api.call('POST', `/rejections/${seq}/retry`);
    expect([failed.status, failed.body.receipts.map((each: any) => [each.n, each.seq])]).toEqual([
      202,
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
    ]);
    expect(failed.headers.get('Location')).toBe(`${api.path}/changes/c1/3`);
    expect((await api.drained()).items).toEqual({});
    expect(await rejectionsOf(api)).toMatchObject([{ seq: 1, status: 'rejected', problem: { seq: 5 } }]);
    await api.push('c2', 1, 'add', { id: 'x', text: 'x' }, WAIT);
    await api.call('POST', `/rejections/${seq}/retry`);
    expect(Object.keys((await api.drained()).items).sort()).toEqual(['x', 'y', 'z']);
    await evict(api.path);
    for (const n of [1, 2, 3])
      expect((await api.ticket('c1', n)).body).toEqual({ client: 'c1', n, seq: n, status: 'applied', version: 7 + n });
    expect(await rejectionsOf(api)).toEqual([]);
    expect((await api.call('POST', `/rejections/${seq}/retry`)).status).toBe(404);
  });

  it('[O4] [Q7] is discarded whole', async () => {
    const api = await rejectedTransfer();
    expect((await api.call('DELETE', '/rejections/3')).status).toBe(204);
    expect(await rejectionsOf(api)).toEqual([]);
    for (const seq of [1, 2, 3]) expect((await api.call('POST', `/rejections/${seq}/retry`)).status).toBe(404);
    for (const n of [1, 2, 3]) expect((await api.ticket('c1', n)).body.status).toBe('rejected');
  });
});

describe('a retry', () => {
  it('[O4] answers with the ticket that the change keeps, with a client and without', async () => {
    const api = new Api(fresh());
    await api.create('debug');
    await api.push('c1', 1, 'refuse', {}, WAIT);
    await api.call('POST', '/changes', { name: 'throw' }, WAIT);
    const named = await api.call('POST', '/rejections/1/retry');
    expect([named.status, named.headers.get('Location')]).toEqual([202, `${api.path}/changes/c1/1`]);
    const anonymous = await api.call('POST', '/rejections/2/retry');
    expect(anonymous.headers.get('Location')).toBe(`${api.path}/changes/~/2`);
    await api.drained();
    expect((await api.ticket('~', 2)).body).toMatchObject({ seq: 2, status: 'rejected' });
  });

  it('[O4] [O3] a ticket that said applied says nothing else, also when others fill the list', async () => {
    const api = new Api(fresh());
    await api.create('todos');
    await api.push('c1', 1, 'complete', { id: 'x', done: true }, WAIT);
    await api.push('c2', 1, 'add', { id: 'x', text: 'x' }, WAIT);
    await api.call('POST', '/rejections/1/retry');
    await api.drained();
    const applied = { client: 'c1', n: 1, seq: 1, status: 'applied', version: 3 };
    expect((await api.ticket('c1', 1)).body).toEqual(applied);
    const wrong = Array.from({ length: 505 }, () => complete('nobody'));
    await api.batch('c3', 1, wrong, {}, WAIT);
    await api.drained();
    expect((await api.ticket('c1', 1)).body).toEqual(applied);
    expect((await api.info()).rejections).toEqual({ listed: 500, failures: 0, forgotten: 5 });
    await evict(api.path);
    expect((await api.ticket('c1', 1)).body).toEqual(applied);
  });
});

describe('an idempotency key', () => {
  it('[Q8] is not taken again when only the outcome of its change is gone', async () => {
    const api = new Api(fresh());
    await api.create('debug');
    const post = () =>
      api.call(
        'POST',
        '/changes',
        { name: 'note', args: { key: 'once', value: 1 } },
        { 'Idempotency-Key': 'k1', ...WAIT },
      );
    expect((await post()).status).toBe(200);
    for (let n = 1; n <= 14; n += 1) await api.push('c1', n, 'note', { key: 'big', value: 'x'.repeat(250_000) }, WAIT);
    const head = (await api.info()).head;
    const late = await post();
    expect([late.status, problemName(late), (await api.info()).head]).toEqual([410, 'outcome-expired', head]);
    await evict(api.path);
    expect((await post()).status).toBe(410);
  });
});
