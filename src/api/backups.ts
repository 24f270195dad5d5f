import type { BackupPage, BackupProgress, KeptBackup } from '../protocol/backup-answers.ts';
import { jsonOf } from './answers.ts';
import type { CallOptions } from './call.ts';
import { type Pages, pagesAt } from './pages.ts';
import { queryOf } from './paths.ts';
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
  /** Begins a run, unless one is in progress. It goes on by itself: this does not wait for its end, which `status` tells. */
  start(options?: CallOptions): Promise<BackupProgress>;
  /**
   * Begins a verification, unless one of the same backups is in progress. Its end is told by `status`, its findings by
   * `list` [K6].
   *
   * @param options `application`: of the backups of one, as `owner/app`
   */
  verify(options?: CallOptions & { readonly application?: string }): Promise<BackupProgress>;
  /** How runs and verifications do. */
  status(options?: CallOptions): Promise<BackupProgress>;
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
  start: async ({ signal } = {}) =>
    jsonOf<BackupProgress>(await requester.send({ method: 'POST', path: '/v1/backups', signal })),
  verify: async ({ application, signal } = {}) =>
    jsonOf<BackupProgress>(
      await requester.send({ method: 'POST', path: `/v1/backup-verification${queryOf({ application })}`, signal }),
    ),
  status: async ({ signal } = {}) =>
    jsonOf<BackupProgress>(await requester.send({ path: '/v1/backup-status', signal })),
  read: async (id, { signal } = {}) => requester.stream({ path: `/v1/backups/${id}`, signal }),
});
