import { afterEach, describe, expect, it, vi } from 'vitest';
import { REVOCATION_MS_MAX } from '../../../../src/protocol/access-limits.ts';
import { BACKUPS_PURGE_MS_MAX } from '../../../../src/protocol/backup-limits.ts';
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
