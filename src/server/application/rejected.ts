import { parseClientId } from '../../protocol/ids.ts';
import type { Push } from './queue.ts';
import type { Database } from './storage/database.ts';
import { allRejections, rejectionAt } from './storage/rejections.ts';

/** What `GET …/rejections` tells: what waits for a person [O3]. */
export const listRejections = (database: Database): { readonly rejections: readonly unknown[] } => ({
  rejections: allRejections(database)
    .filter(({ fate }) => fate === 'listed' || fate === 'retrying')
    .map(({ change: { seq, client, n, user, at, name, args }, at: rejectedAt, problem, fate, retry }) => ({
      ...{ seq, client, n, user, name, args, acceptedAt: at, rejectedAt, problem },
      status: fate === 'retrying' ? 'retrying' : problem.type.endsWith(':dead-letter') ? 'dead' : 'rejected',
      ...(retry === undefined ? {} : { retry }),
    })),
});

/** A listed rejection as a push that can be queued again, free of the condition that no longer can hold. */
export const rejectedPush = (database: Database, seq: number): (Push & { readonly retries: number }) | undefined => {
  const rejection = rejectionAt(database, seq);
  if (rejection?.fate !== 'listed') return undefined;
  const { client, n, name, args, user } = rejection.change;
  const id = parseClientId(client);
  return {
    sender: id === undefined ? { kind: 'anonymous' } : { kind: 'client', client: id, n },
    changes: [{ name, args: JSON.stringify(args) }],
    grouping: 'each',
    user,
    retries: seq,
  };
};
