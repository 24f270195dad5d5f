import type { ProblemBody, ProblemName } from '../../protocol/problems.ts';

const URN_LENGTH = 'urn:changebucket:problem:'.length;

/** The stable name of a problem: the end of its `type`. */
export const nameOf = ({ type }: ProblemBody): ProblemName => type.slice(URN_LENGTH) as ProblemName;

/**
 * Why a change was not applied. `problem` is what the server said (RFC 9457), with the cure where there is one;
 * `problem.reason` is an application's own code.
 */
export class ProblemError extends Error {
  readonly problem: ProblemBody;

  constructor(problem: ProblemBody) {
    super(`${problem.title}: ${problem.detail}`);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/** What the client itself has to say, in the same form. */
export const clientProblem = (name: string, status: number, title: string, detail: string): ProblemBody => ({
  type: `urn:changebucket:client:${name}`,
  title,
  status,
  detail,
});
