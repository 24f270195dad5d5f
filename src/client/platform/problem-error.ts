import type { ProblemBody, ProblemName } from '../../protocol/problems.ts';

/** The types of the server's and of the client's problems. */
const OWN = /^urn:changebucket:\w+:(.+)/;
const URN_LENGTH = 'urn:changebucket:problem:'.length;

/** The stable name of a problem: the end of its `type`. */
export const nameOf = ({ type }: ProblemBody): ProblemName => type.slice(URN_LENGTH) as ProblemName;

/** A problem of the server, or of the client's own. */
export interface ClientProblem<Reason extends string = string> extends ProblemBody<Reason> {
  /** What the application's own function has thrown, such as the one that fetches tokens. Not copied to other tabs. */
  readonly cause?: unknown;
}

/** The names of the client's own problems. Their `type` begins with `urn:changebucket:client:`. */
export type ClientProblemName =
  | 'batch-misused'
  | 'batch-too-large'
  | 'closed'
  | 'given-up'
  | 'history-lost'
  | 'invalid-precondition'
  | 'no-token'
  | 'not-json'
  | 'nothing-to-undo'
  | 'outcome-unknown'
  | 'socket-closed'
  | 'subject-changed'
  | 'timeout'
  | 'unreachable';

/**
 * The reason for which a change was refused or rejected. `message` is for developers, `name` and `problem` for code.
 *
 * @typeParam Reason the type of `problem.reason`, which nobody knows of an error that was caught: `isRejectedBy` tells
 * @example
 * try {
 *   await client.push.add({ id: 'milk' }).applied;
 * } catch (error) {
 *   if (error instanceof ProblemError && error.name === 'change-refused') show(error.problem.detail);
 *   else throw error;
 * }
 */
export class ProblemError<Reason extends string = string> extends Error {
  /** A type alone: with it TypeScript narrows by `instanceof` to any text as the reason, and not to `ProblemError<any>`. */
  declare static readonly [Symbol.hasInstance]: <Instance>(
    this: new (
      ...args: never[]
    ) => Instance,
    value: unknown,
  ) => value is Instance;
  /**
   * The name of the problem, the end of its `type`. `foreign` is an answer that is not from Changebucket, such as that of a
   * proxy. The server's names are in docs/problems.md; a reason of the application's own is `problem.reason`.
   */
  override readonly name: ProblemName | ClientProblemName | 'foreign';
  /**
   * The problem (RFC 9457) from the server, or from the client where `type` begins with `urn:changebucket:client:`.
   * `status` is the HTTP status, or 0 without an answer; `reason` the application's own code for a rejection. It has the
   * cure where there is one: `expected`, `limit`, `retryAfter` (seconds), `needed`, `oldest`.
   */
  readonly problem: ProblemBody<Reason>;

  /** @param cause why, when something else was the reason */
  constructor(problem: ProblemBody<Reason>, cause?: unknown) {
    super(`${problem.title}: ${problem.detail}`, cause === undefined ? {} : { cause });
    this.name = (OWN.exec(problem.type)?.[1] ?? 'foreign') as ProblemError['name'];
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
export const clientProblem = (name: ClientProblemName, status: number, title: string, detail: string): ProblemBody => ({
  type: `urn:changebucket:client:${name}`,
  title,
  status,
  detail,
});
