import { type QueueAmount, shareOf } from '../../../core/limits/queue-shares.ts';
import { QUEUE_TOTAL_BYTES_MAX, QUEUE_TOTAL_CHANGES_MAX, SUBJECT_WORK_BYTES_MAX } from '../../../protocol/limits.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import type { CommitGroup } from '../commit/commit-group.ts';

/**
 * Refuses changes that do not fit into their subject's share of the queue [Q15] [F1], or whose work is expected to be
 * more than the subject may cause while others wait [F2].
 */
export const refuseShare = (group: CommitGroup, user: string, added: QueueAmount): Problem | undefined => {
  const { total } = group.loaded.queueShares;
  const own = ownAmount(group, user);
  const others = {
    changes: total.changes + group.changes.length - own.changes,
    length: total.length + group.length - own.length,
  };
  return (
    refuseFull(own.changes + added.changes, shareOf(QUEUE_TOTAL_CHANGES_MAX, others.changes)) ??
    refuseFull(own.length + added.length, shareOf(QUEUE_TOTAL_BYTES_MAX, others.length)) ??
    refuseWork(group, user, own.changes, added.changes)
  );
};

/** What the subject has queued, with what this group accepted of it before. */
const ownAmount = ({ loaded, runs }: CommitGroup, user: string): QueueAmount => {
  let { changes, length } = loaded.queueShares.of(user);
  for (const run of runs) {
    if (run.user !== user) continue;
    changes += run.changes;
    length += run.length;
  }
  return { changes, length };
};

const refuseFull = (size: number, limit: number): Problem | undefined =>
  size <= limit
    ? undefined
    : problem('queue-full', 'Too many of your changes wait to be applied.', { limit, size, retryAfter: 1 });

/** A push of a subject that has nothing queued is never refused: its work cannot be told, and it could not be sent otherwise. */
const refuseWork = ({ loaded }: CommitGroup, user: string, queued: number, added: number): Problem | undefined => {
  if (queued === 0) return undefined;
  const size = Math.ceil(loaded.workShares.expected(user, queued + added));
  if (size <= SUBJECT_WORK_BYTES_MAX) return undefined;
  const detail = 'Your changes that wait will take too much work, by what those before them took.';
  return problem('rate-limited', detail, { limit: SUBJECT_WORK_BYTES_MAX, size, retryAfter: 1 });
};
