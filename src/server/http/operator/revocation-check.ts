import { ProblemError } from '../../../core/json/problem-error.ts';
import { encodeOwner } from '../../../protocol/owners.ts';
import { problem } from '../../../protocol/problems.ts';
import { describeError, log } from '../../logging/log.ts';
import type { Ctx } from '../request/context.ts';

/**
 * Refuses a token that was revoked, where no application does: it asks the subject's directory [A13]. For requests that
 * are rare, such as lists.
 *
 * @throws ProblemError `unauthorized`; `unavailable` when the directory does not answer
 */
export const requireUnrevoked = async (c: Ctx): Promise<void> => {
  const principal = c.get('principal');
  if (principal.kind !== 'token') return;
  const before = await revokedBefore(c, principal.subject);
  if ((principal.issuedAt ?? 0) < before)
    throw new ProblemError(problem('unauthorized', 'The token was revoked: fetch a new one.'));
};

const revokedBefore = async (c: Ctx, subject: string): Promise<number> => {
  try {
    return await c.env.DIRECTORY.getByName(encodeOwner(subject)).revokedBefore();
  } catch (error) {
    log('error', 'a directory did not answer', describeError(error));
    throw new ProblemError(
      problem('unavailable', 'Whether the token was revoked cannot be found out now.', { retryAfter: 1 }),
    );
  }
};
