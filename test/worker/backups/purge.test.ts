import { describe, expect, it } from 'vitest';
import type { Bucket } from '../../../src/server/backups/bucket-store.ts';
import { Api, fresh } from '../../support/api.ts';
import { bucket, failingBucket, keys, runAll, withJob } from '../../support/backup-jobs.ts';
import { askOperated, bySecret } from '../../support/operators.ts';
import { configured } from '../../support/other-environments.ts';
import { until } from '../../support/wait.ts';

const nameOf = (api: Api): string => api.path.replace('/v1/apps/', '');

const keysOf = async (api: Api): Promise<string[]> => (await keys()).filter((key) => key.startsWith(`${nameOf(api)}/`));

/** Two applications of an owner, and how to work with a job that knows these alone. */
const owned = async (owner: string) => {
  const apis = [new Api(fresh(owner)), new Api(fresh(owner))] as const;
  for (const api of apis) {
    await api.create('document');
    await api.merge('c1', 1, { text: 'personal' }, { Prefer: 'wait=5' });
  }
  const owners = async (after: string) => (after < owner ? [{ owner }] : []);
  const run: typeof withJob = (name, settings, work) => withJob(name, { owners, ...settings }, work);
  return { apis, run };
};

describe('backups of a purged application', () => {
  it('[L17] go from list and bucket, those of others stay', async () => {
    const { apis } = await owned('purged');
    const [gone, stays] = apis;
    const listed = async (api: Api): Promise<any[]> =>
      (await askOperated(`/v1/backups?application=${nameOf(api)}`, { headers: bySecret })).body.entries;
    const { default: worker } = await import('../../support/worker.ts');
    await worker.scheduled({}, configured);
    await until(async () => (await listed(gone)).length === 1 && (await listed(stays)).length === 1);
    expect((await keysOf(gone)).length).toBe(2);
    // Also when the application itself was deleted before.
    await gone.call('DELETE', '');
    expect((await gone.call('POST', '/purge')).status).toBe(204);
    expect([await keysOf(gone), await listed(gone)]).toEqual([[], []]);
    expect((await keysOf(stays)).length).toBe(2);
    await until(async () => {
      const status = await configured.DIRECTORY.getByName(':backups').backupStatus();
      return 'isRunning' in status && !status.isRunning;
    });
  });

  it('[L17] count no more when the bucket fails, and the next purge or run removes them', async () => {
    for (const next of ['purge', 'run'] as const) {
      const { apis, run } = await owned(`failing-purge-${next}`);
      const name = `purging-${next}`;
      await run(name, {}, (job) => runAll(job));
      await run(name, { BACKUPS: failingBucket(1, 'before') as Bucket }, async (job) => {
        await expect(job.purge(nameOf(apis[0]))).rejects.toThrow('injected');
        expect(job.catalog.of(nameOf(apis[0]))).toEqual([]);
      });
      expect((await keysOf(apis[0])).length).toBe(2);
      const others = async () => [];
      await run(name, { owners: others }, async (job) => {
        if (next === 'run') await runAll(job);
        else expect(await job.purge(nameOf(apis[0]))).toBe(undefined);
      });
      expect([(await keysOf(apis[0])).length, (await keysOf(apis[1])).length]).toEqual([0, 2]);
      await bucket.delete(await keysOf(apis[1]));
    }
  });

  it('[L17] one that is being made meanwhile never counts, and is removed', async () => {
    const { apis, run } = await owned('meanwhile');
    const [api] = apis;
    const end = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const slow: Bucket = {
      createMultipartUpload: (key) => bucket.createMultipartUpload(key),
      get: (key) => bucket.get(key),
      delete: (key) => bucket.delete(key),
      put: (async (key: string, value: Uint8Array) => {
        begun.resolve();
        await end.promise;
        return bucket.put(key, value);
      }) as unknown as Bucket['put'],
    };
    const applications = async () => [{ app: nameOf(api).split('/')[1] as string }];
    await run('job-meanwhile', { BACKUPS: slow, applications } as never, async (job) => {
      await job.start();
      const running = job.onAlarm();
      await begun.promise;
      expect(await job.purge(nameOf(api))).toBe(undefined);
      end.resolve();
      await running;
      expect(job.catalog.of(nameOf(api))).toEqual([]);
    });
    await run('job-meanwhile', { applications: async () => [] } as never, (job) => runAll(job));
    expect(await keysOf(api)).toEqual([]);
  });

  it('[L17] that cannot be reached any more are told, as the deployment has no place for them now', async () => {
    const { apis, run } = await owned('unplaced');
    await run('job-unplaced', {}, (job) => runAll(job));
    await run('job-unplaced', { BACKUPS: undefined } as never, async (job) => {
      expect((await job.purge(nameOf(apis[0])))?.name).toBe('not-configured');
      expect(await job.purge('nobody/nothing')).toBe(undefined);
    });
  });
});
