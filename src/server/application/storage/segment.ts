import type { ClientCounter, SettledRun } from '../../../core/drain/sequence.ts';
import type { Json } from '../../../protocol/json.ts';
import type { UsageSnapshot } from '../cost/usage-snapshot.ts';
import { type Chunk, dropChunks, readChunks, writeChunks } from './chunks.ts';
import { type Compressed, compressed, textOf } from './compression.ts';
import type { Database } from './database.ts';
import { createLog, dropLog, type Segments } from './log.ts';

// A segment is a checkpoint and the log after it. Each segment has log tables of its own, because dropping a table is
// not billed, while deleting its rows costs one written row each (measured: DROP TABLE writes 0, DELETE of 151 rows 151).
//
//   segments   one row for each segment: the header of its checkpoint, with the list of its chunks
//   chunks     parts of the checkpoints' texts; a chunk that has not changed belongs to several checkpoints
//   changes_k  one row for each group of changes accepted in one turn: senders, names and args
//   drains_k   one row for each slice of a drain: patch and outcomes; also the changes, if accepted in the same turn
//
// No row is ever changed.

/** The facts about a checkpoint. */
export interface Base {
  /** The version of the checkpointed state. */
  readonly version: number;
  /** The last accepted seq at that time; changes in (version, head] are still queued in the segment before. */
  readonly head: number;
  /** Time of acceptance of that last change: later times must not be lower [D9]. */
  readonly at: number;
  /** Length of the state's text in UTF-16 units: the next checkpoint is due when the log is longer. */
  readonly size: number;
  /** Bytes of the state's JSON: a cold start need not measure it. */
  readonly weight: number;
  /** Changes up to this seq are not in the log, although the segment is the oldest one; `head` when it is missing. */
  readonly logAfter?: number;
  /** The application's cost when the segment was started. */
  readonly spent?: UsageSnapshot;
}

export interface Checkpoint {
  readonly base: Base;
  readonly state: string;
  readonly clientCounters: Iterable<readonly [string, ClientCounter]>;
  /** Undefined: none was forgotten. */
  readonly forgotten?: StoredForgotten | undefined;
}

/** The clients that were forgotten [Q16]. */
export interface StoredForgotten {
  readonly generation: number;
  /** Number of ids in the filter. */
  readonly count: number;
  /** The filter in base64; empty while nothing is in it. */
  readonly filter: string;
}

/** A checkpoint as it is stored, with the chunks of its texts. `marks` are the client counters. */
export interface Header extends Base {
  readonly state: readonly Chunk[];
  readonly marks: readonly Chunk[];
  /** The forgotten clients [Q16]; absent while there are none. */
  readonly forgotten?: readonly Chunk[];
}

export const createSegments = (database: Database): void => {
  database.run('CREATE TABLE segments (segment INTEGER PRIMARY KEY, header TEXT)');
};

/** Starts a segment. Chunks that have not changed since the checkpoint before are not written again. */
export const insertSegment = (
  database: Database,
  segment: number,
  { base, state, clientCounters, forgotten }: Checkpoint,
): void => {
  const before = findHeader(database, segment - 1);
  const chunks = {
    state: writeChunks(database, state, before?.state ?? []),
    marks: writeChunks(database, counterText(clientCounters), before?.marks ?? []),
    ...(forgotten === undefined
      ? {}
      : { forgotten: writeChunks(database, JSON.stringify(forgotten), before?.forgotten ?? []) }),
  };
  createLog(database, segment);
  // Written last: its `spent` includes the rows written before.
  const header: Header = { ...base, ...chunks, spent: database.usage.snapshot(1) };
  insertHeader(database, segment, header);
};

export const insertHeader = (database: Database, segment: number, header: Header): void => {
  database.run('INSERT INTO segments VALUES (?, ?)', segment, compressed(JSON.stringify(header)));
};

/** Seq of the change before the first one in the log. */
export const logStart = ({ logAfter, head }: Pick<Base, 'logAfter' | 'head'>): number => logAfter ?? head;

/** The text of the counters as it is stored with a checkpoint. */
export const counterText = (clientCounters: Checkpoint['clientCounters']): string =>
  JSON.stringify([...clientCounters].map(packCounter));

/** Drops the segments from `first` up to the oldest one that stays, and the chunks that only they used. */
export const dropSegments = (database: Database, first: number, staying: Segments): void => {
  const { oldest, segment } = staying;
  for (let each = first; each < oldest; each += 1) dropLog(database, each);
  database.run('DELETE FROM segments WHERE segment < ?', oldest);
  const used: Chunk[] = [];
  for (let each = oldest; each <= segment; each += 1) {
    const { state, marks, forgotten = [] } = readHeader(database, each);
    used.push(...state, ...marks, ...forgotten);
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

/** The counter of each client; the client that sent nothing for longest comes first [Q16]. */
export const readClientCounters = (
  database: Database,
  { marks }: Pick<Header, 'marks'>,
): Map<string, ClientCounter> => {
  const packed = JSON.parse(readChunks(database, marks)) as PackedCounter[];
  return new Map(packed.map(unpackCounter));
};

/** The clients that were forgotten [Q16]; undefined while there are none. */
export const readForgotten = (
  database: Database,
  { forgotten }: Pick<Header, 'forgotten'>,
): StoredForgotten | undefined =>
  forgotten === undefined ? undefined : (JSON.parse(readChunks(database, forgotten)) as StoredForgotten);

type PackedCounter = readonly [
  client: string,
  n: number,
  seq: number,
  user: string,
  settled?: readonly PackedRun[],
  skip?: number,
];

type PackedRun = readonly [n: number, seq: number, count: number, outcome: number | string];

const packCounter = ([client, counter]: readonly [string, ClientCounter]): PackedCounter => {
  const { n, seq, user, settled = [], skip } = counter;
  if (skip !== undefined) return [client, n, seq, user, settled.map(packRun), skip];
  return settled.length === 0 ? [client, n, seq, user] : [client, n, seq, user, settled.map(packRun)];
};

const packRun = ({ n, seq, count, outcome }: SettledRun): PackedRun => [n, seq, count, outcome];

const unpackCounter = ([client, n, seq, user, settled = [], skip]: PackedCounter): readonly [string, ClientCounter] => [
  client,
  { n, seq, user, settled: settled.map(unpackRun), skip },
];

const unpackRun = ([n, seq, count, outcome]: PackedRun): SettledRun => ({ n, seq, count, outcome });

const findHeader = (database: Database, segment: number): Header | undefined => {
  const row = database.first<{ header: Compressed }>('SELECT header FROM segments WHERE segment = ?', segment);
  return row === undefined ? undefined : (JSON.parse(textOf(row.header)) as Header);
};
