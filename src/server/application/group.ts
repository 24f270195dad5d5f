import { utf8Length } from '../../core/utf8.ts';
import type { Json } from '../../protocol/json.ts';
import { QUEUE_ROW_BYTES_MAX } from '../../protocol/limits.ts';
import type { Budget } from './budget.ts';
import { type Memory, markClient } from './memory.ts';
import type { Database } from './storage/database.ts';
import { insertChanges } from './storage/log.ts';
import { type LoggedChange, printChange } from './storage/stored-change.ts';

/** Changes that arrived within one turn: they get their seqs now and are written as one row [Q5]. */
export interface Group {
  readonly database: Database;
  readonly memory: Memory;
  readonly now: number;
  readonly changes: LoggedChange[];
  /** The args of each, as they came. */
  readonly args: string[];
  /** Each as its row will hold it. */
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
  args: [],
  texts: [],
  bytes: 0,
});

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
  { database, changes, args, texts }: Group,
  { start, end, following }: { readonly start: number; readonly end: number; readonly following: number },
): string => {
  // Whatever stands first in a row says who it is.
  const first = printChange(changes[start] as LoggedChange, args[start] as string, undefined);
  const rest = texts.slice(start + 1, end).map((text) => `,${text}`);
  return `[{"spent":${JSON.stringify(database.tally.spent(1 + following))},${first.slice(1)}${rest.join('')}]`;
};

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
export const acceptedChanges = ({ changes, args }: Group): LoggedChange[] => {
  // Parsing them one by one takes twice as long.
  const parsed = JSON.parse(`[${args}]`) as Json[];
  return changes.map((change, index) => ({ ...change, args: parsed[index] as Json }));
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
