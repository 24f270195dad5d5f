import { type Cure, type Problem, type ProblemName, problem } from '../../protocol/problems.ts';

/**
 * An error that carries a problem (RFC 9457). Thrown inside a change, it rejects the change: the writes are rolled back
 * and the problem becomes the change's outcome [D4]. Any other error becomes the problem `change-failed`.
 */
export class ProblemError extends Error {
  /** The stable name of the problem: `change-refused`, `queue-full` ... Every one is in docs/problems.md. */
  override readonly name: ProblemName;
  /** The problem's name, detail and cure; a reason of the application's own is `problem.reason`. */
  readonly problem: Problem;

  constructor(reason: Problem) {
    super(reason.detail);
    this.name = reason.name;
    this.problem = reason;
  }
}

/** The problem of an error that carries one. @throws every other error again */
export const problemIn = (error: unknown): Problem => {
  if (error instanceof ProblemError) return error.problem;
  throw error;
};

/** Throws a ProblemError with one of the protocol's problems. */
export const throwProblem = (name: ProblemName, detail: string, cure: Cure = {}): never => {
  throw new ProblemError(problem(name, detail, cure));
};

/**
 * Rejects the change from inside its reducer, for a reason of the application's own. The change's writes are rolled
 * back, and its outcome is the problem `change-refused` (status 422) with this reason and detail.
 *
 * @param reason a short stable code for programs, e.g. `box-locked`; cut after 500 UTF-16 units
 * @param detail a sentence for people; cut after 500 UTF-16 units
 * @throws ProblemError always: it never returns
 */
export const reject = (reason: string, detail: string): never => throwProblem('change-refused', detail, { reason });
