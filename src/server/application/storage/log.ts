import type { Database } from './database.ts';

/** The segments that exist: `oldest` to `segment`, both included. */
export interface Segments {
  readonly oldest: number;
  /** The one that is written to. */
  readonly segment: number;
}

/** Columns for accepted changes, in both tables. `size`: length of `senders` and `bodies` before compression, in UTF-16 units. */
const ACCEPTED_COLUMNS = 'senders TEXT, bodies TEXT, size INTEGER, spent TEXT';

/** Creates the two tables of a segment. */
export const createLog = (database: Database, segment: number): void => {
  database.run(
    `CREATE TABLE changes_${segment} (last INTEGER PRIMARY KEY, first INTEGER, at INTEGER, ${ACCEPTED_COLUMNS})`,
  );
  database.run(
    `CREATE TABLE drains_${segment} (version INTEGER PRIMARY KEY, base INTEGER, at INTEGER, counts TEXT, patch TEXT, problems TEXT, weight INTEGER, ${ACCEPTED_COLUMNS})`,
  );
};

/** A version in `drains_k` that means "closed": the head check of a stale instance that still uses the segment finds it. */
const CLOSED = Number.MAX_SAFE_INTEGER;

export const closeLog = (database: Database, segment: number): void => {
  database.run(`INSERT INTO drains_${segment} (version) VALUES (?)`, CLOSED);
};

export const dropLog = (database: Database, segment: number): void => {
  for (const table of ['changes', 'drains']) database.run(`DROP TABLE ${table}_${segment}`);
};
