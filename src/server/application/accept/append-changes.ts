import type { SenderRights } from '../../../core/definition.ts';
import type { Change } from '../../../protocol/change.ts';
import { ANONYMOUS_CLIENT } from '../../../protocol/ids.ts';
import { SKIP_CHANGES } from '../../../protocol/limits.ts';
import type { Receipt } from '../../../protocol/receipt.ts';
import { type CommitGroup, lengthOf, serializeChange } from '../commit/commit-group.ts';
import type { QueuedRun } from '../storage/accepted-rows.ts';
import type { LoggedChange } from '../storage/stored-change.ts';
import { counterOf } from './accepted-before.ts';
import type { QueuedPush } from './queued-push.ts';
import { refuseShare } from './refuse-share.ts';
import { storedRights } from './sender-rights.ts';
import type { SequenceResult } from './verdict.ts';

/**
 * Gives seqs to the new changes of a push and adds them to the group, or refuses the push [Q15].
 *
 * @param repeated receipts of its first changes, which were accepted before
 */
export const appendChanges = (group: CommitGroup, push: QueuedPush, repeated: readonly Receipt[]): SequenceResult => {
  const added = loggedChanges(group, push, repeated.length);
  const args = push.changes.slice(repeated.length).map((change) => change.args);
  const serialized = added.map((change, index) =>
    serializeChange(change, args[index] as string, added[index - 1] ?? group.changes.at(-1)),
  );
  const length = serialized.reduce((sum, each) => sum + lengthOf(each), 0);
  const amount = { changes: added.length, length };
  const refusal = added.length === 0 ? undefined : (refuseShare(group, push.user, amount) ?? group.budget?.refusal());
  if (refusal !== undefined) return { kind: 'refused', problem: refusal };
  group.budget?.changes.use(added.length, group.now);
  group.changes.push(...added);
  group.args.push(...args);
  group.serialized.push(...serialized);
  group.length += length;
  const { seq: last } = added.at(-1) ?? { seq: 0 };
  if (added.length > 0) addRun(group.runs, { user: push.user, last, ...amount });
  const { request } = push;
  if (added.length > 0 && request !== undefined) group.requests.push({ first: last - added.length + 1, last, request });
  const receipts = added.map(({ client, n, seq }) => ({ client, n, seq }));
  return { kind: 'accepted', receipts: [...repeated, ...receipts] };
};

/** Adds to the run before where it is of the same subject: a turn may hold a thousand pushes. */
const addRun = (runs: QueuedRun[], run: QueuedRun): void => {
  const before = runs.at(-1);
  if (before?.user !== run.user) runs.push(run);
  else runs[runs.length - 1] = { ...run, changes: before.changes + run.changes, length: before.length + run.length };
};

/** @param start index of the first new change of the push */
const loggedChanges = (group: CommitGroup, push: QueuedPush, start: number): LoggedChange[] => {
  const { sender, retries, atomicity } = push;
  const first = group.loaded.head + group.changes.length + 1;
  const batch = atomicity === 'atomic' ? first : undefined;
  const added: LoggedChange[] = [];
  // A retry is no part of the chain of its client's changes.
  const counter = sender.kind === 'client' && retries === undefined ? counterOf(group, sender.client) : undefined;
  const isChained = sender.kind === 'client' && retries === undefined;
  const rights = storedRights(group, push);
  let [previous, skip] = [counter?.seq, counter?.skip];
  for (let index = start; index < push.changes.length; index += 1) {
    const seq = first + added.length;
    const isSkipped = isChained && (sender.n + index) % SKIP_CHANGES === 0;
    added.push(loggedChange(group, push, { index, seq, previous, skip: isSkipped ? skip : undefined, batch, rights }));
    if (isSkipped) skip = seq;
    previous = seq;
  }
  return added;
};

interface Placement {
  /** Its place in the push. */
  readonly index: number;
  readonly seq: number;
  /** Seq of the client's change before. */
  readonly previous: number | undefined;
  /** Seq of the client's change `SKIP_CHANGES` before, when the change tells it. */
  readonly skip: number | undefined;
  /** Seq of the first change of its atomic batch. */
  readonly batch: number | undefined;
  /** Those of its sender. */
  readonly rights: SenderRights;
}

const loggedChange = (
  group: CommitGroup,
  push: QueuedPush,
  { index, seq, previous, skip, batch, rights }: Placement,
): LoggedChange => {
  const { sender, match, user, retries } = push;
  const isNamed = sender.kind === 'client';
  const { name, nonce } = push.changes[index] as Change;
  return {
    client: isNamed ? sender.client : ANONYMOUS_CLIENT,
    n: isNamed ? sender.n + index : seq,
    user,
    seq,
    at: group.now,
    name,
    // Parsed when the change is applied; until then the group has only the text.
    args: null,
    ...(match === undefined ? {} : { match }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(batch === undefined ? {} : { batch }),
    ...(previous === undefined ? {} : { previous }),
    ...(skip === undefined ? {} : { skip }),
    ...(sender.kind === 'key' ? { key: sender.key } : {}),
    ...(retries === undefined ? {} : { retries: retries + index }),
    ...rights,
  };
};
