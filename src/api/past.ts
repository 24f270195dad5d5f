import type { ApplicationInfo } from '../protocol/answers.ts';
import type { PatchOperation } from '../protocol/patch.ts';
import { jsonOf } from './answers.ts';
import type { Call } from './call.ts';
import type { PastApi, RecoveredInfo } from './past-api.ts';
import { queryOf } from './paths.ts';
import type { Requester } from './requester.ts';
import { backupCall } from './send-backup.ts';

/** The past of one application over HTTP. @param base its path */
export const pastApi = (requester: Requester, base: string): PastApi => ({
  restore: async (point, { signal } = {}) =>
    jsonOf<ApplicationInfo>(await requester.send({ ...postJson(point), path: `${base}/restore`, signal })),
  recover: async (point, { signal } = {}) =>
    jsonOf<RecoveredInfo>(
      await requester.send({
        ...{ ...postJson({ from: 'platform', ...point }), path: `${base}/restore`, signal },
        // An answer that was lost has told the undo: the one of a repeat is another.
        repeat: 'never',
      }),
    ),
  restoreBackup: async (backup, { signal } = {}) =>
    jsonOf<ApplicationInfo>(
      await requester.send({ ...backupCall(backup), method: 'POST', path: `${base}/restore`, signal }),
    ),
  fork: async (to, { at, signal } = {}) =>
    jsonOf<ApplicationInfo>(await requester.send({ ...postJson({ to, ...at }), path: `${base}/fork`, signal })),
  diff: async (from, to, { signal } = {}) =>
    jsonOf<readonly PatchOperation[]>(await requester.send({ path: `${base}/diff${queryOf({ from, to })}`, signal })),
});

/** Long, as everything that is queued is applied first. */
const RESTORE_MS = 60_000;

const postJson = (body: object) =>
  ({
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: () => JSON.stringify(body),
    waitMs: RESTORE_MS,
    repeat: 'if-refused',
  }) satisfies Partial<Call>;
