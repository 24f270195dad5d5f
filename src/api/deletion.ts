import type { ApplicationInfo, DeletedApplication, DeletedList } from '../protocol/answers.ts';
import { jsonOf, nothingOf } from './answers.ts';
import type { CallOptions } from './call.ts';
import { queryOf } from './paths.ts';
import type { Requester } from './requester.ts';

/** The end of an application, and the way back. `delete` of the application itself can be undone by `undelete` for some days. */
export interface DeletionApi {
  /**
   * Brings a deleted application back as it was, under a new epoch [L16]. Not sent again when no answer came.
   *
   * @param options `epoch`: which one, where several of the name were deleted. Default: the one that was deleted last
   * @throws ProblemError `already-exists` while an application has the name, `deletion-final` when the time is over
   */
  undelete(options?: CallOptions & { readonly epoch?: string }): Promise<ApplicationInfo>;
  /**
   * Deletes everything of the name for good: the application, what was deleted before, and the scheduled backups [L17].
   *
   * @throws ProblemError `unavailable` when backups could not be removed yet: call it again
   */
  purge(options?: CallOptions): Promise<void>;
}

/** Long, as a purge removes objects of a bucket. */
const DELETION_MS = 60_000;

/** The calls over a requester. @param base the path of the application */
export const deletionApi = (requester: Requester, base: string): DeletionApi => ({
  undelete: async ({ epoch, signal } = {}) => {
    const path = `${base}/undelete${queryOf({ epoch })}`;
    return jsonOf<ApplicationInfo>(
      await requester.send({ method: 'POST', path, signal, repeat: 'if-refused', waitMs: DELETION_MS }),
    );
  },
  purge: async ({ signal } = {}) => {
    const call = { method: 'POST', path: `${base}/purge`, repeat: 'if-refused', waitMs: DELETION_MS } as const;
    nothingOf(await requester.send({ ...call, signal }));
  },
});

/** The deleted applications of an owner that can be undeleted. @param path that of the owner */
export const deletedApplications = async (
  requester: Requester,
  path: string,
  { signal }: CallOptions = {},
): Promise<readonly DeletedApplication[]> =>
  jsonOf<DeletedList>(await requester.send({ path: `${path}?deleted=1`, signal })).applications;
