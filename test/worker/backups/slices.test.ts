import { describe, expect, it } from 'vitest';
import type { Bucket } from '../../../src/server/backups/bucket-store.ts';
import { bucket, goOff, jobFor, nameOf, owned, runAll } from '../../support/backup-jobs.ts';

const DAY_MS = 86_400_000;

/** The bucket, with some of its methods replaced. */
const bucketWith = (changed: Partial<Bucket>): Bucket => ({
  createMultipartUpload: (key) => bucket.createMultipartUpload(key),
  get: ((key: string) => bucket.get(key)) as Bucket['get'],
  put: ((key: string, value: Uint8Array) => bucket.put(key, value)) as Bucket['put'],
  delete: (names) => bucket.delete(names),
  ...changed,
});

/** An application whose export calls `during` before it is answered. */
const exporting = (during: () => Promise<unknown>, isFound = true) => ({
  application: () => ({
    exportBackup: async () => {
      await during();
      if (!isFound) return { kind: 'refused', problem: { name: 'unknown-application', detail: '' } };
      const stream = new Blob([`{}\n{"end":{"lines":1,"sha256":"${'0'.repeat(64)}"}}\n`]).stream();
      return { kind: 'stream', stream, position: { epoch: 'e', version: 1 } };
    },
  }),
});

describe('a slice of backups', () => {
  it('[K2] [K6] goes on at once with what was asked for while the last one of a run was made', async () => {
    const owner = 'asked-meanwhile';
    const run = jobFor(owner);
    const listed = { applications: async () => [{ app: 'list', epoch: 'e', version: 1, kind: 'document' }] };
    let verify = async (): Promise<unknown> => undefined;
    await run({ BACKUP_EVERY_HOURS: '24', ...listed, ...exporting(() => verify()) } as never, async (job) => {
      verify = () => job.verify(undefined);
      await job.start();
      expect(await goOff(job)).toBeLessThan(1_000);
      expect(await job.status()).toMatchObject({ run: null, lastRun: { made: 1 }, verification: { isRunning: true } });
      for (let slices = 0; slices < 2; slices += 1) await goOff(job);
      expect(await job.status()).toMatchObject({ verification: { isRunning: false, whole: 1 } });
      expect(await goOff(job)).toBeGreaterThan(DAY_MS / 2);
    });
  });

  it('[K2] [L17] leaves the next run its alarm when a purge ends after it', async () => {
    const owner = 'purged-meanwhile';
    const run = jobFor(owner);
    const [api] = await owned(owner);
    await run({}, (job) => runAll(job));
    const removing = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const slow = bucketWith({
      delete: async (names) => {
        removing.resolve();
        await end.promise;
        return bucket.delete(names);
      },
    });
    await run({ BACKUPS: slow, BACKUP_EVERY_HOURS: '24', applications: async () => [] } as never, async (job) => {
      await job.parts.storage.deleteAlarm();
      const purging = job.purge(nameOf(api as never));
      await removing.promise;
      end.resolve();
      expect(await goOff(job)).toBeGreaterThan(0);
      await purging;
      expect(await job.parts.storage.getAlarm()).toEqual(expect.any(Number));
    });
  });

  it('[K2] makes backups, too, while there is something that cannot be removed, and tries that again', async () => {
    const owner = 'unremovable';
    const run = jobFor(owner);
    await owned(owner);
    const stuck = bucketWith({ delete: async () => Promise.reject(new Error('injected: read-only')) });
    await run({ BACKUPS: stuck, BACKUP_EVERY_HOURS: '24' }, async (job) => {
      job.catalog.write([`${owner}/gone/1.ndjson`]);
      await job.start();
      expect(await goOff(job)).toBeLessThanOrEqual(60_000);
      expect(await job.status()).toMatchObject({ lastRun: { made: 1, failed: 0 } });
    });
    await run({ BACKUP_EVERY_HOURS: '24' }, async (job) => {
      expect(await goOff(job)).toBeGreaterThan(DAY_MS / 2);
      expect(job.catalog.garbage(9)).toEqual([]);
    });
  });

  it('[K2] waits a while where the store takes nothing, instead of asking every application at once', async () => {
    const run = jobFor('outage');
    const full = bucketWith({ put: async () => Promise.reject(new Error('injected: full')) });
    const listed = async (_: string, after: string) =>
      Array.from({ length: 20 }, (_unused, i) => ({
        app: `a${10 + i}`,
        epoch: 'e',
        version: 1,
        kind: 'document',
      })).filter(({ app }) => app > after);
    const settings = { BACKUPS: full, applications: listed, ...exporting(async () => undefined) };
    await run(settings as never, async (job) => {
      await job.start();
      expect(await goOff(job)).toBeGreaterThan(30_000);
      expect(await job.status()).toMatchObject({ run: { made: 0, failed: 8 } });
    });
    await run({ ...settings, BACKUPS: bucket } as never, async (job) => {
      expect(await goOff(job)).toBeLessThan(1_000);
      expect(await job.status()).toMatchObject({ run: { made: 8, failed: 8 } });
    });
  });

  it('[L17] a purge counts from the moment at which the application is asked for its export', async () => {
    const owner = 'purged-early';
    const run = jobFor(owner);
    const listed = { applications: async () => [{ app: 'list', epoch: 'e', version: 1, kind: 'document' }] };
    let purge = async (): Promise<unknown> => undefined;
    await run({ ...listed, ...exporting(() => purge()) } as never, async (job) => {
      purge = () => job.purge(`${owner}/list`);
      await job.start();
      await goOff(job);
      expect(job.catalog.of(`${owner}/list`)).toEqual([]);
    });
  });

  it('[K3] keeps the backup that was made last when the clock was put back', async () => {
    const owner = 'back';
    const run = jobFor(owner);
    const noon = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS / 2;
    const made = (hours: number, version: number) => ({
      ...{ now: () => noon + hours * 3_600_000, BACKUP_KEEP: 'daily 2' },
      applications: async () => [{ app: 'list', epoch: 'e', version, kind: 'document' }],
      application: () => ({
        exportBackup: async () => ({
          ...{ kind: 'stream', position: { epoch: 'e', version } },
          stream: new Blob([`${version}\n{"end":{"lines":1,"sha256":"${'0'.repeat(64)}"}}\n`]).stream(),
        }),
      }),
    });
    await run(made(1, 1) as never, (job) => runAll(job));
    // An hour was too much.
    await run(made(0, 2) as never, async (job) => {
      await runAll(job);
      expect(job.catalog.of(`${owner}/list`).map(({ version }) => version)).toEqual([2]);
      await runAll(job);
      expect(await job.status()).toMatchObject({ lastRun: { made: 0, unchanged: 1 } });
    });
  });

  it('[K3] asks after every application whose backups are old, however many of those before it exist', async () => {
    const owner = 'crowded';
    const run = jobFor(owner);
    const names = Array.from({ length: 25 }, (_, i) => `app-${10 + i}`);
    const deleted = ['app-30', 'app-34'];
    const asked: number[] = [];
    let remaining = names;
    const applications = async (_: string, after: string, limit: number) => {
      asked.push(limit);
      const listed = remaining.filter((app) => app > after).slice(0, limit);
      return listed.map((app) => ({ app, epoch: 'e', version: 1, kind: 'document' }));
    };
    const settings = { applications, ...exporting(async () => undefined), BACKUP_KEEP: 'daily 1' };
    await run(settings as never, (job) => runAll(job));
    remaining = names.filter((app) => !deleted.includes(app));
    await run({ ...settings, now: () => Date.now() + 9 * DAY_MS } as never, async (job) => {
      for (let runs = 0; runs < 3; runs += 1) await runAll(job);
      const left = names.filter((app) => job.catalog.newest(`${owner}/${app}`) !== undefined);
      expect(left).toEqual(remaining);
      asked.length = 0;
      await runAll(job);
      // One page of the list, and one line for each question.
      expect(asked.filter((limit) => limit > 1).length).toBeLessThanOrEqual(2);
    });
  });
});
