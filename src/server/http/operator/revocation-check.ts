import { ProblemError } from '../../../core/json/problem-error.ts';
import { encodeOwner } from '../../../protocol/owners.ts';
import { problem } from '../../../protocol/problems.ts';
import { callDirectory } from '../object/call-directory.ts';
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
  const directory = encodeOwner(principal.subject);
  const before = await callDirectory(c, directory, (stub) => stub.revokedBefore(), { detail: NOT_FOUND_OUT });
  if ((principal.issuedAt ?? 0) < before)
    throw new ProblemError(problem('unauthorized', 'The token was revoked: fetch a new one.'));
};

const NOT_FOUND_OUT = 'Whether the token was revoked cannot be found out now.';
