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
    for (const key of keys) {
      const answer = await folder.fetch(urlOf(key), { method: 'DELETE' });
      if (answer.status !== 404) await checked(answer);
    }
  },
});

/** A file keeps the `%` of an owner in its name. */
const urlOf = (key: string): string => `http://folder/${key.split('/').map(encodeURIComponent).join('/')}`;

const checked = async (answer: Response): Promise<Response> => {
  if (answer.ok) return answer;
  throw new Error(`the folder for backups answered ${answer.status}`);
};
