import { type ClientCounter, sequence } from '../../../core/drain/sequence.ts';
import type { Change } from '../../../protocol/change.ts';
import { ANONYMOUS_CLIENT } from '../../../protocol/ids.ts';
import type { Json } from '../../../protocol/json.ts';
import { QUEUE_BYTES_MAX, QUEUE_CHANGES_MAX } from '../../../protocol/limits.ts';
import { type Problem, type ProblemName, problem } from '../../../protocol/problems.ts';
import type { Receipt } from '../../../protocol/receipt.ts';
import type { PushMessage } from '../../rpc/messages.ts';
import { type CommitGroup, lengthOf, type SerializedChange, serializeChange } from '../commit/commit-group.ts';
import { type Found, findChanges, findKey } from '../state/find-change.ts';
import { keyCounterName } from '../state/loaded-state.ts';
import type { LoggedChange } from '../storage/stored-change.ts';
import type { SequenceResult } from './verdict.ts';

/** What the queue needs of a push. */
export type QueuedPush = Pick<PushMessage, 'sender' | 'changes' | 'atomicity' | 'match' | 'user'> & {
  /** The seq of the rejected change that is tried again [O4]. */
  readonly retries?: number;
};

/** Decides about one push, in order of arrival. What it accepts is not yet durable. */
export const sequencePush = (group: CommitGroup, push: QueuedPush): SequenceResult => {
  switch (push.sender.kind) {
    case 'client':
      return sequenceFromClient(group, push, push.sender);
    case 'key':
      return sequenceKeyed(group, push, push.sender.key);
    case 'anonymous':
      return append(group, push, []);
    default:
      return push.sender satisfies never;
  }
};

/** Queues a rejected change again under a new seq; its client and n stay, its client's counter does not move [O4]. */
export const sequenceRetry = (group: CommitGroup, push: QueuedPush & { readonly retries: number }): SequenceResult =>
  append(group, push, []);

const sequenceFromClient = (
  group: CommitGroup,
  push: QueuedPush,
  { client, n }: { readonly client: string; readonly n: number },
): SequenceResult => {
  const mark = counterOf(group, client);
  const sequenced = sequence(mark, push.user, n, push.changes.length);
  switch (sequenced.kind) {
    case 'taken':
      return refused('client-taken', `The client id ${client} belongs to another subject.`);
    case 'gap':
      return refused('sequence-gap', `The next n of ${client} is ${sequenced.expected}, not ${n}.`, sequenced.expected);
    case 'continues':
      return sequenceAfterRepeats(group, push, {
        client,
        n,
        repeated: sequenced.repeated,
        expected: (mark?.n ?? 0) + 1,
      });
    default:
      return sequenced satisfies never;
  }
};

interface ClientRun {
  readonly client: string;
  readonly n: number;
  readonly repeated: number;
  readonly expected: number;
}

/** The changes that were accepted before are compared and answered again; the others are appended [Q3] [Q4] [Q6]. */
const sequenceAfterRepeats = (
  group: CommitGroup,
  push: QueuedPush,
  { client, n, repeated, expected }: ClientRun,
): SequenceResult => {
  if (push.atomicity === 'atomic' && repeated > 0 && repeated < push.changes.length)
    return conflict(client, n, expected);
  const known = repeated === 0 ? new Map() : findAccepted(group, client, { from: n, until: n + repeated - 1 });
  const receipts: Receipt[] = [];
  for (let index = 0; index < repeated; index += 1) {
    const change = known.get(n + index);
    if (change === undefined) return expired(expected);
    if (!isSame(push, index, change)) return conflict(client, n + index, expected);
    receipts.push({ client, n: n + index, seq: change.seq, repeated: true });
  }
  return append(group, push, receipts);
};

const sequenceKeyed = (group: CommitGroup, push: QueuedPush, key: string): SequenceResult => {
  const mark = counterOf(group, keyCounterName(key));
  if (mark !== undefined && mark.user !== push.user)
    return refused('client-taken', 'The key belongs to another subject.');
  const pending = group.changes.findIndex((change) => change.key === key);
  const found: Found =
    pending < 0 ? findKey(group.database, group.loaded, key) : { kind: 'found', change: withArgs(group, pending) };
  // The outcome of a key is kept as long as the history: after that the key is new.
  if (found.kind !== 'found') return append(group, push, []);
  if (!isSame(push, 0, found.change)) return refused('id-conflict', `The key ${key} was used for another change.`);
  const { seq } = found.change;
  return { kind: 'accepted', receipts: [{ client: ANONYMOUS_CLIENT, n: seq, seq, repeated: true }] };
};

/** Gives seqs to what is new in the push, or refuses it before anything is acknowledged [Q15]. */
const append = (group: CommitGroup, push: QueuedPush, repeated: readonly Receipt[]): SequenceResult => {
  const first = group.loaded.head + group.changes.length + 1;
  const added: LoggedChange[] = [];
  const { sender, retries } = push;
  let before = sender.kind === 'client' && retries === undefined ? counterOf(group, sender.client)?.seq : undefined;
  for (let index = repeated.length; index < push.changes.length; index += 1) {
    const seq = first + added.length;
    added.push(
      loggedChange(group, push, {
        index,
        seq,
        previous: before,
        batch: push.atomicity === 'atomic' ? first : undefined,
      }),
    );
    before = seq;
  }
  const args = push.changes.slice(repeated.length).map((change) => change.args);
  const printed = added.map((change, index) =>
    serializeChange(change, args[index] as string, added[index - 1] ?? group.changes.at(-1)),
  );
  const full = refuseFull(group, printed) ?? (added.length === 0 ? undefined : group.budget?.refusal());
  if (full !== undefined) return { kind: 'refused', problem: full };
  group.budget?.changes.use(added.length, group.now);
  group.changes.push(...added);
  group.args.push(...args);
  group.serialized.push(...printed);
  for (const each of printed) group.length += lengthOf(each);
  const receipts = added.map(({ client, n, seq }) => ({ client, n, seq }));
  return { kind: 'accepted', receipts: [...repeated, ...receipts] };
};

interface Placement {
  readonly index: number;
  readonly seq: number;
  readonly previous: number | undefined;
  readonly batch: number | undefined;
}

const loggedChange = (
  { now }: CommitGroup,
  push: QueuedPush,
  { index, seq, previous, batch }: Placement,
): LoggedChange => {
  const { sender, match, user, retries } = push;
  const named = sender.kind === 'client';
  return {
    ...{ client: named ? sender.client : ANONYMOUS_CLIENT, n: named ? sender.n + index : seq, user, seq, at: now },
    // Parsed when it is applied; here only its text is written.
    ...{ name: (push.changes[index] as Change).name, args: null },
    ...(match === undefined ? {} : { match }),
    ...(batch === undefined ? {} : { batch }),
    ...(previous === undefined ? {} : { previous }),
    ...(sender.kind === 'key' ? { key: sender.key } : {}),
    ...(retries === undefined ? {} : { retries }),
  };
};

const refuseFull = (
  { loaded, changes, length }: CommitGroup,
  printed: readonly SerializedChange[],
): Problem | undefined => {
  const waiting = loaded.head - loaded.version + changes.length + printed.length;
  const size = loaded.queueBytes + length + printed.reduce((sum, each) => sum + lengthOf(each), 0);
  if (waiting <= QUEUE_CHANGES_MAX && size <= QUEUE_BYTES_MAX) return undefined;
  const cure =
    waiting > QUEUE_CHANGES_MAX ? { limit: QUEUE_CHANGES_MAX, size: waiting } : { limit: QUEUE_BYTES_MAX, size };
  return problem('queue-full', 'Too many changes wait to be applied.', { ...cure, retryAfter: 1 });
};

/** The client's mark, with what this very group has accepted already. */
const counterOf = ({ loaded, changes }: CommitGroup, name: string): ClientCounter | undefined => {
  const pending = changes.findLast((change) => change.client === name && change.retries === undefined);
  return pending ?? loaded.clientCounters.get(name);
};

/** A client's accepted changes by n: those of this very group, and those on disk. */
const findAccepted = (
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

/** A change of the group with its args, which so far are only text. */
const withArgs = (group: CommitGroup, index: number): LoggedChange => ({
  ...(group.changes[index] as LoggedChange),
  args: JSON.parse(group.args[index] as string) as Json,
});

/** Whether the change at `index` of the push is what was accepted under its identity [Q4]. */
const isSame = ({ changes, atomicity, match }: QueuedPush, index: number, accepted: LoggedChange): boolean => {
  const sent = changes[index] as Change;
  const batch = atomicity === 'atomic' ? accepted.seq - index : undefined;
  return (
    sent.name === accepted.name &&
    batch === accepted.batch &&
    JSON.stringify(match) === JSON.stringify(accepted.match) &&
    sent.args === JSON.stringify(accepted.args)
  );
};

const conflict = (client: string, n: number, expected: number): SequenceResult =>
  refused('id-conflict', `${client} used n = ${n} for another change.`, expected);

const expired = (expected: number): SequenceResult =>
  refused('outcome-expired', 'This n was used; what for is no longer known.', expected);

const refused = (name: ProblemName, detail: string, expected?: number): SequenceResult => ({
  kind: 'refused',
  problem: problem(name, detail, expected === undefined ? {} : { expected }),
});
