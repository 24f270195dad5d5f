import { Refusal } from '../../../core/json/refusal.ts';
import { problem } from '../../../protocol/problems.ts';
import { describeError, log } from '../../logging/log.ts';
import { problemAnswer } from './response.ts';

/** Refusals are answers; everything else is ours to look at, and nobody else's to see [E2]. */
export const answerError = (error: unknown): Response => {
  if (error instanceof Refusal) return problemAnswer(error.problem);
  const id = crypto.randomUUID();
  log('error', 'a request failed', { id, ...describeError(error) });
  return problemAnswer(
    problem('internal', `Request ${id} failed. The outcome is unknown; it is safe to send a change again.`),
  );
};
