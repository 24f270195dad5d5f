import { parseClientId } from '../../../protocol/ids.ts';
import type { PushMessage } from '../../rpc/messages.ts';
import type { Database } from '../storage/database.ts';
import { rejectionAt } from '../storage/rejections.ts';

/** The part of a push that the queue needs. */
export type QueuedPush = Pick<PushMessage, 'sender' | 'changes' | 'atomicity' | 'match' | 'user'> & {
  /** Seq of the rejected change that is retried [O4]. */
  readonly retries?: number;
};

/** A push that retries a rejected change [O4]. */
export type RetryPush = QueuedPush & { readonly retries: number };

/** A listed rejection as a push that can be queued again. Has no precondition: it names a version that has passed. */
export const retryPush = (database: Database, seq: number): RetryPush | undefined => {
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
