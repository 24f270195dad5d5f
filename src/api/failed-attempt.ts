import { retryAfterOf } from '../client/platform/backoff.ts';
import { clientProblem, ProblemError } from '../client/platform/problem-error.ts';
import { type Answer, problemOf } from './answers.ts';
import type { Call } from './call.ts';

/** An attempt that has failed. */
export interface FailedAttempt {
  /** Nothing will change it; refused for now; or nobody knows what happened. */
  readonly reason: 'final' | 'refused' | 'unknown';
  readonly error: ProblemError;
  /** What the server asks to wait, ms. */
  readonly retryAfterMs: number;
}

/** Whether a call may be sent again. */
export const mayRepeat = ({ repeat = 'always' }: Call, { reason }: FailedAttempt): boolean =>
  reason !== 'final' && repeat !== 'never' && (repeat === 'always' || reason === 'refused');

/** An answer that is no success. */
export const answered = (answer: Answer, now: number): FailedAttempt => {
  const error = new ProblemError(problemOf(answer));
  return { reason: reasonOf(answer, error), error, retryAfterMs: retryAfterOf(answer.headers, now) };
};

const reasonOf = ({ status, headers }: Answer, { name }: ProblemError): FailedAttempt['reason'] => {
  const isForeign = name === 'foreign';
  switch (status) {
    case 429:
    case 503:
      // Changebucket says when to come back. Without that, its 503 is there to stay [A5].
      if (!headers.has('Retry-After') && !isForeign) return 'final';
      return isForeign ? 'unknown' : 'refused';
    case 500:
    case 502:
    case 504:
      return 'unknown';
    default:
      return 'final';
  }
};

/** No whole answer has come. */
export const unanswered = (cause: unknown): FailedAttempt => ({
  reason: isNotListening(cause) ? 'refused' : 'unknown',
  error: new ProblemError(clientProblem('unreachable', 0, 'The server cannot be reached', causesOf(cause)), cause),
  retryAfterMs: 0,
});

/** No answer has come in time. */
export const late = (ms: number): FailedAttempt => ({
  reason: 'unknown',
  error: new ProblemError(clientProblem('timeout', 0, 'The server does not answer', `Nothing came within ${ms} ms.`)),
  retryAfterMs: 0,
});

/** Whether it is certain that nobody has received the request, as Node tells it. */
export const isNotListening = (error: unknown): boolean => /ECONNREFUSED|ENOTFOUND|EAI_AGAIN/.test(causesOf(error));

/** The messages and codes of an error and of what it was caused by. */
const causesOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const own = 'code' in error ? `${error.message} ${error.code}` : error.message;
  const inner = error instanceof AggregateError ? error.errors.map(causesOf) : [];
  return [own, ...inner, ...(error.cause === undefined ? [] : [causesOf(error.cause)])].join(': ');
};
