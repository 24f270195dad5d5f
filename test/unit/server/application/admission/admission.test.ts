import { describe, expect, it, vi } from 'vitest';
import { DIRECTORY_MS_MAX } from '../../../../../src/protocol/access-limits.ts';
import { Admission } from '../../../../../src/server/application/admission/admission.ts';
import { nextEpoch } from '../../../../../src/server/application/state/creation.ts';
import type { Database } from '../../../../../src/server/application/storage/database.ts';
import { PATIENT } from '../../../../support/patience.ts';

/** A database in which the application exists, and that forgets what is stored. */
const database = {
  first: (statement: string, name?: string) =>
    statement.includes('sqlite_master') && name === 'application' ? { 1: 1 } : undefined,
  run: () => undefined,
  transact: (write: () => unknown) => write(),
} as unknown as Database;

const readers = { endRevoked: () => undefined, endStrangers: () => undefined, identities: () => [] };

const admissionWith = (ask: () => Promise<number>): Admission =>
  new Admission({ database, name: () => 'alice/app', readers, ask, askOnly: ask });

const seconds = Math.floor(Date.now() / 1_000);
const token = (issuedAt: number, role = 'reader'): string => `${role} ${issuedAt} ${seconds + 600}`;

describe('admission', () => {
  it('[A13] a revocation that is told before the older answer of the directory counts', async () => {
    const question = Promise.withResolvers<number>();
    const admission = admissionWith(() => question.promise);
    const checks = [admission.check('bob', token(50)), admission.check('bob', token(150))];
    admission.revoke('bob', 100);
    question.resolve(0);
    const [old, fresh] = await Promise.all(checks);
    expect(old).toMatchObject({ name: 'unauthorized' });
    expect(fresh).toBe(undefined);
  });

  it('[A12] asks once for many requests at once, and not again for another token', async () => {
    const ask = vi.fn(async () => 0);
    const admission = admissionWith(ask);
    await Promise.all(Array.from({ length: 20 }, (_, n) => admission.check('bob', token(n))));
    expect(admission.check('bob', token(19))).toBe(undefined);
    expect(await admission.check('bob', token(20))).toBe(undefined);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('[A12] a subject without a directory that answers is refused for now, and asked for again', async () => {
    const ask = vi.fn<() => Promise<number>>().mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce(0);
    const admission = admissionWith(ask);
    expect(await admission.check('bob', token(1))).toMatchObject({ name: 'unavailable', retryAfter: 1 });
    expect(await admission.check('bob', token(1))).toBe(undefined);
  });

  it('[A12] a silent directory refuses, too, and holds nobody for long', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const checked = admissionWith(() => new Promise(() => undefined)).check('bob', token(1));
    await vi.advanceTimersByTimeAsync(DIRECTORY_MS_MAX);
    vi.useRealTimers();
    expect(await checked).toMatchObject({ name: 'unavailable' });
  });

  it('[A13] asks for the sockets that were open before the application, each once, and ends those that are revoked', async () => {
    const known = (subject: string, issuedAt: number) =>
      ({ kind: 'known', subject, role: 'reader', issuedAt, expires: seconds + 600 }) as const;
    const endRevoked = vi.fn();
    const ask = vi.fn(async (subject: string) => (subject === 'eve' ? 100 : 0));
    const visitors = { ...readers, endRevoked, identities: () => [known('bob', 50), known('eve', 50)] };
    const admission = new Admission({ database, name: () => 'alice/app', readers: visitors, ask, askOnly: ask });
    const begunAt = (time: number) => ({ row: { epoch: nextEpoch('00000000', time) } });
    const now = begunAt(Date.now() + 1_000);
    admission.onCommit(begunAt(1));
    await new Promise((resolve) => setTimeout(resolve));
    expect(ask).not.toHaveBeenCalled();
    for (let commits = 0; commits < 2; commits += 1) admission.onCommit(now);
    await vi.waitFor(() => expect(endRevoked).toHaveBeenCalledWith('eve', Number.POSITIVE_INFINITY), PATIENT);
    expect([ask.mock.calls.map(([subject]) => subject), endRevoked.mock.calls.length]).toEqual([['bob', 'eve'], 1]);
  });

  it('[A14] two roles in turn do not tell the directory with each request', async () => {
    const ask = vi.fn(async () => 0);
    const admission = admissionWith(ask);
    for (let n = 0; n < 10; n += 1) await admission.check('bob', token(n, n % 2 === 0 ? 'reader' : 'writer'));
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('[A12] a socket is told of revocations until its token expires', async () => {
    const uses: number[] = [];
    const admission = new Admission({
      database,
      name: () => 'alice/app',
      readers,
      ask: async (_, { until }) => {
        uses.push(until);
        return 0;
      },
      askOnly: async () => 0,
    });
    const long = `reader 1 ${seconds + 30 * 86_400}`;
    await admission.check('bob', long);
    await admission.check('bob', long, 'socket');
    await admission.check('bob', long, 'socket');
    expect(uses.map((until) => until >= (seconds + 30 * 86_400) * 1_000)).toEqual([false, true]);
  });

  it('[S13] the generation changes with each revocation', () => {
    const admission = admissionWith(async () => 0);
    const before = admission.generation;
    admission.revoke('bob', 1);
    expect(admission.generation).not.toBe(before);
  });
});
