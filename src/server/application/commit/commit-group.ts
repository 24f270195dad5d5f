import { utf8Length } from '../../../core/json/utf8.ts';
import type { Json } from '../../../protocol/json.ts';
import { QUEUE_ROW_BYTES_MAX } from '../../../protocol/limits.ts';
import type { Budget } from '../cost/budget.ts';
import { type LoadedState, recordClient } from '../state/loaded-state.ts';
import type { Database } from '../storage/database.ts';
import { type AcceptedRowWithUsage, insertChanges } from '../storage/log.ts';
import { type LoggedChange, positionSender, serializeBody, serializeSender } from '../storage/stored-change.ts';

/** Changes that arrived within one turn: they get their seqs now and are written as one row [Q5]. */
export interface CommitGroup {
  readonly database: Database;
  readonly loaded: LoadedState;
  readonly now: number;
  readonly changes: LoggedChange[];
  /** The args of each, as they came. */
  readonly args: string[];
  /** Each as its row will hold it. */
  readonly serialized: SerializedChange[];
  /** Length of all that is printed. */
  length: number;
  /** What is judged before anything new is taken in; a deployment's own changes are not. */
  readonly budget: Budget | undefined;
}

export interface SerializedChange {
  /** Who sent it; empty when it goes on with a run of the same client. */
  readonly sender: string;
  readonly body: string;
}

export const newCommitGroup = (database: Database, loaded: LoadedState, budget: Budget | undefined): CommitGroup => ({
  database,
  loaded,
  budget,
  // The time of acceptance never falls, whatever the host's clock does [D9].
  now: Math.max(Date.now(), loaded.at),
  changes: [],
  args: [],
  serialized: [],
  length: 0,
});

export const serializeChange = (
  change: LoggedChange,
  args: string,
  before: LoggedChange | undefined,
): SerializedChange => ({
  sender: serializeSender(change, before),
  body: serializeBody(change, args, before),
});

export const lengthOf = ({ sender, body }: SerializedChange): number => sender.length + body.length;

/**
 * Writes the group's rows. Call inside a transaction.
 *
 * @param passed how many of its changes stand elsewhere already
 */
export const writeGroup = (group: CommitGroup, passed = 0): void => {
  const { database, loaded, changes } = group;
  let start = passed;
  while (start < changes.length) {
    const end = rowEnd(group, start);
    insertChanges(database, loaded.row.segment, rowOf(group, { start, end, following: ROWS_TO_APPLY }));
    start = end;
  }
};

/** The drain's own and its alarm. */
const ROWS_TO_APPLY = 2;

/**
 * Changes as one row holds them, with what the application has cost so far.
 *
 * @param following rows that will be written because of this one
 */
export const rowOf = (
  { database, changes, args, serialized, now }: CommitGroup,
  { start, end, following }: { readonly start: number; readonly end: number; readonly following: number },
): AcceptedRowWithUsage => {
  const first = changes[start] as LoggedChange;
  // Whatever stands first in a row says who it is, and what.
  const texts = [serializeChange(first, args[start] as string, undefined), ...serialized.slice(start + 1, end)];
  const senders = texts.flatMap(({ sender }, place) => (sender === '' ? [] : [positionSender(place, sender)]));
  return {
    first: first.seq,
    last: first.seq + texts.length - 1,
    at: now,
    senders: `[${senders}]`,
    bodies: `[${texts.map(({ body }) => body)}]`,
    spent: database.usage.snapshot(1 + following),
  };
};

/** Takes the written group over into memory. Call after the commit. */
export const adoptGroup = ({ loaded, now, changes, length }: CommitGroup): void => {
  const [first] = changes;
  if (first === undefined) return;
  if (loaded.head === loaded.version) loaded.waitingSince = now;
  loaded.head += changes.length;
  loaded.at = now;
  loaded.queueBytes += length;
  loaded.logBytes += length;
  for (const change of changes) recordClient(loaded, change);
};

/** What was accepted, ready to be applied. */
export const acceptedChanges = ({ changes, args }: CommitGroup): LoggedChange[] => {
  // Parsing them one by one takes twice as long.
  const parsed = JSON.parse(`[${args}]`) as Json[];
  return changes.map((change, index) => ({ ...change, args: parsed[index] as Json }));
};

/** A row holds what fits, and never parts an atomic batch. */
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

/** For a place in the row, brackets and commas. */
const PUNCTUATION_BYTES = 10;

const batchEnd = (changes: readonly LoggedChange[], start: number): number => {
  const batch = changes[start]?.batch;
  let end = start + 1;
  while (batch !== undefined && changes[end]?.batch === batch) end += 1;
  return end;
};
