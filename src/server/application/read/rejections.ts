import { parseClientId } from '../../../protocol/ids.ts';
import { PAGE_LENGTH_MAX } from '../../../protocol/limits.ts';
import type { QueuedPush } from '../accept/sequence-push.ts';
import type { Database } from '../storage/database.ts';
import { type Rejection, rejectionAt, rejectionsInOrder } from '../storage/rejections.ts';
import { isDead } from './outcome.ts';

/** What `GET …/rejections` tells: what waits for a person, and whether there is more than fits into one answer [O3]. */
export const listRejections = (database: Database): { readonly rejections: unknown[]; readonly more: boolean } => {
  const rejections: unknown[] = [];
  let length = 0;
  for (const rejection of rejectionsInOrder(database)) {
    if (rejection.status !== 'listed' && rejection.status !== 'retrying') continue;
    length += JSON.stringify(rejection.change.args).length;
    if (length > PAGE_LENGTH_MAX) return { rejections, more: true };
    rejections.push(listed(rejection));
  }
  return { rejections, more: false };
};

const listed = ({ change, at: rejectedAt, problem, status, retry }: Rejection): unknown => {
  const { seq, client, n, user, at, name, args } = change;
  return {
    ...{ seq, client, n, user, name, args, acceptedAt: at, rejectedAt, problem },
    status: status === 'retrying' ? 'retrying' : isDead(problem) ? 'dead' : 'rejected',
    ...(retry === undefined ? {} : { retry }),
  };
};

/** A listed rejection as a push that can be queued again, free of the condition that no longer can hold. */
export const rejectedPush = (
  database: Database,
  seq: number,
): (QueuedPush & { readonly retries: number }) | undefined => {
  const rejection = rejectionAt(database, seq);
  if (rejection?.status !== 'listed') return undefined;
  const { client, n, name, args, user } = rejection.change;
  const id = parseClientId(client);
  return {
    sender: id === undefined ? { kind: 'anonymous' } : { kind: 'client', client: id, n },
    changes: [{ name, args: JSON.stringify(args) }],
    atomicity: 'each',
    user,
    retries: seq,
  };
};
