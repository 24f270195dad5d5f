import { ProblemError } from '../../../core/json/problem-error.ts';
import { problem } from '../../../protocol/problems.ts';
import { describeError, log } from '../../logging/log.ts';
import { problemResponse } from './response.ts';

/**
 * The answer to a request whose handler threw. A refusal is answered with its problem. Anything else is a bug of ours:
 * it is logged, and the client gets only the id of the log line [E2].
 *
 * @param application the application in the request's path, as `owner/app`
 * @param request returns the id of the request
 */
export const errorResponse = (error: unknown, application: string | undefined, request: () => string): Response => {
  if (error instanceof ProblemError) return problemResponse(error.problem);
  const id = request();
  log('error', 'a request failed', { application, request: id, ...describeError(error) });
  return problemResponse(
    problem('internal', `Request ${id} failed. The outcome is unknown; it is safe to send a change again.`),
  );
};
