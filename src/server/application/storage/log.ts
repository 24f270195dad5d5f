import type { ProblemBody } from '../../../protocol/problems.ts';
import type { Database } from './database.ts';
import { type AcceptedRow, type LoggedChange, readChanges } from './stored-change.ts';

type ChangesRow = AcceptedRow & Record<string, SqlStorageValue>;

/** One slice of a drain as it is stored. */
export interface DrainRow {
  readonly version: number;
  readonly base: number;
  readonly at: number;
  readonly counts: readonly number[];
  /** Undefined where history is broken: the patch did not fit into a row. */
  readonly patch: string | undefined;
  readonly problems: Readonly<Record<string, ProblemBody>>;
}

/** The segments that exist, oldest first. */
export interface Segments {
  readonly oldest: number;
  readonly segment: number;
}

export const insertChanges = (database: Database, segment: number, row: AcceptedRow): void => {
  const { first, last, at, changes } = row;
  database.run(`INSERT INTO changes_${segment} VALUES (?, ?, ?, ?)`, last, first, at, changes);
};

/** @param changes the array of the slice's changes when it was accepted in the same turn; its time is theirs */
export const insertDrain = (database: Database, segment: number, drain: DrainRow, changes?: string): void => {
  const { version, base, at, counts, patch, problems } = drain;
  const printed = Object.keys(problems).length === 0 ? null : JSON.stringify(problems);
  database.run(
    `INSERT INTO drains_${segment} VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ...[version, base, at, JSON.stringify(counts), patch ?? null, printed, changes ?? null],
  );
};

/** The head check of every read [S10] [S12]: one row. `undefined` when nothing was drained in this segment yet. */
export const lastDrained = (database: Database, segment: number): number | undefined =>
  database.first<{ version: number | null }>(`SELECT max(version) AS version FROM drains_${segment}`)?.version ??
  undefined;

export const lastAccepted = (database: Database, segment: number): Last | undefined => {
  const spent = "json_extract(changes, '$[0].spent') AS spent";
  const apart = database.first<Last>(`SELECT last, at, ${spent} FROM changes_${segment} ORDER BY last DESC LIMIT 1`);
  const applied = database.first<Last>(
    `SELECT version AS last, at, ${spent} FROM drains_${segment} WHERE changes IS NOT NULL ORDER BY version DESC LIMIT 1`,
  );
  return apart === undefined || (applied !== undefined && applied.last > apart.last) ? applied : apart;
};

type Last = {
  readonly last: number;
  readonly at: number;
  /** The JSON text of what the application had cost then. */
  readonly spent: string | null;
};

/** Accepted changes after `seq` in order, read lazily. */
export function* changesAfter(database: Database, segments: Segments, seq: number): Generator<LoggedChange> {
  for (let segment = segments.oldest; segment <= segments.segment; segment += 1) {
    const statement = `SELECT last, first, at, changes FROM changes_${segment} WHERE last > ?1
      UNION ALL SELECT version, base + 1, at, changes FROM drains_${segment} WHERE version > ?1 AND changes IS NOT NULL
      ORDER BY last LIMIT ?2`;
    for (const row of database.each<ChangesRow>(statement, seq, ({ last }) => last)) {
      for (const change of readChanges(row)) if (change.seq > seq) yield change;
    }
  }
}

/** Length of all that was accepted in a segment. Parses nothing: at a cold start that would take longer than the rest. */
export const acceptedLength = (database: Database, segment: number): number => {
  const statement = `SELECT (SELECT total(length(changes)) FROM changes_${segment}) +
    (SELECT total(length(changes)) FROM drains_${segment}) AS length`;
  return database.first<{ length: number }>(statement)?.length ?? 0;
};

/** What waits behind `version`: since when, and how much text. Parses nothing. */
export const measureQueue = (
  database: Database,
  segments: Segments,
  version: number,
): { waitingSince: number; queueBytes: number } => {
  let queue = { waitingSince: 0, queueBytes: 0 };
  for (let segment = segments.segment; segment >= segments.oldest; segment -= 1) {
    const statement = `SELECT min(at) AS since, total(length(changes)) AS bytes FROM changes_${segment} WHERE last > ?`;
    const row = database.first<{ since: number | null; bytes: number }>(statement, version);
    if (row === undefined || row.since === null) continue;
    queue = { waitingSince: row.since, queueBytes: queue.queueBytes + row.bytes };
  }
  return queue;
};

/**
 * Reads accepted changes by seq; `undefined` for one that is not, or no longer, kept. The last row read stays at
 * hand: changes that are asked for one after the other often stand in one row of a thousand.
 */
export const changeReader = (database: Database, segments: Segments): ((seq: number) => LoggedChange | undefined) => {
  let row: readonly LoggedChange[] = [];
  return (seq) => {
    const first = row[0]?.seq ?? Number.POSITIVE_INFINITY;
    if (seq < first || seq >= first + row.length) row = readRow(database, segments, seq);
    return row[seq - (row[0]?.seq ?? 0)];
  };
};

const readRow = (database: Database, segments: Segments, seq: number): LoggedChange[] => {
  for (let segment = segments.segment; segment >= segments.oldest; segment -= 1) {
    const apart = `SELECT * FROM changes_${segment} WHERE last >= ? ORDER BY last LIMIT 1`;
    const applied = `SELECT * FROM (SELECT version AS last, base + 1 AS first, at, changes FROM drains_${segment}
      WHERE version >= ? ORDER BY version LIMIT 1) WHERE changes IS NOT NULL`;
    for (const statement of [apart, applied]) {
      const row = database.first<ChangesRow>(statement, seq);
      if (row !== undefined && row.first <= seq) return readChanges(row);
    }
  }
  return [];
};

/** Slices that end after `version`, in order. */
export function* drainsAfter(database: Database, segments: Segments, version: number): Generator<DrainRow> {
  for (let segment = segments.oldest; segment <= segments.segment; segment += 1) {
    const statement = `SELECT version, base, at, counts, patch, problems FROM drains_${segment}
      WHERE version > ? AND counts IS NOT NULL ORDER BY version LIMIT ?`;
    for (const row of database.each(statement, version, (each) => each['version'] as number)) yield readDrain(row);
  }
}

/** The slice that passed a change; `undefined` while it is queued. */
export const drainOf = (database: Database, segments: Segments, seq: number): DrainRow | undefined => {
  for (const drain of drainsAfter(database, segments, seq - 1)) return drain;
  return undefined;
};

const readDrain = (row: Record<string, SqlStorageValue>): DrainRow => ({
  version: row['version'] as number,
  base: row['base'] as number,
  at: row['at'] as number,
  counts: JSON.parse(row['counts'] as string) as number[],
  patch: (row['patch'] as string | null) ?? undefined,
  problems: row['problems'] === null ? {} : (JSON.parse(row['problems'] as string) as Record<string, ProblemBody>),
});
