import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { type Answer, bearer, changedDocument, problemName, problemsIn } from '../../../support/api.ts';
import { askIn } from '../../../support/other-environments.ts';
import { JSON_BODY, MERGE } from '../../../support/request-bodies.ts';

const { SMALL_RATE_LIMIT } = env as unknown as { SMALL_RATE_LIMIT: RateLimit };

describe('the rate limit binding', () => {
  it('[A9] stops one subject, with Retry-After, and no other', async () => {
    const { path } = await changedDocument();
    const ask = async (subject: string) =>
      askIn({ RATE_LIMIT: SMALL_RATE_LIMIT }, `${path}/state`, { headers: await bearer(subject) });
    const answers: Answer[] = [];
    // A new period may start during the test: then another round is needed.
    while (answers.at(-1)?.status !== 429) {
      expect(answers.length).toBeLessThan(20);
      answers.push(await ask('eager'));
    }
    expect(answers.length).toBeGreaterThan(1);
    const refused = answers.at(-1) as Answer;
    expect([problemName(refused), refused.headers.get('Retry-After')]).toEqual(['rate-limited', '10']);
    expect((await ask('calm')).status).toBe(404);
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
