import { describe, expect, it } from 'vitest';
import { Api, bearer, changedDocument, fresh, problemName, problemsIn } from '../../../support/api.ts';
import { askIn } from '../../../support/other-environments.ts';
import { JSON_BODY, MERGE } from '../../../support/request-bodies.ts';

/** As in wrangler.toml. */
const LIMIT = 2_000;

describe('the rate limit binding', () => {
  it('[A9] stops one subject, with Retry-After, and no other', async () => {
    const eager = new Api(fresh('eager'));
    await eager.create('document');
    const statuses = new Map<number, number>();
    // A wrong query costs the least, so that a slow machine, too, sends enough within one period of ten seconds. A new
    // period may start during the test: then another round is needed.
    for (let sent = 0; sent < 3 * LIMIT && !statuses.has(429); sent += 100) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => eager.state({}, '?at=never')));
      for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses.keys()].sort()).toEqual([400, 429]);
    const refused = await eager.state();
    expect([problemName(refused), refused.headers.get('Retry-After')]).toEqual(['rate-limited', '10']);
    expect((await new Api(fresh('calm')).create('document')).status).toBe(201);
  });
});

describe('[A9] a limit that says no', () => {
  const limiter = (): { keys: string[]; RATE_LIMIT: RateLimit } => {
    const keys: string[] = [];
    const limit = async ({ key }: { key: string }): Promise<{ success: boolean }> => {
      keys.push(key);
      return { success: false };
    };
    return { keys, RATE_LIMIT: { limit } as unknown as RateLimit };
  };

  it('nothing is done, and the answer says when to come back', async () => {
    const api = await changedDocument();
    const { keys, RATE_LIMIT } = limiter();
    const address = { 'CF-Connecting-IP': '192.0.2.1' };
    const init = { method: 'PUT', body: MERGE, headers: { ...(await bearer('alice')), ...JSON_BODY, ...address } };
    const answers = [
      await askIn({ RATE_LIMIT }, `${api.path}/changes/c1/2`, init),
      await askIn({ RATE_LIMIT }, `${api.path}/state`, { headers: { ...address, Authorization: 'Bearer a.b.c' } }),
      await askIn({ RATE_LIMIT }, `${api.path}/state`),
    ];
    for (const answer of answers) {
      expect(problemsIn(answer, 429, 'rate-limited')).toEqual([]);
      expect(answer.headers.get('Retry-After')).toBe(String(answer.body.retryAfter));
    }
    expect(keys).toEqual(['subject:alice', 'address:192.0.2.1', 'address:unknown']);
    expect((await api.merge('c1', 2, { right: true })).body.seq).toBe(2);
    expect(await api.drained()).toEqual({ a: 1, right: true });
  });

  it('a subject cannot be counted under another name', async () => {
    const { keys, RATE_LIMIT } = limiter();
    for (const subject of ['alice', 'bob'])
      await askIn({ RATE_LIMIT }, '/v1/apps/alice/x', { headers: await bearer(subject) });
    expect(keys).toEqual(['subject:alice', 'subject:bob']);
  });
});
