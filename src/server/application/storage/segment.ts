import type { ClientCounter } from '../../../core/drain/sequence.ts';
import type { Json } from '../../../protocol/json.ts';
import type { UsageSnapshot } from '../cost/usage-meter.ts';
import { type Chunk, dropChunks, readChunks, writeChunks } from './chunks.ts';
import { type Compressed, compressed, textOf } from './compression.ts';
import type { Database } from './database.ts';
import { createLog, dropLog, type Segments } from './log.ts';

// A segment is a checkpoint and the log behind it. The log's tables are its own, because dropping a table is not billed
// while deleting its rows costs one written row each (measured: DROP TABLE writes 0, DELETE of 151 rows 151).
//
//   segments   a row for each: what its checkpoint says of itself, and of which chunks it is made
//   chunks     parts of the checkpoints' texts; one that has not changed belongs to several checkpoints
//   changes_k  a row for each group of changes accepted in one turn: what was asked
//   drains_k   a row for each slice of a drain: what came of it; and what was asked, when that was in the same turn
//
// No row is ever changed.

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
  readonly spent?: UsageSnapshot;
}

export interface Checkpoint {
  readonly base: Base;
  readonly state: string;
  readonly clientCounters: ReadonlyMap<string, ClientCounter>;
}

/** A checkpoint as its row has it: with the chunks that its texts are made of. */
export interface Header extends Base {
  readonly state: readonly Chunk[];
  readonly marks: readonly Chunk[];
}

export const createSegments = (database: Database): void => {
  database.run('CREATE TABLE segments (segment INTEGER PRIMARY KEY, header TEXT)');
};

/** Begins a segment. What has not changed since the one before is not written again. */
export const insertSegment = (
  database: Database,
  segment: number,
  { base, state, clientCounters }: Checkpoint,
): void => {
  const before = findHeader(database, segment - 1);
  const chunks = {
    state: writeChunks(database, state, before?.state ?? []),
    marks: writeChunks(database, JSON.stringify([...clientCounters].map(packCounter)), before?.marks ?? []),
  };
  createLog(database, segment);
  // Last, so that it can say what the rest has cost.
  const header: Header = { ...base, ...chunks, spent: database.usage.snapshot(1) };
  database.run('INSERT INTO segments VALUES (?, ?)', segment, compressed(JSON.stringify(header)));
};

/** Drops the segments from `first` to the oldest of those that stay, and what only they were made of. */
export const dropSegments = (database: Database, first: number, staying: Segments): void => {
  const { oldest, segment } = staying;
  for (let each = first; each < oldest; each += 1) dropLog(database, each);
  database.run('DELETE FROM segments WHERE segment < ?', oldest);
  const used: Chunk[] = [];
  for (let each = oldest; each <= segment; each += 1) {
    const { state, marks } = readHeader(database, each);
    used.push(...state, ...marks);
  }
  dropChunks(database, used);
};

/** @throws Error when there is no such segment */
export const readHeader = (database: Database, segment: number): Header => {
  const header = findHeader(database, segment);
  if (header === undefined) throw new Error(`segment ${segment} has no header`);
  return header;
};

/** The checkpointed state. */
export const readState = (database: Database, { state }: Pick<Header, 'state'>): Json =>
  JSON.parse(readChunks(database, state)) as Json;

/** Where each client stood, longest unheard first. */
export const readClientCounters = (
  database: Database,
  { marks }: Pick<Header, 'marks'>,
): Map<string, ClientCounter> => {
  const packed = JSON.parse(readChunks(database, marks)) as PackedCounter[];
  return new Map(packed.map(([client, n, seq, user]) => [client, { n, seq, user }]));
};

type PackedCounter = readonly [client: string, n: number, seq: number, user: string];

const packCounter = ([client, { n, seq, user }]: [string, ClientCounter]): PackedCounter => [client, n, seq, user];

const findHeader = (database: Database, segment: number): Header | undefined => {
  const row = database.first<{ header: Compressed }>('SELECT header FROM segments WHERE segment = ?', segment);
  return row === undefined ? undefined : (JSON.parse(textOf(row.header)) as Header);
};
