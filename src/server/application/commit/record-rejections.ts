import { type Slice, unitsOf } from '../../../core/drain/drain-slice.ts';
import type { Unit } from '../../../core/drain/reduce.ts';
import type { ProblemBody } from '../../../protocol/problems.ts';
import type { Database } from '../storage/database.ts';
import type { DrainRow } from '../storage/drain-rows.ts';
import { causeOf, insertRejections, listAgain, type Rejection, setRejectionStatus } from '../storage/rejections.ts';
import type { LoggedChange } from '../storage/stored-change.ts';

/** Lists what the slice has rejected, an atomic batch as one, and updates what was retried in it [O3] [O4]. */
export const recordRejections = (database: Database, slice: Slice, drain: DrainRow): void => {
  const rejections: Rejection[] = [];
  for (const unit of unitsOf(slice.rejections.map(({ change }) => change))) {
    const { retries } = unit[0];
    const problem = problemOf(unit, drain);
    if (retries === undefined) rejections.push(rejectionOf(unit, problem, drain.at));
    else listAgain(database, { seq: retries, count: unit.length }, problem);
  }
  for (const seq of slice.retriedApplied) setRejectionStatus(database, { seq, count: 1 }, 'applied');
  if (rejections.length > 0) insertRejections(database, rejections);
};

const problemOf = (unit: Unit, { problems }: DrainRow): ProblemBody =>
  causeOf(unit.map(({ seq }) => problems[seq] as ProblemBody)) as ProblemBody;

const rejectionOf = (unit: Unit, problem: ProblemBody, at: number): Rejection => ({
  change: unit[0] as LoggedChange,
  batch: unit.length === 1 ? undefined : unit.map(({ name, args }) => ({ name, args })),
  at,
  problem,
  status: 'listed',
  retry: undefined,
});
