import type { Rejection as ListedRejection, RejectionList } from '../../../protocol/answers.ts';
import { matchesFilter, type RejectionFilter } from '../../../protocol/change-filter.ts';
import { PAGE_LENGTH_MAX } from '../../../protocol/limits.ts';
import { rejectionCause } from '../../../protocol/rejection-cause.ts';
import type { Database } from '../storage/database.ts';
import { isListed, type Rejection, rejectionsInOrder } from '../storage/rejections.ts';
import { isDead } from './outcome.ts';

/** The answer to `GET …/rejections`: the listed rejections that are asked for, as many as fit, oldest first [O3] [O6]. */
export const listRejections = (database: Database, filter: RejectionFilter = {}): RejectionList => {
  const { after = 0, limit = Number.POSITIVE_INFINITY, cause } = filter;
  const rejections: RejectionList['rejections'][number][] = [];
  let length = 0;
  let last = after;
  for (const rejection of rejectionsInOrder(database, after)) {
    const { change, problem, at } = rejection;
    const isOfCause = cause === undefined || cause === rejectionCause(problem.type);
    if (!isListed(rejection) || !isOfCause || !matchesFilter(filter, change, at)) continue;
    length += JSON.stringify(rejection.batch ?? change.args).length;
    const isFull = rejections.length >= limit || length > PAGE_LENGTH_MAX;
    if (isFull && rejections.length > 0) return { rejections, more: true, next: last };
    rejections.push(listed(rejection));
    last = change.seq;
  }
  return { rejections, more: false };
};

/** An atomic batch is one entry, with its `changes` [Q7]. */
const listed = ({ change, batch, at: rejectedAt, problem, status, retry }: Rejection): ListedRejection => {
  const { seq, client, n, user, at, name, args } = change;
  const changes = batch?.map((each, index) => ({ seq: seq + index, n: n + index, ...each }));
  return {
    seq,
    client,
    n,
    user,
    ...(changes === undefined ? { name, args } : { changes }),
    acceptedAt: at,
    rejectedAt,
    problem,
    cause: rejectionCause(problem.type),
    status: status === 'retrying' ? 'retrying' : isDead(problem) ? 'dead' : 'rejected',
    ...(retry === undefined ? {} : { retry }),
  };
};
