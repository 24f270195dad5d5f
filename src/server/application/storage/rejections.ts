import { REJECTIONS_MAX } from '../../../protocol/limits.ts';
import type { ProblemBody } from '../../../protocol/problems.ts';
import { FAILURE_TYPES, type RejectionCause, rejectionCause } from '../../../protocol/rejection-cause.ts';
import type { Database } from './database.ts';
import type { LoggedChange } from './stored-change.ts';

/** A rejection or dead letter: listed, or already retried or discarded [O3] [O4]. */
export interface Rejection {
  /** The first one, where it was an atomic batch. */
  readonly change: LoggedChange;
  /** All changes of an atomic batch, which has one entry [Q7]; their n and seq count up from those of `change`. */
  readonly batch?: readonly BatchMember[] | undefined;
  readonly at: number;
  readonly problem: ProblemBody;
  /** `listed` until somebody discards it or a retry of it is applied. */
  readonly status: 'listed' | 'retrying' | 'applied' | 'discarded';
  /** The seq of the newest retry. */
  readonly retry: number | undefined;
}

/** A rejection without its changes. */
export type RejectionOutcome = Omit<Rejection, 'change' | 'batch'> & { readonly seq: number };

/** A change of a rejected atomic batch. */
export type BatchMember = Pick<LoggedChange, 'name' | 'args'>;

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

/** Adds rejections to the bounded lists, one for each cause. The oldest ones drop out, and are counted [O3] [O6]. */
export const insertRejections = (database: Database, rejections: readonly Rejection[]): void => {
  for (const rejection of rejections) insertRejection(database, rejection, 'rejections');
  for (const cause of new Set(rejections.map(({ problem }) => rejectionCause(problem.type))))
    dropSurplus(database, cause);
};

const dropSurplus = (database: Database, cause: RejectionCause): void => {
  const surplus = countUnsettled(database, cause) - REJECTIONS_MAX;
  if (surplus <= 0) return;
  // Only those that nobody has decided about: tickets of retried ones are read here [O4].
  const oldest = `SELECT seq FROM rejections WHERE fate = 'listed' AND ${CAUSE} = ? ORDER BY seq LIMIT ?`;
  database.run(`DELETE FROM rejections WHERE seq IN (${oldest})`, cause, surplus);
  database.run('UPDATE application SET forgotten = forgotten + ?', surplus);
};

/** The cause of a row, by the type of its problem: rows of every version have one. */
const CAUSE = `CASE WHEN json_extract(problem, '$.type') IN (${FAILURE_TYPES.map((type) => `'${type}'`).join(', ')})
  THEN 'failure' ELSE 'rule' END`;

/** Adds one rejection, whatever their number. @param table where */
export const insertRejection = (
  database: Database,
  { change, batch, at, problem, status, retry }: Rejection,
  table: string,
): void => {
  const stored: StoredRejected = batch === undefined ? change : { ...change, members: batch };
  const texts = [JSON.stringify(stored), at, JSON.stringify(problem), status];
  database.run(`INSERT INTO ${table} VALUES (?, ?, ?, ?, ?, ?)`, change.seq, ...texts, retry ?? null);
};

/** Deletes what is no longer listed and whose change no ticket can find any more: the history begins after `droppedUntil`. */
export const dropSettledRejections = (database: Database, droppedUntil: number): void => {
  database.run("DELETE FROM rejections WHERE seq <= ? AND fate IN ('applied', 'discarded')", droppedUntil);
};

/** The changes of a rejection: `count` from `seq` on. */
export interface RejectedChanges {
  readonly seq: number;
  readonly count: number;
}

/** @param retry the seq of the first change of the retry */
export const setRejectionStatus = (
  database: Database,
  { seq, count }: RejectedChanges,
  fate: Rejection['status'],
  retry?: number,
): void => {
  const rows = 'WHERE seq >= ? AND seq < ?';
  if (retry === undefined) database.run(`UPDATE rejections SET fate = ? ${rows}`, fate, seq, seq + count);
  else database.run(`UPDATE rejections SET fate = ?, retry = ? ${rows}`, fate, retry, seq, seq + count);
};

/** Lists a rejection again, with the new reason: its retry was rejected, too. */
export const listAgain = (database: Database, { seq, count }: RejectedChanges, problem: ProblemBody): void => {
  const statement = "UPDATE rejections SET fate = 'listed', problem = ? WHERE seq >= ? AND seq < ?";
  database.run(statement, JSON.stringify(problem), seq, seq + count);
};

/** The problem of a unit: that of the change that failed, not of the others in its atomic batch. */
export const causeOf = (problems: readonly ProblemBody[]): ProblemBody | undefined =>
  problems.find(({ type }) => !type.endsWith(':batch-failed')) ?? problems[0];

/** The rejection that a change belongs to, alone or in an atomic batch. */
export const rejectionOf = (database: Database, seq: number): Rejection | undefined => {
  const row = database.first<Row>('SELECT * FROM rejections WHERE seq <= ? ORDER BY seq DESC LIMIT 1', seq);
  const found = row === undefined ? undefined : readRow(row);
  if (found === undefined || seq >= found.change.seq + countOf(found)) return undefined;
  const { batch: first } = found.change;
  return first === undefined || found.batch !== undefined ? found : rejectionOfBatch(database, first);
};

/** An atomic batch that was stored before its changes had one entry: each has a row. Undefined where the first is gone. */
const rejectionOfBatch = (database: Database, first: number): Rejection | undefined => {
  const members: Rejection[] = [];
  for (const rejection of rejectionsInOrder(database, first - 1)) {
    if (rejection.change.batch !== first) break;
    members.push(rejection);
  }
  return members[0]?.change.seq === first ? merged(members) : undefined;
};

/** Number of changes. */
export const countOf = ({ batch }: Rejection): number => batch?.length ?? 1;

/** The rejections after a seq, oldest first. Read page by page, so that a caller may stop early. */
export function* rejectionsInOrder(database: Database, after = 0): Generator<Rejection> {
  const statement = 'SELECT * FROM rejections WHERE seq > ? ORDER BY seq LIMIT ?';
  for (const row of database.each<Row>(statement, after, ({ seq }) => seq)) yield readRow(row);
}

/** One entry of the changes of an atomic batch. */
const merged = (rejections: readonly Rejection[]): Rejection => {
  const [first] = rejections as [Rejection];
  if (rejections.length === 1) return first;
  const batch = rejections.map(({ change: { name, args } }) => ({ name, args }));
  return { ...first, batch, problem: causeOf(rejections.map(({ problem }) => problem)) ?? first.problem };
};

export const isListed = ({ status }: Pick<Rejection, 'status'>): boolean =>
  status === 'listed' || status === 'retrying';

/** All rejections without their changes, oldest first: what may still change of them. Of settled ones only those after a seq. */
export const rejectionOutcomes = (database: Database, after: number): RejectionOutcome[] =>
  database
    .all<OutcomeRow>('SELECT seq, at, problem, fate, retry FROM rejections ORDER BY seq')
    .map((row) => ({ seq: row.seq, ...readOutcome(row) }))
    .filter((outcome) => isListed(outcome) || outcome.seq > after);

/** The changes of the rejection with this very seq, which never change. */
export const rejectedAt = (database: Database, seq: number): Pick<Rejection, 'change' | 'batch'> | undefined => {
  const row = database.first<Pick<Row, 'change'>>('SELECT change FROM rejections WHERE seq = ?', seq);
  return row && readChanges(row);
};

/** Number of rejections with the status `listed`. */
export const countListed = (database: Database): number =>
  database.first<{ count: number }>("SELECT count(*) AS count FROM rejections WHERE fate = 'listed'")?.count ?? 0;

/** Number of rejections of a cause that nobody has decided about. */
export const countUnsettled = (database: Database, cause: RejectionCause): number => {
  const statement = `SELECT count(*) AS count FROM rejections WHERE fate IN ('listed', 'retrying') AND ${CAUSE} = ?`;
  return database.first<{ count: number }>(statement, cause)?.count ?? 0;
};

/** `members`: the changes of an atomic batch. */
type StoredRejected = LoggedChange & { readonly members?: readonly BatchMember[] };

const readRow = (row: Row): Rejection => ({ ...readChanges(row), ...readOutcome(row) });

const readChanges = (row: Pick<Row, 'change'>): Pick<Rejection, 'change' | 'batch'> => {
  const { members, ...change } = JSON.parse(row.change) as StoredRejected;
  return { change, batch: members };
};

const readOutcome = ({ at, problem, fate, retry }: OutcomeRow): Omit<Rejection, 'change' | 'batch'> => ({
  at,
  problem: JSON.parse(problem) as ProblemBody,
  status: fate as Rejection['status'],
  retry: retry ?? undefined,
});
