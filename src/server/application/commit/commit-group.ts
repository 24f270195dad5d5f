import { utf8Length } from '../../../core/json/utf8.ts';
import type { Json } from '../../../protocol/json.ts';
import { QUEUE_ROW_BYTES_MAX } from '../../../protocol/limits.ts';
import type { Budget } from '../cost/budget.ts';
import { type Memory, markClient } from '../state/loaded-state.ts';
import type { Database } from '../storage/database.ts';
import { type Asked, insertChanges } from '../storage/log.ts';
import { type LoggedChange, placeSender, printBody, printSender } from '../storage/stored-change.ts';

/** Changes that arrived within one turn: they get their seqs now and are written as one row [Q5]. */
export interface Group {
  readonly database: Database;
  readonly memory: Memory;
  readonly now: number;
  readonly changes: LoggedChange[];
  /** The args of each, as they came. */
  readonly args: string[];
  /** Each as its row will hold it. */
  readonly printed: PrintedChange[];
  /** Length of all that is printed. */
  length: number;
  /** What is judged before anything new is taken in; a deployment's own changes are not. */
  readonly budget: Budget | undefined;
}

export interface PrintedChange {
  /** Who sent it; empty when it goes on with a run of the same client. */
  readonly sender: string;
  readonly body: string;
}

export const newGroup = (database: Database, memory: Memory, budget: Budget | undefined): Group => ({
  ...{ database, memory, budget },
  // The time of acceptance never falls, whatever the host's clock does [D9].
  now: Math.max(Date.now(), memory.at),
  changes: [],
  args: [],
  printed: [],
  length: 0,
});

export const printChange = (change: LoggedChange, args: string, before: LoggedChange | undefined): PrintedChange => ({
  sender: printSender(change, before),
  body: printBody(change, args, before),
});

export const lengthOf = ({ sender, body }: PrintedChange): number => sender.length + body.length;

/**
 * Writes the group's rows. Call inside a transaction.
 *
 * @param passed how many of its changes stand elsewhere already
 */
export const writeGroup = (group: Group, passed = 0): void => {
  const { database, memory, changes } = group;
  let start = passed;
  while (start < changes.length) {
    const end = rowEnd(group, start);
    insertChanges(database, memory.row.segment, rowOf(group, { start, end, following: ROWS_TO_APPLY }));
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
  { database, changes, args, printed, now }: Group,
  { start, end, following }: { readonly start: number; readonly end: number; readonly following: number },
): Asked => {
  const first = changes[start] as LoggedChange;
  // Whatever stands first in a row says who it is, and what.
  const texts = [printChange(first, args[start] as string, undefined), ...printed.slice(start + 1, end)];
  const senders = texts.flatMap(({ sender }, place) => (sender === '' ? [] : [placeSender(place, sender)]));
  return {
    ...{ first: first.seq, last: first.seq + texts.length - 1, at: now },
    ...{ senders: `[${senders}]`, bodies: `[${texts.map(({ body }) => body)}]` },
    spent: database.tally.spent(1 + following),
  };
};

/** Takes the written group over into memory. Call after the commit. */
export const keepGroup = ({ memory, now, changes, length }: Group): void => {
  const [first] = changes;
  if (first === undefined) return;
  if (memory.head === memory.version) memory.waitingSince = now;
  memory.head += changes.length;
  memory.at = now;
  memory.queueBytes += length;
  memory.logBytes += length;
  for (const change of changes) markClient(memory, change);
};

/** What was accepted, ready to be applied. */
export const acceptedChanges = ({ changes, args }: Group): LoggedChange[] => {
  // Parsing them one by one takes twice as long.
  const parsed = JSON.parse(`[${args}]`) as Json[];
  return changes.map((change, index) => ({ ...change, args: parsed[index] as Json }));
};

/** A row holds what fits, and never parts an atomic batch. */
const rowEnd = ({ changes, printed }: Group, start: number): number => {
  let bytes = 0;
  let end = start;
  while (end < changes.length) {
    const next = batchEnd(changes, end);
    for (const { sender, body } of printed.slice(end, next)) bytes += utf8Length(sender) + utf8Length(body) + ROOM;
    if (bytes > QUEUE_ROW_BYTES_MAX && end > start) break;
    end = next;
  }
  return end;
};

/** For a place in the row, brackets and commas. */
const ROOM = 10;

const batchEnd = (changes: readonly LoggedChange[], start: number): number => {
  const batch = changes[start]?.batch;
  let end = start + 1;
  while (batch !== undefined && changes[end]?.batch === batch) end += 1;
  return end;
};
