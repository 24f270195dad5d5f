import { afterAll, describe, expect, it } from 'vitest';
import type { KeptBackup } from '../../../src/protocol/backup-answers.ts';
import { BACKUPS_NAME } from '../../../src/server/rpc/backups.ts';
import type { RemoteApplication } from '../../../src/server/rpc/packing.ts';
import { Api, bearer, fresh, problemName, request } from '../../support/api.ts';
import { bucket, failingBucket, jobFor, keys, nameOf, owned, runAll } from '../../support/backup-jobs.ts';
import { askOperated, bySecret } from '../../support/operators.ts';
import { configured } from '../../support/other-environments.ts';
import { until } from '../../support/wait.ts';

const NDJSON = { 'Content-Type': 'application/x-ndjson' };
const textOf = async (key: string): Promise<string> => (await (await bucket.get(key))?.text()) ?? '';

/** What is in the bucket is what is in the list, and every backup in it can be imported. */
const isSound = async (entries: readonly KeptBackup[]): Promise<void> => {
  for (const { key, bytes, sha256, application, epoch, version } of entries) {
    const text = await textOf(key);
    expect(new TextEncoder().encode(text).length).toBe(bytes);
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
    expect([...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')).toBe(sha256);
    expect(JSON.parse(await textOf(`${key}.json`))).toMatchObject({ application, epoch, version, bytes, sha256 });
    const copy = new Api(fresh());
    expect((await copy.call('PUT', '/import', text, NDJSON)).status).toBe(200);
    expect((await copy.state()).body).toEqual({ text: `of /v1/apps/${application}` });
  }
};

/** A run that goes on while the runtime ends keeps it from ending. */
afterAll(() =>
  until(async () => {
    const status = await configured.DIRECTORY.getByName(BACKUPS_NAME).backupStatus();
    return !('isRunning' in status && status.isRunning);
  }),
);

describe('scheduled backups', () => {
  it('[K1] [K2] every application that has changed is backed up, and one that has not is not again', async () => {
    const owner = 'nightly';
    const run = jobFor(owner);
    const apis = await owned(owner, 12);
    await run({}, async (job) => {
      await runAll(job);
      const { entries } = job.catalog.page(undefined, 0, 100);
      expect(entries.map(({ application }) => application).sort()).toEqual(apis.map(nameOf).sort());
      await isSound(entries.slice(0, 2));
      await runAll(job);
      expect(job.catalog.page(undefined, 0, 100).entries.length).toBe(12);
    });
    const [first] = apis as [Api];
    await first.call('POST', '/restore', { version: 1 });
    await until(async () =>
      (await request(`/v1/apps/${owner}`, { headers: await bearer(owner) })).body.applications.some(
        ({ app, version }: any) => app === nameOf(first).split('/')[1] && version === 2,
      ),
    );
    await run({}, async (job) => {
      await runAll(job);
      const { entries } = job.catalog.page(nameOf(first), 0, 100);
      // Of one day the newest stays [K3].
      expect(entries.map(({ version }) => version)).toEqual([2]);
      expect(await job.status()).toMatchObject({ failures: 0, isRunning: false, coveredAt: expect.any(Number) });
    });
  });

  it('[K2] one that fails stops no other, is told, and is made by the next run', async () => {
    const owner = 'partly';
    const run = jobFor(owner);
    const [broken, sound] = (await owned(owner, 2)) as [Api, Api];
    const application = (name: string) => ({
      exportBackup: async () => {
        if (name === nameOf(broken)) throw new Error('injected: overloaded');
        return (configured.APPLICATION.getByName(name) as unknown as RemoteApplication).exportBackup();
      },
    });
    await run({ application: application as never }, async (job) => {
      await runAll(job);
      expect(job.catalog.page(undefined, 0, 9).entries.map((each) => each.application)).toEqual([nameOf(sound)]);
      expect(await job.status()).toMatchObject({ failures: 1, coveredAt: null });
    });
    await run({}, async (job) => {
      await runAll(job);
      expect(job.catalog.page(undefined, 0, 9).entries.length).toBe(2);
      expect(await job.status()).toMatchObject({ failures: 0, coveredAt: expect.any(Number) });
    });
  });

  it.each(['before', 'after'] as const)(
    '[K1] [K2] whatever fails, %s it is done: what counts is whole, and the next run mends it',
    async (when) => {
      const owner = `failing-${when}`;
      const [api] = (await owned(owner)) as [Api];
      for (let nth = 1; nth < 20; nth += 1) {
        const run = jobFor(owner);
        const failing = failingBucket(nth, when);
        await run({ BACKUPS: failing }, async (job) => {
          await job.start();
          await job.onAlarm();
          await isSound(job.catalog.page(undefined, 0, 9).entries.slice(0, 1));
        });
        await run({}, async (job) => {
          await runAll(job);
          await runAll(job);
          const { entries } = job.catalog.page(nameOf(api), 0, 9);
          expect(entries.length).toBe(1);
          await isSound(nth === 1 ? entries : []);
          const kept = entries.flatMap(({ key }) => [key, `${key}.json`]);
          expect((await keys()).filter((key) => key.startsWith(`${owner}/`))).toEqual(kept);
          await bucket.delete(kept);
        });
        if (failing.calls() < nth) return;
      }
      expect.unreachable('it never got through');
    },
  );

  it('[K1] a large one is uploaded in parts, and one whose export is cut does not count', async () => {
    const owner = 'large';
    const run = jobFor(owner);
    const [api] = (await owned(owner)) as [Api];
    const line = `${JSON.stringify({ filler: 'x'.repeat(64 * 1024 - 20) })}\n`;
    let lines = 0;
    const stream = (isWhole: boolean) =>
      new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            lines += 1;
            if (lines <= 200) return controller.enqueue(new TextEncoder().encode(line));
            if (isWhole)
              controller.enqueue(new TextEncoder().encode(`{"end":{"lines":200,"sha256":"${'0'.repeat(64)}"}}\n`));
            controller.close();
          },
        },
        { highWaterMark: 0 },
      );
    const application = (isWhole: boolean) => () => ({
      exportBackup: async () => {
        lines = 0;
        return { kind: 'stream', stream: stream(isWhole), position: { epoch: 'e', version: 1 } };
      },
    });
    await run({ application: application(false) as never }, async (job) => {
      await runAll(job);
      expect(job.catalog.page(undefined, 0, 9).entries).toEqual([]);
    });
    await run({ application: application(true) as never }, async (job) => {
      await runAll(job);
      const [kept] = job.catalog.page(nameOf(api), 0, 9).entries as [KeptBackup];
      expect(kept.bytes).toBeGreaterThan(12 * 1024 * 1024);
      expect((await bucket.head(kept.key))?.size).toBe(kept.bytes);
      expect((await keys()).filter((key) => key.startsWith(`${owner}/`)).length).toBe(2);
    });
  });

  it('[K3] what is not to be kept goes, from the list and from the bucket', async () => {
    const owner = 'kept';
    const run = jobFor(owner);
    const [api] = (await owned(owner)) as [Api];
    const DAY = 86_400_000;
    for (const day of [0, 1, 2, 3]) {
      await api.merge('c1', day + 2, { text: `of ${api.path}`, day }, { Prefer: 'wait=5' });
      const at = Date.now() + day * DAY;
      const listed = async () => [{ app: nameOf(api).split('/')[1], epoch: `e${day}`, version: 1, kind: 'document' }];
      await run({ now: () => at, BACKUP_KEEP: 'daily 2', applications: listed } as never, (job) => runAll(job));
    }
    await run({ now: () => Date.now() + 3 * DAY, BACKUP_KEEP: 'daily 2' }, async (job) => {
      await runAll(job);
      const { entries } = job.catalog.page(undefined, 0, 9);
      expect(entries.length).toBe(2);
      expect((await keys()).filter((key) => key.startsWith(`${owner}/`))).toEqual(
        entries.flatMap(({ key }) => [key, `${key}.json`]),
      );
    });
  });
});

describe('backups over HTTP', () => {
  it('[K2] [K4] [K5] a cron trigger begins a run; operators list and read it, others see its age alone', async () => {
    const [api] = (await owned('cron')) as [Api];
    const { default: worker } = await import('../../support/worker.ts');
    expect((await request('/healthz?backup')).status).toBe(200);
    await worker.scheduled({}, configured);
    await until(async () => {
      const { body } = await askOperated(`/v1/backups?application=${nameOf(api)}`, { headers: bySecret });
      return body.entries.length === 1;
    });
    const { entries } = (await askOperated(`/v1/backups?application=${nameOf(api)}`, { headers: bySecret })).body;
    const content = await askOperated(`/v1/backups/${entries[0].id}`, { headers: bySecret });
    expect([content.status, content.headers.get('Content-Type')]).toEqual([200, 'application/x-ndjson']);
    await isSound(entries);
    expect(content.text).toBe(await textOf(entries[0].key));
    const missing = await askOperated('/v1/backups/999999', { headers: bySecret });
    expect([missing.status, problemName(missing)]).toEqual([404, 'unknown-backup']);
    expect((await askOperated('/v1/backups', { headers: bySecret, method: 'POST' })).status).toBe(202);
    for (const path of ['/v1/backups', `/v1/backups/${entries[0].id}`])
      expect((await request(path, { headers: await bearer('alice') })).status).toBe(403);
    await until(
      async () => 'coveredAt' in ((await configured.DIRECTORY.getByName(BACKUPS_NAME).backupStatus()) as object),
    );
    const health = await request('/healthz?backup');
    expect([health.status, Object.keys(health.body), health.text.includes('cron')]).toEqual([
      200,
      ['status', 'backup'],
      false,
    ]);
    const late = await askOperated('/healthz?backup', { headers: {} });
    expect(late.status).toBe(200);
  });

  it('[K4] changes that are in no backup for too long are 503, and so is a deployment without a place', async () => {
    const { askIn } = await import('../../support/other-environments.ts');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const late = await askIn({ BACKUP_LATE_HOURS: '0.000001' }, '/healthz?backup');
    expect([late.status, late.body.status]).toEqual([503, 'late']);
    const wrong = await askIn({ BACKUP_LATE_HOURS: 'soon' }, '/healthz?backup');
    expect([wrong.status, problemName(wrong)]).toEqual([503, 'not-configured']);
    expect(problemName(await request('/healthz?backup=1'))).toBe('invalid-query');
  });
});
