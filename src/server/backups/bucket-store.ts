import { BACKUP_PART_BYTES } from '../../protocol/backup-limits.ts';
import type { BackupStore } from './backup-store.ts';

/** The parts of an R2 bucket that are used. */
export type Bucket = Pick<R2Bucket, 'put' | 'get' | 'delete' | 'createMultipartUpload'>;

/** Backups in an R2 bucket. Large ones are uploaded in parts, which become an object all at once. */
export const bucketStore = (bucket: Bucket): BackupStore => ({
  async write(key, content) {
    const parts = partsOf(content);
    try {
      await writeParts(bucket, key, parts);
    } finally {
      // Parts that nobody asks for any more would hold the content, and its export, open.
      await parts.return(undefined);
    }
  },
  async read(key) {
    const object = await bucket.get(key);
    return object === null ? undefined : (object.body as ReadableStream<Uint8Array>);
  },
  remove: (keys) => bucket.delete([...keys]),
});

type Parts = AsyncGenerator<Uint8Array, undefined>;

const writeParts = async (bucket: Bucket, key: string, parts: Parts): Promise<void> => {
  const first = await parts.next();
  if (first.done || first.value.length < BACKUP_PART_BYTES) await bucket.put(key, first.value ?? new Uint8Array());
  else await uploadParts(await bucket.createMultipartUpload(key), first.value, parts);
};

/** The content in parts of equal size, of which the last may be shorter. */
async function* partsOf(content: ReadableStream<Uint8Array>): Parts {
  let part = new Uint8Array(BACKUP_PART_BYTES);
  let length = 0;
  for await (const chunk of content) {
    for (let start = 0; start < chunk.length; ) {
      const piece = chunk.subarray(start, start + BACKUP_PART_BYTES - length);
      part.set(piece, length);
      start += piece.length;
      length += piece.length;
      if (length < BACKUP_PART_BYTES) continue;
      yield part;
      part = new Uint8Array(BACKUP_PART_BYTES);
      length = 0;
    }
  }
  if (length > 0) yield part.subarray(0, length);
  return undefined;
}

const uploadParts = async (upload: R2MultipartUpload, first: Uint8Array, rest: Parts): Promise<void> => {
  try {
    const uploaded = [await upload.uploadPart(1, first)];
    for await (const part of rest) uploaded.push(await upload.uploadPart(uploaded.length + 1, part));
    await upload.complete(uploaded);
  } catch (error) {
    // R2 drops what is left of it after a week by itself.
    await upload.abort().catch(() => undefined);
    throw error;
  }
};
