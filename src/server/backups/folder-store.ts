import type { BackupStore } from './backup-store.ts';

/**
 * Backups in a folder, by workerd's service for folders: `PUT` writes a file that takes its name at the end, `GET` and
 * `DELETE` are what they say. A content that breaks off is stored like a whole one: only a manifest makes it count.
 */
export const folderStore = (folder: Pick<Fetcher, 'fetch'>): BackupStore => ({
  async write(key, content) {
    await checked(await folder.fetch(urlOf(key), { method: 'PUT', body: content }));
  },
  async read(key) {
    const answer = await folder.fetch(urlOf(key));
    if (answer.status === 404) return undefined;
    return (await checked(answer)).body as ReadableStream<Uint8Array>;
  },
  async remove(keys) {
    let failed: unknown;
    // One that cannot be removed keeps no other in its place.
    for (const key of keys)
      await removeOne(folder, key).catch((error: unknown) => {
        failed ??= error;
      });
    if (failed !== undefined) throw failed;
  },
});

const removeOne = async (folder: Pick<Fetcher, 'fetch'>, key: string): Promise<void> => {
  const answer = await folder.fetch(urlOf(key), { method: 'DELETE' });
  if (answer.status !== 404) await checked(answer);
};

/** A file keeps the `%` of an owner in its name. */
const urlOf = (key: string): string =>
  `http://folder/${key.split('/').map(shown).flatMap(piecesOf).map(encodeURIComponent).join('/')}`;

/** workerd touches no file whose name begins with a dot. No other owner has this spelling: that of a dot is a dot [I4]. */
const shown = (segment: string): string => (segment.startsWith('.') ? `%2E${segment.slice(1)}` : segment);

/**
 * An owner may have 768 bytes, and the name of a file 255: a longer one becomes folders within each other, with a `=`
 * where two of them belong together. No owner, app or version has that character.
 */
const piecesOf = (segment: string): string[] => {
  if (segment.length <= FILE_NAME_BYTES_MAX) return [segment];
  return [`${segment.slice(0, PIECE_LENGTH)}=`, ...piecesOf(`=${segment.slice(PIECE_LENGTH)}`)];
};

const FILE_NAME_BYTES_MAX = 255;
const PIECE_LENGTH = FILE_NAME_BYTES_MAX - 1;

const checked = async (answer: Response): Promise<Response> => {
  if (answer.ok) return answer;
  throw new Error(`the folder for backups answered ${answer.status}`);
};
