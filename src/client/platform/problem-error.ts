import type { ProblemBody, ProblemName } from '../../protocol/problems.ts';

const URN_LENGTH = 'urn:changebucket:problem:'.length;

/** The stable name of a problem: the end of its `type`. */
export const nameOf = ({ type }: ProblemBody): ProblemName => type.slice(URN_LENGTH) as ProblemName;

/** A problem of the server, or of the client's own. */
export interface ClientProblem extends ProblemBody {
  /** What the application's own function has thrown, such as the one that fetches tokens. Not copied to other tabs. */
  readonly cause?: unknown;
}

/**
 * The reason for which a change was refused or rejected. `message` is for developers, `problem` for code.
 */
export class ProblemError extends Error {
  /**
   * The problem (RFC 9457) from the server, or from the client where `type` begins with `urn:changebucket:client:`.
   * `status` is the HTTP status, or 0 without an answer; `reason` the application's own code for a rejection. It has the
   * cure where there is one: `expected`, `limit`, `retryAfter` (seconds), `needed`, `oldest`.
   */
  readonly problem: ProblemBody;

  /** @param cause why, when something else was the reason */
  constructor(problem: ProblemBody, cause?: unknown) {
    super(`${problem.title}: ${problem.detail}`, cause === undefined ? {} : { cause });
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/** A problem of which the server has told no more than its name: as a close code's reason, or the end of a stream. */
export const namedProblem = (name: string, status: number, detail: string): ProblemBody => ({
  type: `urn:changebucket:problem:${name}`,
  title: 'The server has ended the connection',
  status,
  detail,
});

/** A problem of the client's own. */
export const clientProblem = (name: string, status: number, title: string, detail: string): ProblemBody => ({
  type: `urn:changebucket:client:${name}`,
  title,
  status,
  detail,
});
