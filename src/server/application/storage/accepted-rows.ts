import { MIGRATION } from '../../../core/drain/reduce.ts';
import { ANONYMOUS_CLIENT } from '../../../protocol/ids.ts';
import type { UsageSnapshot } from '../cost/usage-snapshot.ts';
import { type Compressed, compressed, textOf } from './compression.ts';
import type { Database } from './database.ts';
import type { Segments } from './log.ts';
import { type AcceptedRow, type LoggedChange, readChanges, runsOf, type SentRun } from './stored-change.ts';

// Accepted changes stand in `changes_k` when they were queued, and in `drains_k`, beside their outcome, when they were
// applied in the turn that accepted them [D11].

/** Accepted changes with the application's cost by then [C1]. */
export interface AcceptedRowWithUsage extends AcceptedRow {
  readonly spent: UsageSnapshot;
}

export const insertChanges = (database: Database, segment: number, accepted: AcceptedRowWithUsage): void => {
  const { first, last, at } = accepted;
  const statement = `INSERT INTO changes_${segment} VALUES (?, ?, ?, ?, ?, ?, ?)`;
  database.run(statement, last, first, at, ...acceptedColumns(accepted));
};

/** Sets the cost that a row of queued changes tells. @param last seq of its last change */
export const setSpent = (database: Database, segment: number, last: number, spent: UsageSnapshot): void => {
  database.run(`UPDATE changes_${segment} SET spent = ? WHERE last = ?`, JSON.stringify(spent), last);
};

/** The values of the columns that both tables have for accepted changes. */
export const acceptedColumns = ({ senders, bodies, spent }: AcceptedRowWithUsage): SqlStorageValue[] => [
  compressed(senders),
  compressed(bodies),
  senders.length + bodies.length,
  JSON.stringify(spent),
];

/** Seq of the last change that was queued in a segment; 0 without one. Reads one row. */
export const lastQueued = (database: Database, segment: number): number =>
  database.first<{ last: number | null }>(`SELECT max(last) AS last FROM changes_${segment}`)?.last ?? 0;

/** The change accepted last in a segment, and the application's cost by then. */
export const lastAccepted = (database: Database, segment: number): LastAccepted | undefined => {
  const queued = database.first<LastRow>(`SELECT last, at, spent FROM changes_${segment} ORDER BY last DESC LIMIT 1`);
  const applied = database.first<LastRow>(
    `SELECT version AS last, at, spent FROM drains_${segment} WHERE bodies IS NOT NULL ORDER BY version DESC LIMIT 1`,
  );
  const row = queued === undefined || (applied !== undefined && applied.last > queued.last) ? applied : queued;
  return row === undefined ? undefined : { ...row, spent: JSON.parse(row.spent) as UsageSnapshot };
};

interface LastAccepted {
  /** Its seq. */
  readonly last: number;
  readonly at: number;
  readonly spent: UsageSnapshot;
}

type LastRow = { readonly last: number; readonly at: number; readonly spent: string };

/** Accepted changes after `seq` in order, read lazily. */
export function* changesAfter(database: Database, segments: Segments, seq: number): Generator<LoggedChange> {
  for (const row of changeRowsAfter(database, segments, seq))
    for (const change of row) if (change.seq > seq) yield change;
}

/** The changes of each row that ends after `seq`, in order, read lazily. The first row may begin before it. */
export function* changeRowsAfter(database: Database, segments: Segments, seq: number): Generator<LoggedChange[]> {
  for (let segment = segments.oldest; segment <= segments.segment; segment += 1) {
    const statement = rowsAfter(segment, 'at, senders, bodies');
    for (const row of database.each<ChangesRow>(statement, seq, ({ last }) => last))
      yield readChanges(decompressed(row));
  }
}

/** The first migration among the changes after `seq`: the one that the deployment has queued. */
export const findMigration = (database: Database, segments: Segments, seq: number): LoggedChange | undefined => {
  for (const change of changesAfter(database, segments, seq))
    if (change.name === MIGRATION && change.client === ANONYMOUS_CLIENT) return change;
  return undefined;
};

/** The rows of accepted changes after `seq` in order, as they were stored, one in memory at a time. */
export function* acceptedRowsAfter(database: Database, segments: Segments, seq: number): Generator<AcceptedRow> {
  for (let segment = segments.oldest; segment <= segments.segment; segment += 1) {
    const statement = rowsAfter(segment, 'at, senders, bodies');
    for (const row of database.each<ChangesRow>(statement, seq, ({ last }) => last, 1)) yield decompressed(row);
  }
}

/** The runs of changes that one client sent in a row, in a segment. Does not read names and args. */
export function* runsAfter(database: Database, segment: number, seq: number): Generator<SentRun> {
  const statement = rowsAfter(segment, 'senders');
  for (const row of database.each<SendersRow>(statement, seq, ({ last }) => last))
    yield* runsOf({ ...row, senders: textOf(row.senders) });
}

/** The queued changes of a row that one subject sent in a row, with their part of the row's length. */
export interface QueuedRun {
  readonly user: string;
  /** Seq of the last one. */
  readonly last: number;
  readonly changes: number;
  /** In UTF-16 units. */
  readonly length: number;
}

/** The runs of the rows that hold changes after `version`. The first row may begin before it. */
export function* queuedRuns(database: Database, segments: Segments, version: number): Generator<QueuedRun> {
  for (let segment = segments.oldest; segment <= segments.segment; segment += 1) {
    const statement = `SELECT last, first, size, senders FROM changes_${segment} WHERE last > ? ORDER BY last LIMIT ?`;
    for (const row of database.each<SizedRow>(statement, version, ({ last }) => last)) yield* queuedRunsOf(row);
  }
}

interface SizedRow extends SendersRow {
  readonly size: number;
}

function* queuedRunsOf({ first, last, size, senders }: SizedRow): Generator<QueuedRun> {
  for (const run of runsOf({ first, last, senders: textOf(senders) })) {
    const changes = run.last.seq - run.first.seq + 1;
    const length = Math.ceil((size * changes) / (last - first + 1));
    yield { user: run.last.user, last: run.last.seq, changes, length };
  }
}

/** Reads the accepted changes of both tables, in order of seq. */
const rowsAfter = (segment: number, columns: string): string =>
  `SELECT last, first, ${columns} FROM changes_${segment} WHERE last > ?1
    UNION ALL SELECT version, base + 1, ${columns} FROM drains_${segment} WHERE version > ?1 AND bodies IS NOT NULL
    ORDER BY last LIMIT ?2`;

interface SendersRow extends Record<string, SqlStorageValue> {
  readonly first: number;
  readonly last: number;
  readonly senders: Compressed;
}

interface ChangesRow extends SendersRow {
  readonly at: number;
  readonly bodies: Compressed;
}

const decompressed = (row: ChangesRow): AcceptedRow => ({
  ...row,
  senders: textOf(row.senders),
  bodies: textOf(row.bodies),
});

/** Length of everything accepted in a segment, in UTF-16 units before compression. */
export const acceptedLength = (database: Database, segment: number): number => {
  const statement = `SELECT (SELECT total(size) FROM changes_${segment}) + (SELECT total(size) FROM drains_${segment}) AS length`;
  return database.first<{ length: number }>(statement)?.length ?? 0;
};

/** Age and size of the queue: the changes after `version`. */
export const measureQueue = (
  database: Database,
  segments: Segments,
  version: number,
): { waitingSince: number; queueBytes: number } => {
  let queue = { waitingSince: 0, queueBytes: 0 };
  for (let segment = segments.segment; segment >= segments.oldest; segment -= 1) {
    const statement = `SELECT min(at) AS since, total(size) AS bytes FROM changes_${segment} WHERE last > ?`;
    const row = database.first<{ since: number | null; bytes: number }>(statement, version);
    if (row === undefined || row.since === null) continue;
    queue = { waitingSince: row.since, queueBytes: queue.queueBytes + row.bytes };
  }
  return queue;
};

/**
 * Reads accepted changes by seq; `undefined` for one that is not, or no longer, kept. Keeps the last row in memory:
 * changes that are read one after the other often stand in one row of a thousand.
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
    const queued = `SELECT last, first, at, senders, bodies FROM changes_${segment} WHERE last >= ? ORDER BY last LIMIT 1`;
    const applied = `SELECT * FROM (SELECT version AS last, base + 1 AS first, at, senders, bodies FROM drains_${segment}
      WHERE version >= ? ORDER BY version LIMIT 1) WHERE bodies IS NOT NULL`;
    for (const statement of [queued, applied]) {
      const row = database.first<ChangesRow>(statement, seq);
      if (row !== undefined && row.first <= seq) return readChanges(decompressed(row));
    }
  }
  return [];
};
