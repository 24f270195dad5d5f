import type { Rejection as ListedRejection, RejectionList } from '../../../protocol/answers.ts';
import { PAGE_LENGTH_MAX } from '../../../protocol/limits.ts';
import type { Database } from '../storage/database.ts';
import { isListed, type Rejection, rejectionsInOrder } from '../storage/rejections.ts';
import { isDead } from './outcome.ts';

/** The answer to `GET …/rejections`: the listed rejections, as many as fit, and whether there are more [O3]. */
export const listRejections = (database: Database): RejectionList => {
  const rejections: ListedRejection[] = [];
  let length = 0;
  for (const rejection of rejectionsInOrder(database)) {
    if (!isListed(rejection)) continue;
    length += JSON.stringify(rejection.batch ?? rejection.change.args).length;
    if (length > PAGE_LENGTH_MAX) return { rejections, more: true };
    rejections.push(listed(rejection));
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
    status: status === 'retrying' ? 'retrying' : isDead(problem) ? 'dead' : 'rejected',
    ...(retry === undefined ? {} : { retry }),
  };
};
