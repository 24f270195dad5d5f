import { describe, expect, it } from 'vitest';
import { BACKUP_EXPIRY_MAX } from '../../../src/protocol/backup-limits.ts';
import { BackupJob, type JobParts } from '../../../src/server/backups/backup-job.ts';
import { goOff, jobFor } from '../../support/backup-jobs.ts';

const DAY_MS = 86_400_000;
const NOON = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS / 2;
const NAMES = Array.from({ length: 2_100 }, (_, i) => `many/app-${1_000 + i}`);
const GONE = Array.from({ length: 12 }, (_, i) => `many/gone-${10 + i}`);
/** Rows of SQL for each backup that is read: of the index, of the table and of its finding, by two queries. */
const ROWS_EACH = 8;

/** The job as it is after whatever ended the one before, which counts the rows that it reads. */
const anew = (parts: JobParts): { readonly job: BackupJob; readonly rowsRead: () => number } => {
  const cursors: SqlStorageCursor<never>[] = [];
  const exec = (statement: string, ...bindings: unknown[]) => {
    const cursor = parts.storage.sql.exec<never>(statement, ...bindings);
    cursors.push(cursor);
    return cursor;
  };
  const storage = { ...parts.storage, sql: { exec } } as unknown as DurableObjectStorage;
  return {
    job: new BackupJob({ ...parts, storage }),
    rowsRead: () => cursors.splice(0).reduce((sum, cursor) => sum + cursor.rowsRead, 0),
  };
};

/** Every application has two backups, and each fiftieth two of one day; those of deleted applications are old. */
const fill = ({ catalog }: BackupJob): void => {
  const add = (application: string, at: number): void =>
    catalog.complete(
      { application, at, epoch: 'e', version: 1, bytes: 1, sha256: '', key: `${application}/${at}.ndjson` },
      [],
    );
  for (const [i, name] of NAMES.entries()) {
    add(name, i % 50 === 0 ? NOON - 1 : NOON - DAY_MS);
    add(name, NOON);
  }
  for (const name of GONE) add(name, NOON - 9 * DAY_MS);
};

const left = ({ catalog }: BackupJob): string[] =>
  [...NAMES, ...GONE].flatMap((name) => catalog.of(name).map(({ at }) => `${name} ${at}`));

/** What retention is to leave: of deleted applications ten in a run. */
const expected = (runs: number): string[] => [
  ...NAMES.flatMap((name, i) => (i % 50 === 0 ? [NOON] : [NOON - DAY_MS, NOON]).map((at) => `${name} ${at}`)),
  ...GONE.slice(runs * 10).map((name) => `${name} ${NOON - 9 * DAY_MS}`),
];

describe('[K3] the expiry of many backups', () => {
  it('reads so many in a turn at most, and leaves the same wherever a kill or a failure ends a turn', async () => {
    const run = jobFor('many');
    const asked: string[] = [];
    const applications = async (_: string, after: string) => {
      asked.push(after);
      if (asked.length === 4) throw new Error('injected: the list is down');
      return [];
    };
    const settings = { now: () => NOON, owners: async () => [], applications, BACKUP_KEEP: 'daily 2' };
    await run(settings as never, async ({ parts }) => {
      const first = anew(parts).job;
      fill(first);
      await first.start();
      const slices: number[] = [];
      for (let isRunning = true; isRunning; ) {
        const { job, rowsRead } = anew(parts);
        await goOff(job);
        slices.push(rowsRead());
        expect(slices.length).toBeLessThan(20);
        isRunning = ((await job.status()) as { isRunning: boolean }).isRunning;
      }
      expect(slices.filter((rows) => rows > 2 * BACKUP_EXPIRY_MAX).length).toBeGreaterThanOrEqual(3);
      expect(Math.max(...slices)).toBeLessThan(ROWS_EACH * BACKUP_EXPIRY_MAX + 1_000);
      expect(left(first)).toEqual(expected(1));
      // Ten, and the one that was asked for again.
      expect(asked.length).toBe(11);
      await first.start();
      for (let i = 0; i < slices.length; i += 1) await goOff(anew(parts).job);
      expect(await first.status()).toMatchObject({ isRunning: false });
      expect(left(first)).toEqual(expected(2));
    });
  });
});
