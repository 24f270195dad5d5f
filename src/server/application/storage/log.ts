import type { ProblemBody } from '../../../protocol/problems.ts';
import type { UsageSnapshot } from '../cost/usage-meter.ts';
import { type Compressed, compressed, textOf } from './compression.ts';
import type { Database } from './database.ts';
import { type AcceptedRow, type LoggedChange, lastOfRuns, readChanges, type SentBy } from './stored-change.ts';

/** What was asked, with what the application had spent by then [C1]. */
export interface AcceptedRowWithUsage extends AcceptedRow {
  readonly spent: UsageSnapshot;
}

/** One slice of a drain as it is stored. */
export interface DrainRow {
  readonly version: number;
  readonly base: number;
  readonly at: number;
  readonly counts: readonly number[];
  /** Undefined where history is broken: the patch did not fit into a row. */
  readonly patch: string | undefined;
  readonly problems: Readonly<Record<string, ProblemBody>>;
  /** The state's weight in bytes after it, so that a cold start need not weigh what it replays. */
  readonly weight: number;
}

/** The segments that exist, oldest first. */
export interface Segments {
  readonly oldest: number;
  readonly segment: number;
}

/** `size` is the length of the two texts as they are without compression. */
const ASKED = 'senders TEXT, bodies TEXT, size INTEGER, spent TEXT';

export const createLog = (database: Database, segment: number): void => {
  database.run(`CREATE TABLE changes_${segment} (last INTEGER PRIMARY KEY, first INTEGER, at INTEGER, ${ASKED})`);
  database.run(
    `CREATE TABLE drains_${segment} (version INTEGER PRIMARY KEY, base INTEGER, at INTEGER, counts TEXT, patch TEXT, problems TEXT, weight INTEGER, ${ASKED})`,
  );
};

/** A version of `drains_k` that says "closed": a stale instance that still writes here must notice. */
const CLOSED = Number.MAX_SAFE_INTEGER;

export const closeLog = (database: Database, segment: number): void => {
  database.run(`INSERT INTO drains_${segment} (version) VALUES (?)`, CLOSED);
};

export const dropLog = (database: Database, segment: number): void => {
  for (const table of ['changes', 'drains']) database.run(`DROP TABLE ${table}_${segment}`);
};

export const insertChanges = (database: Database, segment: number, asked: AcceptedRowWithUsage): void => {
  const { first, last, at } = asked;
  database.run(`INSERT INTO changes_${segment} VALUES (?, ?, ?, ?, ?, ?, ?)`, last, first, at, ...columnsOf(asked));
};

/** @param asked the slice's changes when they were accepted in the same turn; its time is theirs */
export const insertDrain = (
  database: Database,
  segment: number,
  drain: DrainRow,
  asked?: AcceptedRowWithUsage,
): void => {
  const { version, base, at, counts, patch, problems, weight } = drain;
  const printed = Object.keys(problems).length === 0 ? null : compressed(JSON.stringify(problems));
  const outcome = [compressed(JSON.stringify(counts)), patch === undefined ? null : compressed(patch), printed];
  const columns = asked === undefined ? [null, null, null, null] : columnsOf(asked);
  const statement = `INSERT INTO drains_${segment} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
  database.run(statement, version, base, at, ...outcome, weight, ...columns);
};

const columnsOf = ({ senders, bodies, spent }: AcceptedRowWithUsage): SqlStorageValue[] => [
  compressed(senders),
  compressed(bodies),
  senders.length + bodies.length,
  JSON.stringify(spent),
];

/** The head check of every read [S10] [S12]: one row. `undefined` when nothing was drained in this segment yet. */
export const lastDrained = (database: Database, segment: number): number | undefined =>
  database.first<{ version: number | null }>(`SELECT max(version) AS version FROM drains_${segment}`)?.version ??
  undefined;

/** The change accepted last in a segment, and what had been spent by then. */
export const lastAccepted = (database: Database, segment: number): Last | undefined => {
  const apart = database.first<LastRow>(`SELECT last, at, spent FROM changes_${segment} ORDER BY last DESC LIMIT 1`);
  const applied = database.first<LastRow>(
    `SELECT version AS last, at, spent FROM drains_${segment} WHERE bodies IS NOT NULL ORDER BY version DESC LIMIT 1`,
  );
  const row = apart === undefined || (applied !== undefined && applied.last > apart.last) ? applied : apart;
  return row === undefined ? undefined : { ...row, spent: JSON.parse(row.spent) as UsageSnapshot };
};

interface Last {
  readonly last: number;
  readonly at: number;
  readonly spent: UsageSnapshot;
}

type LastRow = { readonly last: number; readonly at: number; readonly spent: string };

/** Accepted changes after `seq` in order, read lazily. */
export function* changesAfter(database: Database, segments: Segments, seq: number): Generator<LoggedChange> {
  for (let segment = segments.oldest; segment <= segments.segment; segment += 1) {
    const statement = askedAfter(segment, 'at, senders, bodies');
    for (const row of database.each<ChangesRow>(statement, seq, ({ last }) => last)) {
      for (const change of readChanges(whole(row))) if (change.seq > seq) yield change;
    }
  }
}

/** Of every run of changes that a client sent one after the other, the last one. Leaves out what they ask. */
export function* sendersAfter(database: Database, segment: number, seq: number): Generator<SentBy> {
  const statement = askedAfter(segment, 'senders');
  for (const row of database.each<SendersRow>(statement, seq, ({ last }) => last))
    yield* lastOfRuns({ ...row, senders: textOf(row.senders) });
}

/** Wherever they stand in a segment, changes are read in order. */
const askedAfter = (segment: number, columns: string): string =>
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

const whole = (row: ChangesRow): AcceptedRow => ({
  ...row,
  senders: textOf(row.senders),
  bodies: textOf(row.bodies),
});

/** Length of all that was accepted in a segment. */
export const acceptedLength = (database: Database, segment: number): number => {
  const statement = `SELECT (SELECT total(size) FROM changes_${segment}) + (SELECT total(size) FROM drains_${segment}) AS length`;
  return database.first<{ length: number }>(statement)?.length ?? 0;
};

/** What waits behind `version`: since when, and how much text. */
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
    const apart = `SELECT last, first, at, senders, bodies FROM changes_${segment} WHERE last >= ? ORDER BY last LIMIT 1`;
    const applied = `SELECT * FROM (SELECT version AS last, base + 1 AS first, at, senders, bodies FROM drains_${segment}
      WHERE version >= ? ORDER BY version LIMIT 1) WHERE bodies IS NOT NULL`;
    for (const statement of [apart, applied]) {
      const row = database.first<ChangesRow>(statement, seq);
      if (row !== undefined && row.first <= seq) return readChanges(whole(row));
    }
  }
  return [];
};

/** Slices that end after `version`, in order. */
export function* drainsAfter(database: Database, segments: Segments, version: number): Generator<DrainRow> {
  for (let segment = segments.oldest; segment <= segments.segment; segment += 1) {
    const statement = `SELECT version, base, at, counts, patch, problems, weight FROM drains_${segment}
      WHERE version > ? AND counts IS NOT NULL ORDER BY version LIMIT ?`;
    for (const row of database.each<OutcomeRow>(statement, version, (each) => each.version)) yield readDrain(row);
  }
}

/** The slice that passed a change; `undefined` while it is queued. */
export const drainOf = (database: Database, segments: Segments, seq: number): DrainRow | undefined => {
  for (const drain of drainsAfter(database, segments, seq - 1)) return drain;
  return undefined;
};

interface OutcomeRow extends Record<string, SqlStorageValue> {
  readonly version: number;
  readonly base: number;
  readonly at: number;
  readonly counts: Compressed;
  readonly patch: Compressed | null;
  readonly problems: Compressed | null;
  readonly weight: number;
}

const readDrain = ({ version, base, at, counts, patch, problems, weight }: OutcomeRow): DrainRow => ({
  ...{ version, base, at, weight, counts: JSON.parse(textOf(counts)) as number[] },
  patch: patch === null ? undefined : textOf(patch),
  problems: problems === null ? {} : (JSON.parse(textOf(problems)) as Record<string, ProblemBody>),
});
