import { type ClientMark, sequence } from '../../core/sequence.ts';
import { utf8Length } from '../../core/utf8.ts';
import type { Change } from '../../protocol/change.ts';
import { ANONYMOUS_CLIENT } from '../../protocol/ids.ts';
import { QUEUE_BYTES_MAX, QUEUE_CHANGES_MAX, QUEUE_ROW_BYTES_MAX } from '../../protocol/limits.ts';
import { type Problem, type ProblemName, problem } from '../../protocol/problems.ts';
import type { Receipt } from '../../protocol/receipt.ts';
import type { Budget } from './budget.ts';
import { type Found, findChanges, findKey } from './identity.ts';
import { keyName, type Memory, markClient } from './memory.ts';
import type { PushMessage } from './messages.ts';
import type { Database } from './storage/database.ts';
import { insertChanges, type LoggedChange, type StoredChange } from './storage/log.ts';

/** What the queue needs of a push. */
export type Push = Pick<PushMessage, 'sender' | 'changes' | 'grouping' | 'match' | 'user'> & {
  /** The seq of the rejected change that is tried again [O4]. */
  readonly retries?: number;
};

export type Accepted =
  | { readonly kind: 'accepted'; readonly receipts: readonly Receipt[] }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** Changes that arrived within one turn: they get their seqs now and are written as one row [Q5]. */
export interface Group {
  readonly database: Database;
  readonly memory: Memory;
  readonly now: number;
  readonly changes: LoggedChange[];
  readonly texts: string[];
  bytes: number;
  /** What is judged before anything new is taken in; a deployment's own changes are not. */
  readonly budget: Budget | undefined;
}

export const newGroup = (database: Database, memory: Memory, budget: Budget | undefined): Group => ({
  ...{ database, memory, budget },
  // The time of acceptance never falls, whatever the host's clock does [D9].
  now: Math.max(Date.now(), memory.at),
  changes: [],
  texts: [],
  bytes: 0,
});

/** Decides about one push, in order of arrival. What it accepts is not yet durable. */
export const accept = (group: Group, push: Push): Accepted => {
  switch (push.sender.kind) {
    case 'client':
      return acceptFrom(group, push, push.sender);
    case 'key':
      return acceptKeyed(group, push, push.sender.key);
    case 'anonymous':
      return append(group, push, []);
    default:
      return push.sender satisfies never;
  }
};

/** Queues a rejected change again under a new seq; its client and n stay, its client's counter does not move [O4]. */
export const acceptRetry = (group: Group, push: Push & { readonly retries: number }): Accepted =>
  append(group, push, []);

/**
 * Writes the group's rows. Call inside a transaction.
 *
 * @param passed how many of its changes stand elsewhere already
 */
export const writeGroup = (group: Group, passed = 0): void => {
  const { database, memory, now, changes, texts } = group;
  let start = passed;
  while (start < changes.length) {
    const end = rowEnd(changes, texts, start);
    const [first, last] = [(changes[start] as LoggedChange).seq, (changes[end - 1] as LoggedChange).seq];
    const text = rowText(group, { start, end, following: ROWS_TO_APPLY });
    insertChanges(database, memory.row.segment, { first, last, at: now, changes: text });
    start = end;
  }
};

/** The drain's own and its alarm. */
const ROWS_TO_APPLY = 2;

/**
 * Changes as one row holds them, with what the application has cost so far in front.
 *
 * @param following rows that will be written because of this one
 */
export const rowText = (
  { database, texts }: Group,
  { start, end, following }: { readonly start: number; readonly end: number; readonly following: number },
): string =>
  `[{"spent":${JSON.stringify(database.tally.spent(1 + following))},${texts.slice(start, end).join().slice(1)}]`;

/** Takes the written group over into memory. Call after the commit. */
export const keepGroup = ({ memory, now, changes, bytes }: Group): void => {
  const [first] = changes;
  if (first === undefined) return;
  if (memory.head === memory.version) memory.waitingSince = now;
  memory.head += changes.length;
  memory.at = now;
  memory.queueBytes += bytes;
  memory.logBytes += bytes;
  for (const change of changes) if (change.retries === undefined) markClient(memory, change);
};

/** What was accepted, ready to be applied. */
export const acceptedChanges = ({ changes, texts }: Group): LoggedChange[] => {
  // Parsing them one by one takes twice as long.
  const stored = JSON.parse(`[${texts}]`) as StoredChange[];
  return changes.map((change, index) => ({ ...change, args: (stored[index] as StoredChange).args }));
};

/** A row holds what fits, and never parts an atomic batch. */
const rowEnd = (changes: readonly LoggedChange[], texts: readonly string[], start: number): number => {
  let bytes = 0;
  let end = start;
  while (end < changes.length) {
    const next = batchEnd(changes, end);
    for (const text of texts.slice(end, next)) bytes += utf8Length(text) + 1;
    if (bytes > QUEUE_ROW_BYTES_MAX && end > start) break;
    end = next;
  }
  return end;
};

const batchEnd = (changes: readonly LoggedChange[], start: number): number => {
  const batch = changes[start]?.batch;
  let end = start + 1;
  while (batch !== undefined && changes[end]?.batch === batch) end += 1;
  return end;
};

const acceptFrom = (
  group: Group,
  push: Push,
  { client, n }: { readonly client: string; readonly n: number },
): Accepted => {
  const mark = markOf(group, client);
  const sequenced = sequence(mark, push.user, n, push.changes.length);
  switch (sequenced.kind) {
    case 'taken':
      return refused('client-taken', `The client id ${client} belongs to another subject.`);
    case 'gap':
      return refused('sequence-gap', `The next n of ${client} is ${sequenced.expected}, not ${n}.`, sequenced.expected);
    case 'continues':
      return acceptRest(group, push, { client, n, repeated: sequenced.repeated, expected: (mark?.n ?? 0) + 1 });
    default:
      return sequenced satisfies never;
  }
};

interface Run {
  readonly client: string;
  readonly n: number;
  readonly repeated: number;
  readonly expected: number;
}

/** The changes that were accepted before are compared and answered again; the others are appended [Q3] [Q4] [Q6]. */
const acceptRest = (group: Group, push: Push, { client, n, repeated, expected }: Run): Accepted => {
  if (push.grouping === 'atomic' && repeated > 0 && repeated < push.changes.length)
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

const acceptKeyed = (group: Group, push: Push, key: string): Accepted => {
  const mark = markOf(group, keyName(key));
  if (mark !== undefined && mark.user !== push.user)
    return refused('client-taken', 'The key belongs to another subject.');
  const pending = group.changes.findIndex((change) => change.key === key);
  const found: Found =
    pending < 0 ? findKey(group.database, group.memory, key) : { kind: 'found', change: whole(group, pending) };
  // The outcome of a key is kept as long as the history: after that the key is new.
  if (found.kind !== 'found') return append(group, push, []);
  if (!isSame(push, 0, found.change)) return refused('id-conflict', `The key ${key} was used for another change.`);
  const { seq } = found.change;
  return { kind: 'accepted', receipts: [{ client: ANONYMOUS_CLIENT, n: seq, seq, repeated: true }] };
};

/** Gives seqs to what is new in the push, or refuses it before anything is acknowledged [Q15]. */
const append = (group: Group, push: Push, repeated: readonly Receipt[]): Accepted => {
  const first = group.memory.head + group.changes.length + 1;
  const added: LoggedChange[] = [];
  const { sender, retries } = push;
  let before = sender.kind === 'client' && retries === undefined ? markOf(group, sender.client)?.seq : undefined;
  for (let index = repeated.length; index < push.changes.length; index += 1) {
    const seq = first + added.length;
    added.push(
      logged(group, push, { index, seq, previous: before, batch: push.grouping === 'atomic' ? first : undefined }),
    );
    before = seq;
  }
  const texts = added.map((change, index) =>
    storedText(change, (push.changes[repeated.length + index] as Change).args),
  );
  const full = refuseFull(group, texts) ?? (added.length === 0 ? undefined : group.budget?.refusal());
  if (full !== undefined) return { kind: 'refused', problem: full };
  group.budget?.changes.use(added.length, group.now);
  group.changes.push(...added);
  group.texts.push(...texts);
  for (const text of texts) group.bytes += text.length;
  const receipts = added.map(({ client, n, seq }) => ({ client, n, seq }));
  return { kind: 'accepted', receipts: [...repeated, ...receipts] };
};

interface Position {
  readonly index: number;
  readonly seq: number;
  readonly previous: number | undefined;
  readonly batch: number | undefined;
}

const logged = ({ now }: Group, push: Push, { index, seq, previous, batch }: Position): LoggedChange => {
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

/** Seq and time stand in the row; the args' text is taken as it came. */
const storedText = ({ seq: _seq, at: _at, args: _args, ...rest }: LoggedChange, args: string): string =>
  `${JSON.stringify(rest).slice(0, -1)},"args":${args}}`;

const refuseFull = ({ memory, changes, bytes }: Group, texts: readonly string[]): Problem | undefined => {
  const waiting = memory.head - memory.version + changes.length + texts.length;
  const size = memory.queueBytes + bytes + texts.reduce((sum, text) => sum + text.length, 0);
  if (waiting <= QUEUE_CHANGES_MAX && size <= QUEUE_BYTES_MAX) return undefined;
  const cure =
    waiting > QUEUE_CHANGES_MAX ? { limit: QUEUE_CHANGES_MAX, size: waiting } : { limit: QUEUE_BYTES_MAX, size };
  return problem('queue-full', 'Too many changes wait to be applied.', { ...cure, retryAfter: 1 });
};

/** The client's mark, with what this very group has accepted already. */
const markOf = ({ memory, changes }: Group, name: string): ClientMark | undefined => {
  const pending = changes.findLast((change) => change.client === name && change.retries === undefined);
  return pending ?? memory.marks.get(name);
};

/** A client's accepted changes by n: those of this very group, and those on disk. */
const findAccepted = (
  group: Group,
  client: string,
  range: { readonly from: number; readonly until: number },
): ReadonlyMap<number, LoggedChange> => {
  const found = new Map(findChanges(group.database, group.memory, client, range));
  group.changes.forEach((change, index) => {
    if (change.client === client && change.retries === undefined) found.set(change.n, whole(group, index));
  });
  return found;
};

/** A change of the group with its args, which so far are only text. */
const whole = (group: Group, index: number): LoggedChange => ({
  ...(group.changes[index] as LoggedChange),
  args: (JSON.parse(group.texts[index] as string) as StoredChange).args,
});

/** Whether the change at `index` of the push is what was accepted under its identity [Q4]. */
const isSame = ({ changes, grouping, match }: Push, index: number, accepted: LoggedChange): boolean => {
  const sent = changes[index] as Change;
  const batch = grouping === 'atomic' ? accepted.seq - index : undefined;
  return (
    sent.name === accepted.name &&
    batch === accepted.batch &&
    JSON.stringify(match) === JSON.stringify(accepted.match) &&
    sent.args === JSON.stringify(accepted.args)
  );
};

const conflict = (client: string, n: number, expected: number): Accepted =>
  refused('id-conflict', `${client} used n = ${n} for another change.`, expected);

const expired = (expected: number): Accepted =>
  refused('outcome-expired', 'This n was used; what for is no longer known.', expected);

const refused = (name: ProblemName, detail: string, expected?: number): Accepted => ({
  kind: 'refused',
  problem: problem(name, detail, expected === undefined ? {} : { expected }),
});
