import { ProblemError } from '../../../core/json/problem-error.ts';
import { problem } from '../../../protocol/problems.ts';
import { describeError, log } from '../../logging/log.ts';
import { problemResponse } from './response.ts';

/** Refusals are answers; everything else is ours to look at, and nobody else's to see [E2]. */
export const errorResponse = (error: unknown): Response => {
  if (error instanceof ProblemError) return problemResponse(error.problem);
  const id = crypto.randomUUID();
  log('error', 'a request failed', { id, ...describeError(error) });
  return problemResponse(
    problem('internal', `Request ${id} failed. The outcome is unknown; it is safe to send a change again.`),
  );
};
