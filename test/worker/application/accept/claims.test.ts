import { describe, expect, it } from 'vitest';
import { CLAIMS_BYTES_MAX } from '../../../../src/protocol/limits.ts';
import { Api, fresh, problemName, sign } from '../../../support/api.ts';
import { connect } from '../../../support/live.ts';
import { evict } from '../../../support/objects.ts';

const PRO = { plan: 'pro', teams: ['red', { id: 7 }], secret: 'not listed' };
const SEEN = { plan: 'pro', teams: ['red', { id: 7 }] };
const NOW = { Prefer: 'wait=5' };

const created = async (claims: object = PRO): Promise<Api> => {
  const api = new Api(fresh(), 'alice', {}, { ...claims });
  await api.create('visits');
  return api;
};

const nameOf = (api: Api): string => api.path.replace('/v1/apps/', '');
const others = (api: Api, subject: string, claims: object, role = 'writer'): Api =>
  new Api(nameOf(api), subject, { [nameOf(api)]: role }, { ...claims });
const visit = (api: Api, client: string, n: number, headers = {}) =>
  api.push(client, n, 'visit', { key: client + n }, headers);
const seenIn = async (api: Api): Promise<any> => (await api.drained()).seen;

/** Everything that the application has stored of accepted changes. */
const storedText = async (api: Api): Promise<string> => (await api.call('GET', '/export')).text;

describe('reducers see the role and the listed claims of the sender', () => {
  it('[D14] of a PUT, a POST without client and a batch; claims that no kind lists are not stored', async () => {
    const api = await created();
    await visit(api, 'c1', 1, NOW);
    await api.batch(
      'c2',
      1,
      [1, 2].map((each) => ({ name: 'visit', args: { key: `b${each}` } })),
      { atomic: true },
    );
    await api.call('POST', '/changes', { name: 'visit', args: { key: 'post' } });
    await visit(others(api, 'bob', {}), 'c3', 1);
    await visit(others(api, 'eve', { plan: null }, 'admin'), 'c4', 1);
    const admin = { role: 'admin', claims: SEEN };
    expect(await seenIn(api)).toEqual({
      c11: admin,
      b1: admin,
      b2: admin,
      post: admin,
      c31: { role: 'writer', claims: {} },
      c41: { role: 'admin', claims: { plan: null } },
    });
    expect(await storedText(api)).not.toContain('not listed');
  });

  it('[D14] as they were when the change was accepted, also after the object has begun anew', async () => {
    const api = await created();
    await visit(api, 'c1', 1);
    await visit(others(api, 'bob', { plan: 'team' }), 'c2', 1);
    await evict(api.path);
    expect(await seenIn(api)).toEqual({
      c11: { role: 'admin', claims: SEEN },
      c21: { role: 'writer', claims: { plan: 'team' } },
    });
  });

  it('[D14] of each push of one client in one row: another token has other claims', async () => {
    const api = await created();
    const plans = ['pro', 'pro', 'team', 'pro'];
    for (const [index, plan] of plans.entries())
      await visit(new Api(nameOf(api), 'alice', {}, { plan }), 'c', index + 1);
    await Promise.all(
      [5, 6, 7].map((n) => visit(new Api(nameOf(api), 'alice', {}, n === 6 ? { plan: 'six' } : {}), `d${n}`, 1)),
    );
    await evict(api.path);
    const seen = await seenIn(api);
    expect(['c1', 'c2', 'c3', 'c4'].map((key) => seen[key].claims.plan)).toEqual(plans);
    expect([seen.d51.claims, seen.d61.claims, seen.d71.claims]).toEqual([{}, { plan: 'six' }, {}]);
  });

  it('[D14] [Q4] a repeat with other claims is the same change, with those it was accepted with', async () => {
    const api = await created();
    await visit(api, 'c1', 1);
    const repeated = await visit(new Api(nameOf(api), 'alice', {}, { plan: 'other' }), 'c1', 1);
    expect([repeated.status, repeated.body]).toMatchObject([202, { seq: 1, repeated: true }]);
    expect((await seenIn(api)).c11.claims).toEqual(SEEN);
  });

  it('[D14] [O4] of a retry they are those of the rejected change, whoever retries it', async () => {
    const api = await created();
    await visit(others(api, 'bob', { plan: 'free' }), 'c1', 1, NOW);
    await api.call('POST', '/rejections/1/retry');
    await api.drained();
    const { rejections } = (await api.call('GET', '/rejections')).body;
    expect(rejections).toMatchObject([{ seq: 1, status: 'rejected', problem: { reason: 'not-paid', seq: 2 } }]);
  });

  it('[D14] [L6] of an exported and imported queue, rejection and log', async () => {
    const api = await created();
    await visit(others(api, 'bob', { plan: 'free' }), 'c1', 1, NOW);
    await visit(api, 'c2', 1);
    const backup = (await api.call('GET', '/export')).text;
    const copy = new Api(fresh(), 'alice');
    const imported = await copy.call('PUT', '/import', backup, { 'Content-Type': 'application/x-ndjson' });
    expect(imported.status, imported.text).toBe(200);
    expect(await seenIn(copy)).toEqual({ c21: { role: 'admin', claims: SEEN } });
    await copy.call('POST', '/rejections/1/retry');
    await copy.drained();
    expect((await copy.call('GET', '/rejections')).body.rejections).toMatchObject([
      { problem: { reason: 'not-paid' } },
    ]);
  });

  it('[D14] [W12] of a socket they are those of its newest token', async () => {
    const api = await created();
    const path = nameOf(api);
    const line = await connect(path, { subject: 'alice' });
    const push = async (n: number): Promise<void> => {
      line.send({ type: 'push', client: 's', n, name: 'visit', args: { key: `s${n}` } });
      await line.next('receipts', 'outcomes');
    };
    await push(1);
    line.send({ type: 'auth', token: await sign({ ...PRO, sub: 'alice' }) });
    await line.next('authorized');
    await push(2);
    expect(await seenIn(api)).toEqual({ s1: { role: 'admin', claims: {} }, s2: { role: 'admin', claims: SEEN } });
  });
});

describe('claims that nobody may have', () => {
  it.each([
    ['as large as allowed', 'x'.repeat(CLAIMS_BYTES_MAX - '{"plan":""}'.length), 202],
    ['too large', 'x'.repeat(CLAIMS_BYTES_MAX - '{"plan":""}'.length + 1), 401],
    ['too large in bytes', 'ä'.repeat(CLAIMS_BYTES_MAX / 2), 401],
    ['with a key that no state may have', JSON.parse('{"__proto__":1}'), 401],
  ])('[D14] a token whose listed claims are %s', async (_, plan, status) => {
    const api = await created({});
    const answer = await visit(new Api(nameOf(api), 'alice', {}, { plan }), 'c1', 1);
    expect(answer.status, answer.text).toBe(status);
    if (status === 401) {
      expect(problemName(answer)).toBe('unauthorized');
      expect(answer.body.detail).toContain('claims plan');
    }
  });

  it('[D14] a definition that lists none stores nothing of a writer', async () => {
    const api = new Api(fresh(), 'alice', {}, PRO);
    await api.create('debug');
    await others(api, 'bob', PRO).push('c1', 1, 'note', { key: 'a', value: 1 }, NOW);
    const text = await storedText(api);
    expect(text).toContain('bob');
    expect(text).not.toMatch(/role|claims|"pro"/);
  });
});
