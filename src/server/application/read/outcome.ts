import type { ProblemBody } from '../../../protocol/problems.ts';
import type { Outcome } from '../../../protocol/receipt.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { Database } from '../storage/database.ts';
import { drainOf } from '../storage/drain-rows.ts';
import { type Rejection, rejectionOf } from '../storage/rejections.ts';

/** The outcome of the change at a seq, or of its newest retry [O1]. Undefined when it is no longer retained. */
export const outcomeOf = (database: Database, loaded: LoadedState, seq: number): Outcome | undefined => {
  if (seq > loaded.version) return { status: 'queued' };
  const drained = drainedOutcome(database, loaded, seq);
  if (drained?.status === 'applied') return drained;
  const rejection = rejectionOf(database, seq);
  if (rejection?.retry === undefined) return drained;
  return retriedOutcome(database, loaded, rejection, rejection.retry + seq - rejection.change.seq);
};

/** @param retry seq of the newest retry of the change */
const retriedOutcome = (database: Database, loaded: LoadedState, rejection: Rejection, retry: number): Outcome => {
  if (rejection.status === 'applied') return { status: 'applied', version: retry };
  if (rejection.status === 'retrying') return { status: 'queued' };
  return drainedOutcome(database, loaded, retry) ?? rejectedOutcome(rejection.problem);
};

/** The outcome as the drain has stored it. */
const drainedOutcome = (database: Database, loaded: LoadedState, seq: number): Outcome | undefined => {
  const drain = drainOf(database, loaded.row, seq);
  if (drain === undefined || drain.base >= seq) return undefined;
  const problem = drain.problems[seq];
  return problem === undefined ? { status: 'applied', version: seq } : rejectedOutcome(problem);
};

export const rejectedOutcome = (problem: ProblemBody): Outcome & { readonly problem: ProblemBody } => ({
  status: isDead(problem) ? 'dead' : 'rejected',
  problem,
});

export const isDead = ({ type }: ProblemBody): boolean => type.endsWith(':dead-letter');
