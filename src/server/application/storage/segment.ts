import type { ClientMark } from '../../../core/sequence.ts';
import { CHUNK_UTF16_MAX } from '../../../protocol/limits.ts';
import type { Spent } from '../tally.ts';
import { type Compressed, compressed, textOfAll } from './compressed.ts';
import type { Database } from './database.ts';
import { createLog } from './log.ts';

// A segment is a checkpoint and the log behind it: three tables of their own, because dropping a table is not
// billed while deleting its rows costs one written row each (measured: DROP TABLE writes 0, DELETE of 151 rows 151).
//
//   base_k     the checkpoint in chunks: 0 is the header, then the state's text, then the clients' counters
//   changes_k  one row per group of changes accepted in one turn: what was asked
//   drains_k   one row per slice of a drain: what came of it; and what was asked, when that was in the same turn
//
// Rows are only ever inserted.

/** What a checkpoint says of itself. */
export interface Base {
  /** The version of the checkpointed state. */
  readonly version: number;
  /** The last accepted seq then; changes in (version, head] are still queued in the segment before. */
  readonly head: number;
  /** Time of acceptance of that last change: time never falls. */
  readonly at: number;
  /** UTF-16 units of the state's text: how far the log may grow before the next checkpoint. */
  readonly size: number;
  /** The state's weight in bytes, so that a cold start need not weigh it. */
  readonly weight: number;
  /** What the application had cost when the segment was begun. */
  readonly spent?: Spent;
}

export interface Checkpoint {
  readonly base: Base;
  readonly state: string;
  readonly marks: ReadonlyMap<string, ClientMark>;
}

/** A row's number of `drains_k` that says "closed": a stale instance that still writes here must notice. */
const CLOSED = Number.MAX_SAFE_INTEGER;

export const createSegment = (database: Database, segment: number, { base, state, marks }: Checkpoint): void => {
  database.run(`CREATE TABLE base_${segment} (chunk INTEGER PRIMARY KEY, text TEXT)`);
  createLog(database, segment);
  const states = chunksOf(state);
  const chunks = [...states, ...chunksOf(JSON.stringify([...marks].map(packMark)))];
  const insert = (chunk: number, text: string): void =>
    database.run(`INSERT INTO base_${segment} VALUES (?, ?)`, chunk, compressed(text));
  chunks.forEach((text, index) => {
    insert(index + 1, text);
  });
  // Last, so that it can say what the rest has cost.
  insert(0, JSON.stringify({ ...base, spent: database.tally.spent(1), states: states.length }));
};

export const closeSegment = (database: Database, segment: number): void => {
  database.run(`INSERT INTO drains_${segment} (version) VALUES (?)`, CLOSED);
};

export const dropSegment = (database: Database, segment: number): void => {
  for (const table of ['base', 'changes', 'drains']) database.run(`DROP TABLE ${table}_${segment}`);
};

export const readBase = (database: Database, segment: number): Base => readHeader(database, segment).base;

export const readBaseState = (database: Database, segment: number): string =>
  joinChunks(database, segment, 1, readHeader(database, segment).states);

export const readBaseMarks = (database: Database, segment: number): Map<string, ClientMark> => {
  const from = readHeader(database, segment).states + 1;
  const packed = JSON.parse(joinChunks(database, segment, from, CLOSED)) as PackedMark[];
  return new Map(packed.map(([client, n, seq, user]) => [client, { n, seq, user }]));
};

type PackedMark = readonly [client: string, n: number, seq: number, user: string];

const packMark = ([client, { n, seq, user }]: [string, ClientMark]): PackedMark => [client, n, seq, user];

const readHeader = (database: Database, segment: number): { base: Base; states: number } => {
  const row = database.first<{ text: string }>(`SELECT text FROM base_${segment} WHERE chunk = 0`);
  if (row === undefined) throw new Error(`segment ${segment} has no header`);
  const { states, ...base } = JSON.parse(row.text) as Base & { states: number };
  return { base, states };
};

const joinChunks = (database: Database, segment: number, from: number, count: number): string => {
  const statement = `SELECT text FROM base_${segment} WHERE chunk >= ? ORDER BY chunk LIMIT ?`;
  return textOfAll(database.all<{ text: Compressed }>(statement, from, count).map(({ text }) => text));
};

/** Never cuts a surrogate pair: each half would be stored as U+FFFD. */
const chunksOf = (text: string): string[] => {
  const chunks: string[] = [];
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + CHUNK_UTF16_MAX, text.length);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end -= 1;
    chunks.push(text.slice(start, end));
    start = end;
  }
  return chunks;
};
