import { ProblemError } from '../../../core/json/problem-error.ts';
import { TokenBucket } from '../../../core/limits/token-bucket.ts';
import {
  BACKUP_STATUS_ASKS_BURST,
  BACKUP_STATUS_ASKS_PER_SECOND,
  BACKUP_STATUS_KEPT_MS,
} from '../../../protocol/backup-limits.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import { BACKUPS_NAME, type BackupStatus } from '../../rpc/backups.ts';
import type { Ctx } from '../request/context.ts';
import { callDirectory } from './call-directory.ts';

const asks = new TokenBucket({ perSecond: BACKUP_STATUS_ASKS_PER_SECOND, burst: BACKUP_STATUS_ASKS_BURST }, Date.now());

/** The last answer that this isolate has got. Plain data: nothing in here belongs to a request. */
let last: { readonly status: BackupStatus | Problem; readonly at: number } | undefined;

/**
 * How the backups do, for anybody: the object is asked so often at most, and in between this isolate answers with what it
 * heard last [K4].
 *
 * @throws ProblemError `rate-limited` when it has heard nothing lately; `unavailable` when the object does not answer
 */
export const publicBackupStatus = async (c: Ctx): Promise<BackupStatus | Problem> => {
  const now = Date.now();
  if (asks.consume(now) === 'refused') {
    if (last !== undefined && Math.abs(now - last.at) <= BACKUP_STATUS_KEPT_MS) return last.status;
    throw new ProblemError(problem('rate-limited', 'Too many requests for the health of backups.', { retryAfter: 1 }));
  }
  const status = await callDirectory(c, BACKUPS_NAME, async (job) => job.backupStatus());
  last = { status, at: now };
  return status;
};
