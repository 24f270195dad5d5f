import type { BackupPage, KeptBackup } from '../protocol/operator-answers.ts';
import type { CallOptions } from './call.ts';
import { type Pages, pagesAt } from './pages.ts';
import type { Requester } from './requester.ts';

/** The scheduled backups of a deployment, for operators [K5]. How old they are is told by `health({ backup: true })`. */
export interface BackupsApi {
  /**
   * The complete backups, oldest first.
   *
   * @param options `application`: those of one, as `owner/app`; `after`: an id; `limit`: of a page, at most 100
   */
  list(
    options?: CallOptions & { readonly application?: string; readonly after?: number; readonly limit?: number },
  ): Pages<KeptBackup, BackupPage>;
  /** Begins a run, unless one is in progress. It goes on by itself: this does not wait for its end. */
  start(options?: CallOptions): Promise<void>;
  /**
   * The content of a backup as a stream of NDJSON, for a file or for `import`. Its bytes are those of `bytes` and `sha256`
   * in the list.
   *
   * @throws ProblemError `unknown-backup`
   * @example
   * await api.application('alice/list-of-tuesday').import(await api.backups.read(17));
   */
  read(id: number, options?: CallOptions): Promise<ReadableStream<Uint8Array>>;
}

/** The calls over a requester. */
export const backupsApi = (requester: Requester): BackupsApi => ({
  list: (options = {}) => pagesAt(requester, '/v1/backups', options, ({ entries }: BackupPage) => entries),
  start: async ({ signal } = {}) => {
    await requester.send({ method: 'POST', path: '/v1/backups', signal });
  },
  read: async (id, { signal } = {}) => requester.stream({ path: `/v1/backups/${id}`, signal }),
});
