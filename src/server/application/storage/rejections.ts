import { REJECTIONS_MAX } from '../../../protocol/limits.ts';
import type { ProblemBody } from '../../../protocol/problems.ts';
import type { Database } from './database.ts';
import type { LoggedChange } from './stored-change.ts';

/** A rejection or dead letter: listed, or already retried or discarded [O3] [O4]. */
export interface Rejection {
  readonly change: LoggedChange;
  readonly at: number;
  readonly problem: ProblemBody;
  /** `listed` until somebody discards it or a retry of it is applied. */
  readonly status: 'listed' | 'retrying' | 'applied' | 'discarded';
  /** The seq of the newest retry. */
  readonly retry: number | undefined;
}

/** A rejection without its change. */
export type RejectionOutcome = Omit<Rejection, 'change'> & { readonly seq: number };

interface OutcomeRow extends Record<string, SqlStorageValue> {
  readonly seq: number;
  readonly at: number;
  readonly problem: string;
  readonly fate: string;
  readonly retry: number | null;
}

interface Row extends OutcomeRow {
  readonly change: string;
}

/** @param table its name, for rejections of an import that is not complete */
export const createRejections = (database: Database, table = 'rejections'): void => {
  database.run(
    `CREATE TABLE ${table} (seq INTEGER PRIMARY KEY, change TEXT, at INTEGER, problem TEXT, fate TEXT, retry INTEGER)`,
  );
};

/** Adds rejections to the bounded list. The oldest ones drop out, and are counted [O3]. */
export const insertRejections = (database: Database, rejections: readonly Rejection[]): void => {
  for (const rejection of rejections) insertRejection(database, rejection, 'rejections');
  const surplus = countRejections(database) - REJECTIONS_MAX;
  if (surplus <= 0) return;
  database.run('DELETE FROM rejections WHERE seq IN (SELECT seq FROM rejections ORDER BY seq LIMIT ?)', surplus);
  database.run('UPDATE application SET forgotten = forgotten + ?', surplus);
};

/** Adds one rejection, whatever their number. @param table where */
export const insertRejection = (
  database: Database,
  { change, at, problem, status, retry }: Rejection,
  table: string,
): void => {
  const texts = [JSON.stringify(change), at, JSON.stringify(problem), status];
  database.run(`INSERT INTO ${table} VALUES (?, ?, ?, ?, ?, ?)`, change.seq, ...texts, retry ?? null);
};

export const setRejectionStatus = (
  database: Database,
  seq: number,
  fate: Rejection['status'],
  retry?: number,
): void => {
  if (retry === undefined) database.run('UPDATE rejections SET fate = ? WHERE seq = ?', fate, seq);
  else database.run('UPDATE rejections SET fate = ?, retry = ? WHERE seq = ?', fate, retry, seq);
};

/** Lists a rejection again, with the new reason: its retry was rejected, too. */
export const listAgain = (database: Database, seq: number, problem: ProblemBody): void => {
  database.run("UPDATE rejections SET fate = 'listed', problem = ? WHERE seq = ?", JSON.stringify(problem), seq);
};

export const rejectionAt = (database: Database, seq: number): Rejection | undefined => {
  const row = database.first<Row>('SELECT * FROM rejections WHERE seq = ?', seq);
  return row === undefined ? undefined : readRow(row);
};

/** All rejections, oldest first. Read page by page, so that a caller may stop early. */
export function* rejectionsInOrder(database: Database): Generator<Rejection> {
  const statement = 'SELECT * FROM rejections WHERE seq > ? ORDER BY seq LIMIT ?';
  for (const row of database.each<Row>(statement, 0, ({ seq }) => seq)) yield readRow(row);
}

/** All rejections without their changes, oldest first: what may still change of them. */
export const rejectionOutcomes = (database: Database): RejectionOutcome[] =>
  database
    .all<OutcomeRow>('SELECT seq, at, problem, fate, retry FROM rejections ORDER BY seq')
    .map((row) => ({ seq: row.seq, ...readOutcome(row) }));

/** Number of rejections with the status `listed`. */
export const countListed = (database: Database): number =>
  database.first<{ count: number }>("SELECT count(*) AS count FROM rejections WHERE fate = 'listed'")?.count ?? 0;

const countRejections = (database: Database): number =>
  database.first<{ count: number }>('SELECT count(*) AS count FROM rejections')?.count ?? 0;

const readRow = (row: Row): Rejection => ({
  change: JSON.parse(row.change) as LoggedChange,
  ...readOutcome(row),
});

const readOutcome = ({ at, problem, fate, retry }: OutcomeRow): Omit<Rejection, 'change'> => ({
  at,
  problem: JSON.parse(problem) as ProblemBody,
  status: fate as Rejection['status'],
  retry: retry ?? undefined,
});
