import type { ClientCounter } from '../../../core/drain/sequence.ts';
import type { Change } from '../../../protocol/change.ts';
import type { Json } from '../../../protocol/json.ts';
import { SKIP_CHANGES } from '../../../protocol/limits.ts';
import type { CommitGroup } from '../commit/commit-group.ts';
import { type FindResult, findChanges, findKey } from '../state/find-change.ts';
import type { LoggedChange } from '../storage/stored-change.ts';
import type { QueuedPush } from './queued-push.ts';

// Changes that were accepted before: some are in the database, others only in this group.

/** The client's counter, including the changes of this group. */
export const counterOf = ({ loaded, changes }: CommitGroup, name: string): ClientCounter | undefined => {
  const isOf = (change: LoggedChange): boolean => change.client === name && change.retries === undefined;
  const pending = changes.findLast(isOf);
  const stored = loaded.clientCounters.get(name);
  if (pending === undefined) return stored;
  const { n, seq, user } = pending;
  const skipped = n - (n % SKIP_CHANGES) > (stored?.n ?? 0);
  const skip = skipped
    ? changes.findLast((change) => isOf(change) && change.n % SKIP_CHANGES === 0)?.seq
    : stored?.skip;
  return { n, seq, user, skip };
};

/** A client's accepted changes by n, from the database and from this group. */
export const findAccepted = (
  group: CommitGroup,
  client: string,
  range: { readonly from: number; readonly until: number },
): ReadonlyMap<number, LoggedChange> => {
  const found = new Map(findChanges(group.database, group.loaded, client, range));
  group.changes.forEach((change, index) => {
    if (change.client === client && change.retries === undefined) found.set(change.n, withArgs(group, index));
  });
  return found;
};

/** The change that was accepted with an idempotency key [Q8]. */
export const findByKey = (group: CommitGroup, key: string): FindResult => {
  const pending = group.changes.findIndex((change) => change.key === key);
  if (pending < 0) return findKey(group.database, group.loaded, key);
  return { kind: 'found', change: withArgs(group, pending) };
};

/** A change of the group with its args, which the group has only as text. */
const withArgs = (group: CommitGroup, index: number): LoggedChange => ({
  ...(group.changes[index] as LoggedChange),
  args: JSON.parse(group.args[index] as string) as Json,
});

/** Whether the change at `index` of the push equals the one accepted under its identity: name, args, precondition, batch and nonce [Q4] [Q18]. */
export const isSameChange = (
  { changes, atomicity, match }: QueuedPush,
  index: number,
  accepted: LoggedChange,
): boolean => {
  const sent = changes[index] as Change;
  const batch = atomicity === 'atomic' ? accepted.seq - index : undefined;
  return (
    sent.name === accepted.name &&
    isSameNonce(sent.nonce, accepted.nonce) &&
    batch === accepted.batch &&
    JSON.stringify(match) === JSON.stringify(accepted.match) &&
    sent.args === JSON.stringify(accepted.args)
  );
};

/** A change without a nonce equals both: only two different ones prove that they were made twice [Q18]. */
const isSameNonce = (sent: string | undefined, accepted: string | undefined): boolean =>
  sent === undefined || accepted === undefined || sent === accepted;
