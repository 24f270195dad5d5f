import { afterEach, describe, expect, it, vi } from 'vitest';
import type { KeptBackup } from '../../../src/protocol/backup-answers.ts';
import type { BackupJob } from '../../../src/server/backups/backup-job.ts';
import { BACKUPS_NAME } from '../../../src/server/rpc/backups.ts';
import { type Api, bearer, problemName, request } from '../../support/api.ts';
import { bucket, failingBucket, goOff, jobFor, nameOf, owned, runAll } from '../../support/backup-jobs.ts';
import { askOperated, audited, bySecret } from '../../support/operators.ts';
import { configured } from '../../support/other-environments.ts';
import { until } from '../../support/wait.ts';

const DAY_MS = 86_400_000;

afterEach(() => {
  vi.restoreAllMocks();
});

const listed = (job: BackupJob): readonly KeptBackup[] => job.catalog.page(undefined, 0, 100).entries;

/** Verifies in slices, as alarms do. */
const verifyAll = async (job: BackupJob, application?: string) => {
  await job.verify(application);
  for (let slices = 0; slices < 20; slices += 1) {
    await job.onAlarm();
    const status = await job.status();
    if ('name' in status) throw new Error(status.detail);
    if (status.verification?.isRunning === false) return status;
  }
  throw new Error('the verification does not end');
};

describe('a verification', () => {
  it('[K6] finds what was changed or lost, and the next run mends it although nothing has changed', async () => {
    const owner = 'mended';
    const run = jobFor(owner);
    await owned(owner, 10);
    await run({}, async (job) => {
      await runAll(job);
      const [changed, lost, unsaid, other] = listed(job) as [KeptBackup, KeptBackup, KeptBackup, KeptBackup];
      expect(await verifyAll(job)).toMatchObject({
        coveredAt: expect.any(Number),
        verification: { whole: 10, broken: 0, missing: 0 },
      });
      await runAll(job);
      expect(await job.status()).toMatchObject({ lastRun: { made: 0, unchanged: 10, failed: 0 } });
      await bucket.put(changed.key, (await (await bucket.get(changed.key))?.text())?.replace('text', 'test') ?? '');
      await bucket.delete(lost.key);
      await bucket.delete(`${unsaid.key}.json`);
      await bucket.put(`${other.key}.json`, '{}');
      const found = await verifyAll(job);
      // No backup that can be read has their changes [K4].
      expect(found).toMatchObject({ verification: { whole: 6, broken: 3, missing: 1 }, coveredAt: null });
      expect(
        listed(job)
          .map(({ finding }) => finding?.charAt(0))
          .join(''),
      ).toBe('bmbbwwwwww');
      await runAll(job);
      expect(await job.status()).toMatchObject({
        ...{ lastRun: { made: 4, unchanged: 6, failed: 0 }, coveredAt: expect.any(Number) },
      });
      await runAll(job);
      expect(await job.status()).toMatchObject({ lastRun: { made: 0, unchanged: 10, failed: 0 } });
      expect(new Set(listed(job).map(({ application }) => application)).size).toBe(10);
    });
  });

  it("[K3] [K6] one that cannot be read takes no whole one's place, and goes a week after that was found", async () => {
    const owner = 'unread';
    const run = jobFor(owner);
    const [api] = (await owned(owner)) as [Api];
    const start = Date.now();
    const withUnreadable = { get: () => Promise.reject(new Error('injected: no answer')) };
    const onDay = (days: number, work: (job: BackupJob) => Promise<void>, place = {}) =>
      run(
        {
          now: () => start + days * DAY_MS,
          BACKUP_KEEP: 'daily 2',
          BACKUPS: { ...failingBucket(99, 'before'), ...place },
        },
        work,
      );
    await onDay(0, runAll);
    await onDay(
      20,
      async (job) => {
        await verifyAll(job, nameOf(api));
        expect(listed(job)).toMatchObject([{ finding: 'broken' }]);
        // No other can be made: this one stays, whatever its age.
        await runAll(job);
      },
      withUnreadable,
    );
    await onDay(30, async (job) => {
      expect(listed(job)).toMatchObject([{ finding: 'broken' }]);
      await verifyAll(job);
      expect(listed(job)).toMatchObject([{ finding: 'whole' }]);
      await runAll(job);
      expect(await job.status()).toMatchObject({ lastRun: { made: 0, unchanged: 1 } });
      await bucket.delete(listed(job).map(({ key }) => key));
      await verifyAll(job);
      await runAll(job);
    });
    for (const [days, left] of [
      [31, ['missing', 'whole']],
      [38, ['whole']],
    ] as const)
      await onDay(days, async (job) => {
        await runAll(job);
        await verifyAll(job);
        expect(listed(job).map(({ finding }) => finding)).toEqual(left);
      });
  });

  it('[K6] a place that does not answer for a moment does not make a backup count as broken', async () => {
    const owner = 'outage';
    const run = jobFor(owner);
    await owned(owner);
    await run({}, runAll);
    await run({ BACKUPS: failingBucket(1, 'before') }, async (job) => {
      expect(await verifyAll(job)).toMatchObject({ verification: { whole: 1, broken: 0 } });
    });
  });

  it('[K4] [K6] what it finds behind a run that goes on is not covered by the end of that run', async () => {
    const owner = 'meanwhile';
    const run = jobFor(owner);
    await owned(owner, 9);
    await run({}, async (job) => {
      await job.start();
      await job.onAlarm();
      await bucket.delete((listed(job)[0] as KeptBackup).key);
      await verifyAll(job);
      await runAll(job);
      expect(await job.status()).toMatchObject({ lastRun: { made: 9, failed: 0 }, coveredAt: null });
      await new Promise((resolve) => setTimeout(resolve, 2));
      await runAll(job);
      expect(await job.status()).toMatchObject({ lastRun: { made: 1 }, coveredAt: expect.any(Number) });
    });
  });

  it('[K6] a second one of others makes it one of all, so that both find what they ask for', async () => {
    const owner = 'both';
    const run = jobFor(owner);
    const [first, second] = (await owned(owner, 2)).map(nameOf);
    await run({}, async (job) => {
      await runAll(job);
      await job.verify(first);
      await job.verify(first);
      expect(await job.status()).toMatchObject({ verification: { application: first, isRunning: true } });
      const both = await verifyAll(job, second);
      expect('verification' in both && both.verification).toMatchObject({ whole: 2 });
      expect(both).not.toHaveProperty('verification.application');
    });
  });
});

describe('a run', () => {
  it('[K2] tells in its log line how many were made, unchanged and failed', async () => {
    const owner = 'counted';
    const [broken] = (await owned(owner, 3)).map(nameOf);
    const lines = vi.spyOn(console, 'info').mockImplementation(() => undefined);
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const run = jobFor(owner);
    const application = (name: string) => ({
      exportBackup: () => {
        if (name === broken) throw new Error('injected: overloaded');
        return (configured.APPLICATION.getByName(name) as any).exportBackup();
      },
    });
    await run({ application: application as never }, runAll);
    await run({}, runAll);
    const told = lines.mock.calls.map(([line]) => JSON.parse(String(line)));
    expect(told.filter(({ message }) => message === 'backups were made')).toMatchObject([
      { made: 2, unchanged: 0, failed: 1 },
      { made: 1, unchanged: 2, failed: 0 },
    ]);
  });

  it('[K2] is due by the hours of now: a changed number counts at once', async () => {
    const run = jobFor('nobody-at-all');
    let alarm: number | null = null;
    const HOUR_MS = 3_600_000;
    const withHours = (hours: string, work: (job: BackupJob) => Promise<unknown>) =>
      run({ BACKUP_EVERY_HOURS: hours, now: () => 10 * HOUR_MS }, async (job) => {
        Object.assign(job.parts.storage, {
          setAlarm: async (time: number) => {
            alarm = time;
          },
          deleteAlarm: async () => {
            alarm = null;
          },
          getAlarm: async () => alarm,
        });
        await work(job);
      });
    await withHours('24', async (job) => {
      await runAll(job);
      expect(alarm).toBe(34 * HOUR_MS);
    });
    await withHours('6', async (job) => {
      await job.status();
      expect(alarm).toBe(16 * HOUR_MS);
    });
    // It goes off, finds that nothing is due, and waits.
    await withHours('48', async (job) => {
      await goOff(job);
      expect([alarm, (await job.status()) as object]).toMatchObject([58 * HOUR_MS, { run: null }]);
    });
  });
});

describe('a verification over HTTP', () => {
  it('[K6] [A11] is for operators, and is one act in the audit log, however many backups it reads', async () => {
    await owned('verified', 2);
    const ask = (path: string, method = 'POST') => askOperated(path, { headers: bySecret, method });
    const started = await ask('/v1/backups');
    expect([started.status, Object.keys(started.body)]).toEqual([202, ['run', 'lastRun', 'verification']]);
    await until(async () => (await ask('/v1/backup-status', 'GET')).body.run === null);
    const before = (await audited()).length;
    const begun = await ask('/v1/backup-verification');
    expect([begun.status, begun.body.verification.startedAt]).toEqual([202, expect.any(Number)]);
    await until(async () => !(await ask('/v1/backup-status', 'GET')).body.verification.isRunning);
    const { body } = await ask('/v1/backups', 'GET');
    expect(body.entries.length).toBeGreaterThan(1);
    for (const { finding, verifiedAt } of body.entries)
      expect([finding, verifiedAt >= begun.body.verification.startedAt]).toEqual(['whole', true]);
    expect((await audited()).slice(before).map(({ what }) => what)).toEqual(['verify-backups']);
    for (const [method, path] of [
      ['GET', '/v1/backup-status'],
      ['POST', '/v1/backup-verification'],
    ])
      expect((await request(path ?? '', { method: method ?? '', headers: await bearer('alice') })).status).toBe(403);
    expect(problemName(await ask('/v1/backup-verification?application=x'))).toBe('invalid-query');
    await until(async () => {
      const status = await configured.DIRECTORY.getByName(BACKUPS_NAME).backupStatus();
      return 'isRunning' in status && !status.isRunning;
    });
  });
});
