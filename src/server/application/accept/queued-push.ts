import { parseClientId } from '../../../protocol/ids.ts';
import type { PushMessage } from '../../rpc/messages.ts';
import type { Database } from '../storage/database.ts';
import { type Rejection, rejectionOf } from '../storage/rejections.ts';

/** The part of a push that the queue needs. */
export type QueuedPush = Pick<
  PushMessage,
  'sender' | 'changes' | 'atomicity' | 'match' | 'user' | 'role' | 'claims' | 'request'
> & {
  /** Seq of the rejected change that is retried, the first of its atomic batch [O4]. */
  readonly retries?: number;
};

/** A push that retries a rejected change [O4]. */
export type RetryPush = QueuedPush & { readonly retries: number };

/** The listed rejection that a change belongs to: an atomic batch is retried and discarded as one [O4]. */
export const listedRejection = (database: Database, seq: number): Rejection | undefined => {
  const rejection = rejectionOf(database, seq);
  return rejection?.status === 'listed' ? rejection : undefined;
};

/** A rejection as a push that can be queued again, with the rights of its sender. Has no precondition: it names a version that has passed. */
export const retryPush = ({ change, batch }: Rejection): RetryPush => {
  const { client, n, user, seq, role, claims } = change;
  const id = parseClientId(client);
  return {
    sender: id === undefined ? { kind: 'anonymous' } : { kind: 'client', client: id, n },
    changes: (batch ?? [change]).map(({ name, args }) => ({ name, args: JSON.stringify(args) })),
    atomicity: batch === undefined ? 'each' : 'atomic',
    user,
    ...(role === undefined ? {} : { role }),
    ...(claims === undefined ? {} : { claims }),
    retries: seq,
  };
};
