import type { BackupPage, BackupProgress, KeptBackup } from '../protocol/backup-answers.ts';
import { jsonOf } from './answers.ts';
import type { CallOptions } from './call.ts';
import { type Pages, pagesOf } from './pages.ts';
import { queryOf } from './paths.ts';
import type { Requester } from './requester.ts';

/** The scheduled backups of a deployment, for operators [K5]. */
export interface BackupsApi {
  /** The backups, oldest first. @param options `application`: of one; `after`: an id */
  list(
    options?: CallOptions & { readonly application?: string; readonly after?: number },
  ): Pages<KeptBackup, BackupPage>;
  /** Begins a run, unless one is in progress. @returns how it does */
  start(options?: CallOptions): Promise<BackupProgress>;
  /** Begins a verification, unless one of the same backups is in progress. @param options `application`: of one @returns how it does */
  verify(options?: CallOptions & { readonly application?: string }): Promise<BackupProgress>;
  /** How runs and verifications do. */
  status(options?: CallOptions): Promise<BackupProgress>;
  /** The content of a backup, for an import. @throws ProblemError `unknown-backup` */
  read(id: number, options?: CallOptions): Promise<ReadableStream<Uint8Array>>;
}

export const backupsApi = (requester: Requester): BackupsApi => ({
  list: ({ application, after: first, signal } = {}) =>
    pagesOf(
      async (after: number | undefined = first) =>
        jsonOf<BackupPage>(await requester.send({ path: `/v1/backups${queryOf({ application, after })}`, signal })),
      ({ entries }) => entries,
    ),
  start: async ({ signal } = {}) =>
    jsonOf<BackupProgress>(await requester.send({ method: 'POST', path: '/v1/backups', signal })),
  verify: async ({ application, signal } = {}) =>
    jsonOf<BackupProgress>(
      await requester.send({ method: 'POST', path: `/v1/backups/verify${queryOf({ application })}`, signal }),
    ),
  status: async ({ signal } = {}) =>
    jsonOf<BackupProgress>(await requester.send({ path: '/v1/backups/status', signal })),
  read: async (id, { signal } = {}) => {
    const { response } = await requester.open({ path: `/v1/backups/${id}`, signal });
    return response.body ?? new Blob([]).stream();
  },
});
