import { afterEach, describe, expect, it, vi } from 'vitest';
import { REVOCATION_MS_MAX } from '../../../../src/protocol/access-limits.ts';
import { BACKUP_STATUS_ASKS_BURST, BACKUPS_PURGE_MS_MAX } from '../../../../src/protocol/backup-limits.ts';
import type { Environment } from '../../../../src/server/http/request/environment.ts';
import { type Answer, bearer, problemsIn } from '../../../support/api.ts';
import { bySecret, OPERATOR_TOKEN } from '../../../support/operators.ts';
import { askIn } from '../../../support/other-environments.ts';

/** A directory whose every method does the same. */
const directory = (method: () => Promise<never>): Environment['DIRECTORY'] =>
  ({
    idFromName: () => undefined,
    getByName: () => new Proxy({}, { get: (_, name) => (name === 'then' ? undefined : method) }),
  }) as never;

const silent = directory(() => new Promise(() => undefined));
const broken = directory(() => Promise.reject(Object.assign(new Error('reset'), { retryable: true })));

afterEach(() => vi.useRealTimers());

/** What is answered once the time of a directory is over. */
const afterItsTime = async (asked: () => Promise<Answer>): Promise<Answer> => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const answer = asked();
  for (let ms = 0; ms <= Math.max(REVOCATION_MS_MAX, BACKUPS_PURGE_MS_MAX); ms += 2_000)
    await vi.advanceTimersByTimeAsync(2_000);
  vi.useRealTimers();
  return answer;
};

describe('[E3] a directory that does not answer', () => {
  const routes: [string, string, 'owner' | 'operator' | 'nobody'][] = [
    ['GET', '/v1/apps/alice', 'owner'],
    ['GET', '/v1/shared', 'owner'],
    ['POST', '/v1/subjects/alice/revoke', 'owner'],
    ['GET', '/v1/subjects/alice/audit', 'owner'],
    ['GET', '/v1/apps', 'operator'],
    ['GET', '/v1/audit', 'operator'],
    ['GET', '/metrics', 'operator'],
    ['GET', '/v1/backups', 'operator'],
    ['POST', '/v1/backups', 'operator'],
    ['GET', '/v1/backups/1', 'operator'],
    ['POST', '/v1/backup-verification', 'operator'],
    ['GET', '/v1/backup-status', 'operator'],
    ['GET', '/healthz?backup', 'nobody'],
    ['POST', '/v1/apps/alice/purged/purge', 'owner'],
  ];
  it.each(routes)('%s %s is 503 unavailable, also when the directory is silent', async (method, path, sender) => {
    const headers = sender === 'nobody' ? {} : sender === 'operator' ? bySecret : await bearer('alice');
    const ask = (DIRECTORY: Environment['DIRECTORY']) =>
      askIn({ DIRECTORY, OPERATOR_TOKEN }, path, { method, headers });
    for (const answer of [await ask(broken), await afterItsTime(() => ask(silent))]) {
      expect(problemsIn(answer, 503, 'unavailable')).toEqual([]);
      expect(answer.text).not.toContain('reset');
    }
  });
});

describe('[K4] the health of backups', () => {
  it('asks its object so often at most, whoever asks, and answers in between with what it heard', async () => {
    let asked = 0;
    const counting = directory((async () => {
      asked += 1;
      return { coveredAt: Date.now(), since: 0, isRunning: false, failures: 0 };
    }) as never);
    const ask = (DIRECTORY: Environment['DIRECTORY']) => askIn({ DIRECTORY }, '/healthz?backup');
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 60_000);
    for (let i = 0; i < 100; i += 1) expect((await ask(counting)).status).toBe(200);
    expect(asked).toBe(BACKUP_STATUS_ASKS_BURST);
    vi.setSystemTime(Date.now() + 1_000);
    expect([(await ask(broken)).status, (await ask(broken)).status]).toEqual([503, 200]);
    vi.setSystemTime(Date.now() + 60_000);
    for (let i = 0; i < BACKUP_STATUS_ASKS_BURST; i += 1) await ask(broken);
    expect(problemsIn(await ask(broken), 429, 'rate-limited')).toEqual([]);
  });
});
