import { ProblemError } from '../../../core/json/problem-error.ts';
import { encodeOwner } from '../../../protocol/owners.ts';
import { problem } from '../../../protocol/problems.ts';
import type { Ctx } from '../request/context.ts';

/**
 * Refuses a token that was revoked, where no application does: it asks the subject's directory [A13]. For requests that
 * are rare, such as lists.
 *
 * @throws ProblemError `unauthorized`
 */
export const requireUnrevoked = async (c: Ctx): Promise<void> => {
  const principal = c.get('principal');
  if (principal.kind !== 'token') return;
  const before = await c.env.DIRECTORY.getByName(encodeOwner(principal.subject)).revokedBefore();
  if ((principal.issuedAt ?? 0) < before)
    throw new ProblemError(problem('unauthorized', 'The token was revoked: fetch a new one.'));
};
