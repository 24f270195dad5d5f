import { type Cure, type Problem, type ProblemName, problem } from '../../protocol/problems.ts';

/**
 * Thrown inside a change to end it with a reason. Its effect so far is taken back and the problem becomes the
 * change's outcome [D4]; everything else that is thrown becomes `change-failed`.
 */
export class Refusal extends Error {
  readonly problem: Problem;

  constructor(reason: Problem) {
    super(reason.detail);
    this.name = 'Refusal';
    this.problem = reason;
  }
}

/** Ends the change with one of the protocol's problems. */
export const refuse = (name: ProblemName, detail: string, cure: Cure = {}): never => {
  throw new Refusal(problem(name, detail, cure));
};

/**
 * For reducers: refuse this change for a reason of the application's own.
 *
 * @param reason a short stable code for programs, e.g. `box-locked`
 * @param detail a sentence for people, at most 500 characters
 */
export const reject = (reason: string, detail: string): never => refuse('change-refused', detail, { reason });
