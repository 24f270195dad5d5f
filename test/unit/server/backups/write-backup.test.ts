import { describe, expect, it } from 'vitest';
import type { BackupStore } from '../../../../src/server/backups/backup-store.ts';
import { bucketStore } from '../../../../src/server/backups/bucket-store.ts';
import { writeBackup } from '../../../../src/server/backups/write-backup.ts';

const PLANNED = { application: 'alice/list', at: 0, epoch: 'e', version: 1, key: 'alice/list/1.ndjson' };

/** An export that is open until it is read to its end or canceled. */
const openExport = () => {
  const ends: unknown[] = [];
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => controller.enqueue(new Uint8Array(1_000)),
      cancel: (reason) => {
        ends.push(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, ends };
};

const storeThat = (write: BackupStore['write']): BackupStore => ({
  write,
  read: async () => undefined,
  remove: async () => undefined,
});

describe('a backup that a store does not take', () => {
  it.each<[string, BackupStore['write']]>([
    ['without reading', () => Promise.reject(new Error('full'))],
    [
      'in the middle',
      async (_, content) => {
        const reader = content.getReader();
        await reader.read();
        reader.releaseLock();
        throw new Error('full');
      },
    ],
  ])('[K1] ends its export, which is refused %s: it would stay open in the application', async (_, write) => {
    const { stream, ends } = openExport();
    await expect(writeBackup(storeThat(write), PLANNED, stream)).rejects.toThrow('full');
    expect(ends).toEqual([expect.objectContaining({ message: 'full' })]);
  });

  it.each([
    ['createMultipartUpload', { createMultipartUpload: () => Promise.reject(new Error('full')) }],
    [
      'uploadPart',
      {
        createMultipartUpload: async () => ({
          uploadPart: () => Promise.reject(new Error('full')),
          abort: async () => undefined,
        }),
      },
    ],
  ])('[K1] ends its export where a bucket refuses %s', async (_, bucket) => {
    const { stream, ends } = openExport();
    await expect(writeBackup(bucketStore(bucket as never), PLANNED, stream)).rejects.toThrow('full');
    expect(ends).toHaveLength(1);
  });
});
