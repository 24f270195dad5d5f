import type { BackupPage, KeptBackup } from '../protocol/operator-answers.ts';
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
  /** Begins a run, unless one is in progress. */
  start(options?: CallOptions): Promise<void>;
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
  start: async ({ signal } = {}) => {
    await requester.send({ method: 'POST', path: '/v1/backups', signal });
  },
  read: async (id, { signal } = {}) => {
    const { response } = await requester.open({ path: `/v1/backups/${id}`, signal });
    return response.body ?? new Blob([]).stream();
  },
});
