import type { KeptBackup } from '../../protocol/backup-answers.ts';
import type { BackupStore } from './backup-store.ts';
import { ContentCheck } from './content-check.ts';

/** A backup that is to be made. */
export type PlannedBackup = Pick<KeptBackup, 'application' | 'at' | 'epoch' | 'version' | 'key'>;

/** The key of what says that a backup is complete. */
export const manifestKey = (key: string): string => `${key}.json`;

/**
 * Stores a backup, reads it back, and then its manifest: only with that it counts.
 *
 * @throws Error when the export was cut, or something else was stored than was written
 */
export const writeBackup = async (
  store: BackupStore,
  planned: PlannedBackup,
  content: ReadableStream<Uint8Array>,
): Promise<Omit<KeptBackup, 'id'>> => {
  const check = new ContentCheck();
  await writeWhole(store, planned.key, check.through(content));
  const { bytes, sha256, isWhole } = check.result();
  if (!isWhole) throw new Error('the export was cut');
  const stored = await passedOf(await store.read(planned.key));
  if (stored?.sha256 !== sha256 || stored.bytes !== bytes) throw new Error('what was stored is not what was written');
  const kept = { ...planned, bytes, sha256 };
  await store.write(manifestKey(planned.key), new Blob([manifestOf(kept)]).stream());
  return kept;
};

const manifestOf = ({ application, at, epoch, version, key, bytes, sha256 }: Omit<KeptBackup, 'id'>): string =>
  `${JSON.stringify({ format: 'changebucket-manifest', application, at, epoch, version, key, bytes, sha256 })}\n`;

/**
 * Whether a backup and its manifest are stored as they were written; undefined when there is none.
 *
 * @throws what the store throws
 */
export const isStoredWhole = async (store: BackupStore, kept: KeptBackup): Promise<boolean | undefined> => {
  const content = await passedOf(await store.read(kept.key));
  if (content === undefined) return undefined;
  if (content.sha256 !== kept.sha256 || content.bytes !== kept.bytes) return false;
  const manifest = await passedOf(await store.read(manifestKey(kept.key)));
  const check = new ContentCheck();
  check.add(new TextEncoder().encode(manifestOf(kept)));
  return manifest?.sha256 === check.result().sha256;
};

/** An export that is not read to its end would stay open in its application. */
const writeWhole = async (store: BackupStore, key: string, content: ReadableStream<Uint8Array>): Promise<void> => {
  try {
    await store.write(key, content);
  } catch (error) {
    // A store that has failed may hold the stream still: then it cannot be ended from here.
    await content.cancel(error).catch(() => undefined);
    throw error;
  }
};

const passedOf = async (content: ReadableStream<Uint8Array> | undefined) => {
  if (content === undefined) return undefined;
  const check = new ContentCheck();
  for await (const bytes of content) check.add(bytes);
  return check.result();
};
