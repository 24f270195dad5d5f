import { sequence } from '../../../core/drain/sequence.ts';
import { ANONYMOUS_CLIENT } from '../../../protocol/ids.ts';
import { forgottenClient, type ProblemName, problem } from '../../../protocol/problems.ts';
import type { Receipt } from '../../../protocol/receipt.ts';
import type { CommitGroup } from '../commit/commit-group.ts';
import { keyCounterName } from '../state/client-counters.ts';
import { counterOf, findAccepted, findByKey, isSameChange } from './accepted-before.ts';
import { appendChanges } from './append-changes.ts';
import type { QueuedPush, RetryPush } from './queued-push.ts';
import type { SequenceResult } from './verdict.ts';

/** Accepts or refuses one push, in order of arrival, and adds its new changes to the group. They are not yet durable. */
export const sequencePush = (group: CommitGroup, push: QueuedPush): SequenceResult => {
  switch (push.sender.kind) {
    case 'client':
      return sequenceFromClient(group, push, push.sender);
    case 'key':
      return sequenceKeyed(group, push, push.sender.key);
    case 'anonymous':
      return appendChanges(group, push, []);
    default:
      return push.sender satisfies never;
  }
};

/** Queues a rejected change again under a new seq. It keeps its client and n, and the client's counter does not move [O4]. */
export const sequenceRetry = (group: CommitGroup, push: RetryPush): SequenceResult => appendChanges(group, push, []);

const sequenceFromClient = (
  group: CommitGroup,
  push: QueuedPush,
  { client, n }: { readonly client: string; readonly n: number },
): SequenceResult => {
  const counter = counterOf(group, client);
  const { clientCounters } = group.loaded;
  // Forgotten is never taken for new: the changes may be repeats [Q16].
  if (counter === undefined && clientCounters.isForgotten(client, n))
    return { kind: 'refused', problem: forgottenClient(client, clientCounters.forgotten.prefix) };
  const sequenced = sequence(counter, push.user, n, push.changes.length);
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
        expected: (counter?.n ?? 0) + 1,
      });
    default:
      return sequenced satisfies never;
  }
};

interface ClientRun {
  readonly client: string;
  /** The n of its first change. */
  readonly n: number;
  /** Number of its first changes that were accepted before. */
  readonly repeated: number;
  /** The next n of the client. */
  readonly expected: number;
}

/** Compares the changes that were accepted before and repeats their receipts; appends the others [Q3] [Q4] [Q6]. */
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
    if (change === undefined) return expired(group, client, n + index, expected);
    if (!isSameChange(push, index, change)) return conflict(client, n + index, expected);
    receipts.push({ client, n: n + index, seq: change.seq, repeated: true });
  }
  return appendChanges(group, push, receipts);
};

const sequenceKeyed = (group: CommitGroup, push: QueuedPush, key: string): SequenceResult => {
  const counter = counterOf(group, keyCounterName(key));
  if (counter !== undefined && counter.user !== push.user)
    return refused('client-taken', 'The key belongs to another subject.');
  const found = findByKey(group, key);
  // The key is remembered longer than its change [Q8]: taken again, it would take effect twice.
  if (found.kind === 'expired')
    return refused('outcome-expired', `The key ${key} was used; what for is no longer known.`);
  if (found.kind === 'unknown') return appendChanges(group, push, []);
  if (!isSameChange(push, 0, found.change))
    return refused('id-conflict', `The key ${key} was used for another change.`);
  const { seq } = found.change;
  return { kind: 'accepted', receipts: [{ client: ANONYMOUS_CLIENT, n: seq, seq, repeated: true }] };
};

const conflict = (client: string, n: number, expected: number): SequenceResult =>
  refused('id-conflict', `${client} used n = ${n} for another change.`, expected);

/** The content is gone, so nothing tells whether this is the same change; the outcome may still be known [O5]. */
const expired = ({ loaded }: CommitGroup, client: string, n: number, expected: number): SequenceResult => {
  const kept = loaded.clientCounters.outcomeOf(client, n);
  const cure = kept === undefined ? {} : { seq: kept.seq, outcome: kept.outcome.status };
  const detail = 'This n was used; what for is no longer known.';
  return { kind: 'refused', problem: problem('outcome-expired', detail, { expected, ...cure }) };
};

const refused = (name: ProblemName, detail: string, expected?: number): SequenceResult => ({
  kind: 'refused',
  problem: problem(name, detail, expected === undefined ? {} : { expected }),
});
