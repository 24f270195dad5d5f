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

interface Row extends Record<string, SqlStorageValue> {
  readonly seq: number;
  readonly change: string;
  readonly at: number;
  readonly problem: string;
  readonly fate: string;
  readonly retry: number | null;
}

export const createRejections = (database: Database): void => {
  database.run(
    'CREATE TABLE rejections (seq INTEGER PRIMARY KEY, change TEXT, at INTEGER, problem TEXT, fate TEXT, retry INTEGER)',
  );
};

/** Adds rejections to the bounded list. The oldest ones drop out, and are counted [O3]. */
export const insertRejections = (database: Database, rejections: readonly Rejection[]): void => {
  for (const { change, at, problem, status, retry } of rejections) {
    const texts = [JSON.stringify(change), at, JSON.stringify(problem), status];
    database.run('INSERT INTO rejections VALUES (?, ?, ?, ?, ?, ?)', change.seq, ...texts, retry ?? null);
  }
  const surplus = countRejections(database) - REJECTIONS_MAX;
  if (surplus <= 0) return;
  database.run('DELETE FROM rejections WHERE seq IN (SELECT seq FROM rejections ORDER BY seq LIMIT ?)', surplus);
  database.run('UPDATE application SET forgotten = forgotten + ?', surplus);
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

export const allRejections = (database: Database): Rejection[] =>
  database.all<Row>('SELECT * FROM rejections ORDER BY seq').map(readRow);

/** Number of rejections with the status `listed`. */
export const countListed = (database: Database): number =>
  database.first<{ count: number }>("SELECT count(*) AS count FROM rejections WHERE fate = 'listed'")?.count ?? 0;

const countRejections = (database: Database): number =>
  database.first<{ count: number }>('SELECT count(*) AS count FROM rejections')?.count ?? 0;

const readRow = ({ change, at, problem, fate, retry }: Row): Rejection => ({
  change: JSON.parse(change) as LoggedChange,
  at,
  problem: JSON.parse(problem) as ProblemBody,
  status: fate as Rejection['status'],
  retry: retry ?? undefined,
});
