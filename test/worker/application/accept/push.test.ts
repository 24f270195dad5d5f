import { describe, expect, it } from 'vitest';
import { Api, fresh, problemName } from '../../../support/api.ts';
import { evict } from '../../../support/objects.ts';
import { positionIn } from '../../../support/position.ts';

describe('push', () => {
  it('[Q1] a change is acknowledged with a receipt and a ticket', async () => {
    const api = new Api(fresh());
    const answer = await api.merge('c1', 1, { a: 1 });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ client: 'c1', n: 1, seq: 1 });
    expect(answer.headers.get('Location')).toBe(`${api.path}/changes/c1/1`);
    expect(await api.drained()).toEqual({ a: 1 });
  });

  it('[Q2] a gap is refused with the n that is expected, and holds nothing back', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: 1 });
    const gap = await api.merge('c1', 4, { a: 4 });
    expect([gap.status, problemName(gap), gap.body.expected]).toEqual([409, 'sequence-gap', 2]);
    expect((await api.merge('c1', 2, { a: 2 })).status).toBe(202);
    expect((await api.merge('c2', 1, { b: 1 })).body.seq).toBe(3);
    expect(await api.drained()).toEqual({ a: 2, b: 1 });
  });

  it('[Q2] a first push that is not n = 1 creates nothing', async () => {
    const api = new Api(fresh());
    const gap = await api.merge('c1', 2, { a: 1 });
    expect([gap.status, gap.body.expected]).toEqual([409, 1]);
    expect((await api.state()).status).toBe(404);
  });

  it('[Q3] a repeated change is acknowledged and not queued twice', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    const push = () => api.push('c1', 1, 'add', { by: 1 });
    const [first, ...others] = [await push(), await push(), await push()];
    expect(first.body.repeated).toBeUndefined();
    for (const other of others) expect(other.body).toMatchObject({ seq: 1, repeated: true });
    expect(await api.drained()).toEqual({ count: 1 });
    expect((await push()).body).toMatchObject({ seq: 1, repeated: true });
  });

  it('[Q3] the same change sent many times at once is taken once', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.push('c1', 1, 'add', { by: 1 })));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(202));
    expect(new Set(answers.map(({ body }) => body.seq))).toEqual(new Set([1]));
    expect(answers.filter(({ body }) => body.repeated).length).toBe(19);
    expect(await api.drained()).toEqual({ count: 1 });
  });

  it('[Q4] a used n with another body, name or precondition is refused', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: 1 });
    await api.merge('c1', 2, { a: 2 });
    for (const other of [
      await api.merge('c1', 1, { a: 9 }),
      await api.push('c1', 1, 'other', { a: 1 }),
      await api.merge('c1', 1, { a: 1 }, { 'If-Match': '"x.1"' }),
      await api.merge('c1', 2, { a: 9 }),
    ]) {
      expect([other.status, problemName(other), other.body.expected]).toEqual([422, 'id-conflict', 3]);
    }
    expect(await api.drained()).toEqual({ a: 2 });
  });

  it('[Q4] two tabs with one client id lose nothing: the second is told what n to take', async () => {
    const api = new Api(fresh());
    const [one, two] = await Promise.all([api.merge('tab', 1, { one: 1 }), api.merge('tab', 1, { two: 1 })]);
    expect([one.status, two.status].sort()).toEqual([202, 422]);
    const loser = one.status === 422 ? { one: 1 } : { two: 1 };
    const refused = one.status === 422 ? one : two;
    expect((await api.merge('tab', refused.body.expected, loser)).status).toBe(202);
    expect(await api.drained()).toEqual({ one: 1, two: 1 });
  });

  it('[Q5] seqs are consecutive in the order of acknowledgement, over all clients', async () => {
    const api = new Api(fresh());
    const seqs: number[] = [];
    for (let n = 1; n <= 5; n += 1) {
      for (const client of ['a', 'b', 'c']) seqs.push((await api.merge(client, n, { [client]: n })).body.seq);
    }
    expect(seqs).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
  });

  it('[Q5] concurrent clients get distinct consecutive seqs', async () => {
    const api = new Api(fresh());
    await api.create('document');
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => api.merge(`c${i}`, 1, { [`k${i}`]: i })));
    const seqs = answers.map(({ body }) => body.seq as number).sort((a, b) => a - b);
    expect(seqs).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    expect(Object.keys(await api.drained()).length).toBe(50);
  });

  it('[Q6] a batch gets one receipt for each change', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    const batch = await api.batch('c1', 1, [
      { name: 'add', args: { by: 1 } },
      { name: 'add', args: { by: 2 } },
    ]);
    expect(batch.status).toBe(202);
    expect(batch.body.receipts).toEqual([
      { client: 'c1', n: 1, seq: 1 },
      { client: 'c1', n: 2, seq: 2 },
    ]);
    expect(await api.drained()).toEqual({ count: 3 });
  });

  it('[Q6] a batch that overlaps what was accepted continues from there', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    const changes = [1, 2, 3, 4].map((by) => ({ name: 'add', args: { by } }));
    await api.batch('c1', 1, changes.slice(0, 2));
    const again = await api.batch('c1', 1, changes);
    expect(again.body.receipts.map((each: any) => [each.seq, each.repeated ?? false])).toEqual([
      [1, true],
      [2, true],
      [3, false],
      [4, false],
    ]);
    expect((await api.batch('c1', 4, changes.slice(3))).body.receipts).toEqual([
      { client: 'c1', n: 4, seq: 4, repeated: true },
    ]);
    const gap = await api.batch('c1', 6, changes);
    expect([gap.status, gap.body.expected]).toEqual([409, 5]);
    const other = await api.batch('c1', 4, [
      { name: 'add', args: { by: 9 } },
      { name: 'add', args: { by: 1 } },
    ]);
    expect(problemName(other)).toBe('id-conflict');
    expect(await api.drained()).toEqual({ count: 10 });
  });

  it('[Q7] an atomic batch is applied whole or not at all', async () => {
    const api = new Api(fresh());
    await api.create('debug');
    const note = (key: string) => ({ name: 'note', args: { key, value: 1 } });
    const bad = await api.batch(
      'c1',
      1,
      [note('a'), { name: 'throw' }, note('b')],
      { atomic: true },
      { Prefer: 'wait=5' },
    );
    expect([bad.status, problemName(bad), bad.body.seq]).toEqual([422, 'change-failed', 2]);
    const statuses = await Promise.all([1, 2, 3].map(async (n) => (await api.ticket('c1', n)).body));
    expect(statuses.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(statuses[0].problem.type).toContain('batch-failed');
    await api.batch('c1', 4, [note('c'), note('d')], { atomic: true });
    expect(await api.drained()).toEqual({ entries: { c: 1, d: 1 } });
    const each = await api.batch('c1', 6, [note('e'), { name: 'throw' }, note('f')], {}, { Prefer: 'wait=5' });
    expect(each.body.tickets.map(({ status }: any) => status)).toEqual(['applied', 'rejected', 'applied']);
  });

  it('[Q7] an atomic batch cannot be accepted in part, and can be repeated whole', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    const changes = [1, 2, 3].map((by) => ({ name: 'add', args: { by } }));
    await api.batch('c1', 1, changes.slice(0, 1));
    const part = await api.batch('c1', 1, changes, { atomic: true });
    expect([part.status, problemName(part)]).toEqual([422, 'id-conflict']);
    await api.batch('c1', 2, changes.slice(1), { atomic: true });
    const again = await api.batch('c1', 2, changes.slice(1), { atomic: true });
    expect(again.body.receipts.every(({ repeated }: any) => repeated)).toBe(true);
    expect(problemName(await api.batch('c1', 2, changes.slice(1)))).toBe('id-conflict');
    expect(await api.drained()).toEqual({ count: 6 });
  });

  it('[Q8] a push without a client gets a ticket under ~ and its seq', async () => {
    const api = new Api(fresh());
    const answer = await api.call('POST', '/changes', { name: 'merge', args: { a: 1 } }, { Prefer: 'wait=5' });
    expect(answer.body).toMatchObject({ client: '~', n: 1, seq: 1, status: 'applied' });
    expect((await api.ticket('~', 1)).body).toMatchObject({ status: 'applied', version: 1 });
    const named = await api.merge('c1', 1, { b: 1 });
    expect((await api.ticket('~', named.body.seq)).status).toBe(404);
  });

  it('[Q8] an idempotency key makes it repeatable', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    const send = (by: number, key: string) =>
      api.call('POST', '/changes', { name: 'add', args: { by } }, { 'Idempotency-Key': key });
    const [first, second] = await Promise.all([send(1, 'k-1'), send(1, '"k-1"')]);
    const third = await send(1, 'k-1');
    expect([first.body.seq, second.body.seq, third.body.seq]).toEqual([1, 1, 1]);
    expect(third.body.repeated).toBe(true);
    expect([(await send(2, 'k-1')).status, (await send(2, 'k-2')).status]).toEqual([422, 202]);
    expect(await api.drained()).toEqual({ count: 3 });
  });

  it('[Q9] merge patches and JSON patches are changes by their content type', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { list: [1], gone: 1 });
    const patch = [
      { op: 'add', path: '/list/-', value: 2 },
      { op: 'remove', path: '/gone' },
    ];
    await api.call('PUT', '/changes/c1/2', patch, { 'Content-Type': 'application/json-patch+json; charset=utf-8' });
    expect(await api.drained()).toEqual({ list: [1, 2] });
    const log = (await api.call('GET', '/log')).body.entries;
    expect(log.map(({ name }: any) => name)).toEqual(['merge', 'patch']);
  });

  it('[Q10] return=minimal is answered without a body', async () => {
    const api = new Api(fresh());
    const answer = await api.merge('c1', 1, { a: 1 }, { Prefer: 'return=minimal' });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(answer.headers.get('Location')).toBe(`${api.path}/changes/c1/1`);
    expect(answer.headers.get('Preference-Applied')).toBe('return=minimal');
    expect(positionIn(answer.headers).head).toBe(1);
  });

  it('[Q11] a push that waits is answered with the outcome, and with the state if asked', async () => {
    const api = new Api(fresh());
    const ticket = await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
    expect(ticket.status).toBe(200);
    expect(ticket.body).toEqual({ client: 'c1', n: 1, seq: 1, status: 'applied', version: 1 });
    const state = await api.merge('c1', 2, { b: 2 }, { Prefer: 'wait=5, return=representation' });
    expect(state.body).toEqual({ a: 1, b: 2 });
    expect(state.headers.get('ETag')).toBe((await api.state()).headers.get('ETag'));
    expect(state.headers.get('Content-Location')).toBe(`${api.path}/state`);
    const again = await api.merge('c1', 2, { b: 2 }, { Prefer: 'wait=5' });
    expect(again.body).toMatchObject({ status: 'applied', seq: 2, repeated: true });
    const later = await api.merge('c1', 3, { c: 3 }, { Prefer: 'wait=0' });
    expect(later.status).toBe(202);
  });

  it('[Q12] a precondition is judged when the change is applied, in queue order', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    const etag = (await api.state()).headers.get('ETag') as string;
    const add = (client: string, n: number) => api.push(client, n, 'add', { by: 1 }, { 'If-Match': etag });
    const answers = await Promise.all([add('a', 1), add('b', 1), add('c', 1)]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(await api.drained()).toEqual({ count: 1 });
    const tickets = await Promise.all(['a', 'b', 'c'].map(async (client) => (await api.ticket(client, 1)).body));
    expect(tickets.filter(({ status }) => status === 'applied').length).toBe(1);
    const late = await api.push('a', 2, 'add', { by: 1 }, { 'If-Match': etag, Prefer: 'wait=5' });
    expect([late.status, problemName(late), late.body.version, late.body.seq]).toEqual([
      412,
      'precondition-failed',
      3,
      4,
    ]);
    const current = (await api.state()).headers.get('ETag');
    for (const prefer of ['wait=5', 'precheck, wait=5']) {
      const weak = await api.push('weak', 1, 'add', { by: 1 }, { 'If-Match': `W/${current}`, Prefer: prefer });
      expect([weak.status, problemName(weak)]).toEqual([412, 'precondition-failed']);
      expect(weak.body.detail).toContain('A weak entity tag (W/"…") never matches');
    }
    const again = await api.push(
      'a',
      3,
      'add',
      { by: 1 },
      { 'If-Match': `"x.1", ${(await api.state()).headers.get('ETag')}`, Prefer: 'wait=5' },
    );
    expect(again.body.status).toBe('applied');
    expect((await api.push('a', 4, 'add', { by: 1 }, { 'If-Match': '*', Prefer: 'wait=5' })).body.status).toBe(
      'applied',
    );
    expect((await api.batch('a', 5, [{ name: 'add', args: { by: 1 } }], {}, { 'If-Match': '*' })).status).toBe(400);
    expect(
      (
        await api.batch(
          'a',
          5,
          [{ name: 'add', args: { by: 1 } }],
          { atomic: true },
          { 'If-Match': '"x.9"', Prefer: 'wait=5' },
        )
      ).status,
    ).toBe(412);
  });

  it('[Q13] precheck refuses at the door and takes no n', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    const refused = [
      await api.push('c1', 1, 'add', { by: 'one' }, { Prefer: 'precheck' }),
      await api.push('c1', 1, 'nonsense', {}, { Prefer: 'precheck' }),
      await api.push('c1', 1, 'add', { by: 1 }, { Prefer: 'precheck', 'If-Match': '"x.0"' }),
    ];
    expect(refused.map(problemName)).toEqual(['invalid-args', 'unknown-change', 'precondition-failed']);
    expect(refused.map(({ status }) => status)).toEqual([422, 422, 412]);
    expect((await api.push('c1', 1, 'add', { by: 1 }, { Prefer: 'precheck' })).body.seq).toBe(1);
    const unknown = new Api(fresh());
    expect((await unknown.push('c1', 1, 'nonsense', {}, { Prefer: 'precheck' })).status).toBe(404);
  });

  it('[Q13] a schema that throws at precheck refuses its own push only, and creates nothing', async () => {
    const api = new Api(fresh());
    await api.create('debug');
    // All of them are accepted or refused in one turn.
    const answers = await Promise.all([
      api.push('c1', 1, 'note', { key: 'a', value: 1 }, { Prefer: 'precheck' }),
      api.push('c2', 1, 'schema-throws', {}, { Prefer: 'precheck' }),
      api.push('c3', 1, 'note', { key: 'b', value: 1 }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([202, 422, 202]);
    expect(answers.map(problemName)[1]).toBe('change-failed');
    expect((await api.push('c2', 1, 'note', { key: 'c', value: 1 })).status).toBe(202);
    expect(Object.keys((await api.drained()).entries)).toEqual(['a', 'b', 'c']);
  });

  it('[Q14] a client id belongs to the subject that first used it', async () => {
    const name = fresh();
    const alice = new Api(name);
    const bob = new Api(name, 'bob', { [name]: 'writer' });
    await alice.merge('c1', 1, { a: 1 });
    const taken = await bob.merge('c1', 2, { a: 2 });
    expect([taken.status, problemName(taken)]).toEqual([403, 'client-taken']);
    expect((await bob.merge('c2', 1, { b: 1 })).status).toBe(202);
    const key = { 'Idempotency-Key': 'k' };
    expect((await alice.call('POST', '/changes', { name: 'merge' }, key)).status).toBe(202);
    expect((await bob.call('POST', '/changes', { name: 'merge' }, key)).status).toBe(403);
  });

  it('[Q17] [Q11] who waits is told with each no whether the n was used up', async () => {
    const api = new Api(fresh());
    await api.create('debug');
    const wait = { Prefer: 'wait=5' };
    const rejected = await api.push('c1', 1, 'refuse', {}, wait);
    expect([rejected.status, rejected.body.accepted]).toEqual([422, true]);
    const stale = await api.push('c1', 2, 'note', { key: 'a', value: 1 }, { ...wait, 'If-Match': '"x.1"' });
    expect([stale.status, stale.body.accepted]).toEqual([412, true]);
    const batch = await api.batch('c1', 3, [{ name: 'refuse' }, { name: 'refuse' }], { atomic: true }, wait);
    expect([batch.status, batch.body.accepted]).toEqual([422, true]);
    for (const refused of [
      await api.push('c1', 1, 'note', {}, wait),
      await api.push('c1', 5, 'a name with spaces', {}, wait),
      await api.push('c1', 5, 'note', JSON.parse('{"__proto__":1}'), wait),
      await api.push('c1', 5, 'no-such-change', {}, { Prefer: 'wait=5, precheck' }),
      await api.batch('c1', 5, [], {}, wait),
      await api.call('POST', '/changes', { name: 'a name with spaces' }, wait),
    ]) {
      expect([refused.status, refused.body.accepted]).toEqual([422, false]);
    }
    const free = await api.push('c1', 5, 'note', { key: 'a', value: 1 }, wait);
    expect([free.status, free.body.accepted]).toEqual([200, undefined]);
    expect((await api.push('c1', 1, 'note', {})).body.accepted).toBeUndefined();
  });

  it('[Q18] equal changes with different nonces are two changes; without a nonce they are one', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    const send = (n: number, nonce?: string) =>
      api.call('PUT', `/changes/c1/${n}`, { name: 'add', args: { by: 1 }, ...(nonce === undefined ? {} : { nonce }) });
    expect((await send(1, 'a')).status).toBe(202);
    const check = async (): Promise<void> => {
      for (const same of [await send(1, 'a'), await send(1)]) expect(same.body).toMatchObject({ repeated: true });
      const other = await send(1, 'b');
      expect([other.status, problemName(other), other.body.expected]).toEqual([422, 'id-conflict', 2]);
    };
    await check();
    await evict(api.path);
    await check();
    const batch = (...nonces: string[]) =>
      api.batch(
        'c1',
        2,
        nonces.map((nonce) => ({ name: 'add', args: { by: 1 }, nonce })),
      );
    expect((await batch('c', 'd')).status).toBe(202);
    expect((await batch('c', 'd')).body.receipts).toMatchObject([{ repeated: true }, { repeated: true }]);
    expect(problemName(await batch('c', 'e'))).toBe('id-conflict');
    for (const nonce of ['', 'x'.repeat(33), 'a b', 'a\nb', 'é'])
      expect(problemName(await send(4, nonce))).toBe('invalid-change');
    expect(await api.drained()).toEqual({ count: 3 });
  });
});
