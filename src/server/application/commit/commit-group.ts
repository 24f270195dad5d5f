import { utf8Length } from '../../../core/json/utf8.ts';
import type { Json } from '../../../protocol/json.ts';
import { QUEUE_ROW_BYTES_MAX } from '../../../protocol/limits.ts';
import type { Budget } from '../cost/budget.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { PushRequest } from '../state/push-requests.ts';
import { type AcceptedRowWithUsage, insertChanges, type QueuedRun } from '../storage/accepted-rows.ts';
import type { Database } from '../storage/database.ts';
import { type LoggedChange, positionSender, serializeBody, serializeSender } from '../storage/stored-change.ts';

/** Group commit: changes that arrived in one turn. They get their seqs now and are written as one row [Q5]. */
export interface CommitGroup {
  readonly database: Database;
  readonly loaded: LoadedState;
  /** Time of acceptance, ms since 1970. */
  readonly now: number;
  readonly changes: LoggedChange[];
  /** The JSON text of the args of each change, as it was received. */
  readonly args: string[];
  /** Each change as its row will hold it. */
  readonly serialized: SerializedChange[];
  /** Length of `serialized`, in UTF-16 units. */
  length: number;
  /** The changes of each push, with their subject [F1]. */
  readonly runs: QueuedRun[];
  /** The requests that brought them. */
  readonly requests: PushRequest[];
  /** The budget that new changes are checked against; undefined for changes of the deployment itself. */
  readonly budget: Budget | undefined;
}

export interface SerializedChange {
  /** Its sender; empty when it continues a run of the same client. */
  readonly sender: string;
  readonly body: string;
}

export const newCommitGroup = (database: Database, loaded: LoadedState, budget: Budget | undefined): CommitGroup => ({
  database,
  loaded,
  budget,
  // The time of acceptance never decreases, even when the host's clock does [D9].
  now: Math.max(Date.now(), loaded.at),
  changes: [],
  args: [],
  serialized: [],
  length: 0,
  runs: [],
  requests: [],
});

export const serializeChange = (
  change: LoggedChange,
  args: string,
  before: LoggedChange | undefined,
): SerializedChange => ({
  sender: serializeSender(change, before),
  body: serializeBody(change, args, before),
});

/** In UTF-16 units: cheaper than to measure UTF-8, and what the queue is bounded by [B2]. */
export const lengthOf = ({ sender, body }: SerializedChange): number => sender.length + body.length;

/**
 * Writes the group's rows. Call inside a transaction.
 *
 * @param skipped number of its first changes that were written with the drain
 */
export const writeGroup = (group: CommitGroup, skipped = 0): void => {
  const { database, loaded, changes } = group;
  let start = skipped;
  while (start < changes.length) {
    const end = rowEnd(group, start);
    insertChanges(database, loaded.row.segment, rowOf(group, { start, end, following: ROWS_TO_APPLY }));
    start = end;
  }
};

/** Rows that queued changes cause later: the drain and its alarm. */
const ROWS_TO_APPLY = 2;

/**
 * One row of changes, with the application's cost so far.
 *
 * @param start first change of the group in the row
 * @param end first change after it
 * @param following number of rows that will be written because of this one
 */
export const rowOf = (
  { database, changes, args, serialized, now }: CommitGroup,
  { start, end, following }: { readonly start: number; readonly end: number; readonly following: number },
): AcceptedRowWithUsage => {
  const first = changes[start] as LoggedChange;
  // The first change of a row always has its sender and its name.
  const texts = [serializeChange(first, args[start] as string, undefined), ...serialized.slice(start + 1, end)];
  const senders = texts.flatMap(({ sender }, index) => (sender === '' ? [] : [positionSender(index, sender)]));
  return {
    first: first.seq,
    last: first.seq + texts.length - 1,
    at: now,
    senders: `[${senders}]`,
    bodies: `[${texts.map(({ body }) => body)}]`,
    spent: database.usage.snapshot(1 + following),
  };
};

/** Adds the written group to the loaded state. Call after the commit. */
export const adoptGroup = ({ loaded, now, changes, length, runs, requests }: CommitGroup): void => {
  const [first] = changes;
  if (first === undefined) return;
  if (loaded.head === loaded.version) loaded.waitingSince = now;
  loaded.head += changes.length;
  loaded.at = now;
  loaded.queueBytes += length;
  loaded.logBytes += length;
  for (const change of changes) loaded.clientCounters.record(change);
  for (const run of runs) loaded.queueShares.add(run);
  loaded.requests.add(requests, loaded.version);
};

/** The changes of the group with their args parsed, ready to be applied. */
export const acceptedChanges = ({ changes, args }: CommitGroup): LoggedChange[] => {
  // Parsed all at once: one by one takes twice as long.
  const parsed = JSON.parse(`[${args}]`) as Json[];
  return changes.map((change, index) => ({ ...change, args: parsed[index] as Json }));
};

/** End of the row that begins at `start`: as many changes as fit. An atomic batch is never split. */
const rowEnd = ({ changes, serialized }: CommitGroup, start: number): number => {
  let bytes = 0;
  let end = start;
  while (end < changes.length) {
    const next = batchEnd(changes, end);
    for (const { sender, body } of serialized.slice(end, next))
      bytes += utf8Length(sender) + utf8Length(body) + PUNCTUATION_BYTES;
    if (bytes > QUEUE_ROW_BYTES_MAX && end > start) break;
    end = next;
  }
  return end;
};

/** Bytes in the row for the place of a change, brackets and commas. */
const PUNCTUATION_BYTES = 10;

const batchEnd = (changes: readonly LoggedChange[], start: number): number => {
  const batch = changes[start]?.batch;
  let end = start + 1;
  while (batch !== undefined && changes[end]?.batch === batch) end += 1;
  return end;
};
