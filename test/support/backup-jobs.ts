import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import type { BackupEnvironment } from '../../src/server/backups/backup-environment.ts';
import { BackupJob, type JobParts } from '../../src/server/backups/backup-job.ts';
import type { Bucket } from '../../src/server/backups/bucket-store.ts';
import { backupJob } from '../../src/server/directory/backup-job-of.ts';
import { Api, bearer, fresh, request } from './api.ts';

const bindings = env as unknown as {
  readonly BACKUPS: R2Bucket;
  readonly DIRECTORY: DurableObjectNamespace;
} & Parameters<typeof backupJob>[1];

export const bucket = bindings.BACKUPS;

/** The keys of a bucket, in order. */
export const keys = async (): Promise<string[]> => (await bucket.list()).objects.map(({ key }) => key);

/** A bucket that fails at the nth call, before or after it has done what was asked. */
export const failingBucket = (nth: number, when: 'before' | 'after'): Bucket & { readonly calls: () => number } => {
  let calls = 0;
  const fail = async <T>(work: () => Promise<T>): Promise<T> => {
    calls += 1;
    const isIt = calls === nth;
    if (isIt && when === 'before') throw new Error(`injected before call ${nth}`);
    const result = await work();
    if (!isIt) return result;
    // Nobody reads it: an open stream would keep the runtime from ending.
    await (result as { readonly body?: ReadableStream } | null | undefined)?.body?.cancel();
    throw new Error(`injected after call ${nth}`);
  };
  return {
    calls: () => calls,
    put: ((key: string, value: Uint8Array) => fail(() => bucket.put(key, value))) as Bucket['put'],
    get: ((key: string) => fail(() => bucket.get(key))) as Bucket['get'],
    delete: (names) => fail(() => bucket.delete(names)),
    createMultipartUpload: (key) =>
      fail(async () => {
        const upload = await bucket.createMultipartUpload(key);
        return {
          ...{ key: upload.key, uploadId: upload.uploadId },
          uploadPart: (number: number, part: Uint8Array) => fail(() => upload.uploadPart(number, part)),
          complete: (parts: R2UploadedPart[]) => fail(() => upload.complete(parts)),
          abort: () => fail(() => upload.abort()),
        } as R2MultipartUpload;
      }),
  };
};

/** Works with a job of its own in an object of its own, with the lists and applications of the deployment. */
export const withJob = <T>(
  name: string,
  settings: BackupEnvironment & Partial<Pick<JobParts, 'owners' | 'applications' | 'application' | 'now'>>,
  work: (job: BackupJob, storage: DurableObjectStorage) => Promise<T>,
): Promise<T> =>
  runInDurableObject(bindings.DIRECTORY.getByName(name), async (_: unknown, { storage }: DurableObjectState) => {
    const { owners, applications, application, now, ...variables } = settings;
    const parts = partsOf(withoutAlarm(storage), { ...bindings, ...variables });
    const others = {
      ...(owners && { owners }),
      ...(applications && { applications }),
      ...(application && { application }),
      ...(now && { now }),
    };
    return work(new BackupJob({ ...parts, ...others }), storage);
  });

/** A storage whose alarm never goes off: the object's own job would run beside that of the test. */
const withoutAlarm = (storage: DurableObjectStorage): DurableObjectStorage => {
  let alarm: number | null = null;
  return {
    ...{ sql: storage.sql, kv: storage.kv },
    transactionSync: <T>(work: () => T) => storage.transactionSync(work),
    setAlarm: async (time: number) => {
      alarm = time;
    },
    deleteAlarm: async () => {
      alarm = null;
    },
    getAlarm: async () => alarm,
  } as unknown as DurableObjectStorage;
};

/** Lets the alarm of a job go off. @returns in how many ms the next one will; undefined without one */
export const goOff = async (job: BackupJob): Promise<number | undefined> => {
  const { storage, now } = job.parts;
  await storage.deleteAlarm();
  await job.onAlarm();
  const next = await storage.getAlarm();
  return next === null ? undefined : next - now();
};

/** What the deployment's own job is made of. */
const partsOf = (storage: DurableObjectStorage, environment: Parameters<typeof backupJob>[1]): JobParts =>
  backupJob(storage, environment).parts;

/** Runs slices until the run is over, as alarms do. */
export const runAll = async (job: BackupJob): Promise<void> => {
  await job.start();
  for (let slices = 0; slices < 50; slices += 1) {
    await goOff(job);
    const status = await job.status();
    if ('name' in status) throw new Error(status.detail);
    if (!status.isRunning) return;
  }
  throw new Error('the run does not end');
};

/** The name of an application, as backups have it. */
export const nameOf = (api: Api): string => api.path.replace('/v1/apps/', '');

let jobs = 0;

/** A job that knows the applications of one owner alone. */
export const jobFor = (owner: string) => {
  jobs += 1;
  const name = `job-${jobs}`;
  const owners = async (after: string) => (after < owner ? [{ owner }] : []);
  return <T>(
    settings: Parameters<typeof withJob>[1],
    work: (job: BackupJob, storage: DurableObjectStorage) => Promise<T>,
  ) => withJob(name, { owners, ...settings }, work);
};

/** Applications of an owner, each with one change, once they are listed. */
export const owned = async (owner: string, count = 1): Promise<Api[]> => {
  const apis = Array.from({ length: count }, () => new Api(fresh(owner)));
  for (const api of apis) {
    await api.create('document');
    await api.merge('c1', 1, { text: `of ${api.path}` }, { Prefer: 'wait=5' });
  }
  const { body } = await request(`/v1/apps/${owner}`, { headers: await bearer(owner) });
  expect(body.applications.length).toBe(count);
  return apis;
};
