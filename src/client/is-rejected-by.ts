import type { Definition, ReasonOf } from '../core/definition.ts';
import type { ProblemBody } from '../protocol/problems.ts';
import { ProblemError } from './platform/problem-error.ts';

/** The error of a change that a reducer has rejected, for one of the reasons of its definition. */
export interface RejectedError<Reason extends string = string> extends ProblemError<Reason> {
  readonly problem: ProblemBody<Reason> & { readonly reason: Reason };
}

/**
 * Whether an error says that a reducer of this definition has rejected a change, for one of the `reasons` that the
 * definition lists, or for any where it lists none. Then `error.problem.reason` has the type of the reasons, and `detail` is
 * the sentence for people.
 *
 * @example
 * try {
 *   await client.push.vote({ for: 'tea' }).applied;
 * } catch (error) {
 *   if (isRejectedBy(error, poll) && error.problem.reason === 'closed') showResult();
 *   else throw error;
 * }
 */
export const isRejectedBy = <Kind extends Definition>(
  error: unknown,
  { reasons }: Kind,
): error is RejectedError<ReasonOf<Kind>> => {
  if (!(error instanceof ProblemError) || error.name !== 'change-refused') return false;
  const { reason } = error.problem;
  return reason !== undefined && (reasons === undefined || reasons.includes(reason));
};
