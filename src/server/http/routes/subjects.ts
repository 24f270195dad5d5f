import { ProblemError } from '../../../core/json/problem-error.ts';
import { REVOCATION_AHEAD_S_MAX, REVOCATION_MS_MAX, SHARED_PAGE_MAX } from '../../../protocol/access-limits.ts';
import { encodeOwner } from '../../../protocol/owners.ts';
import { problem } from '../../../protocol/problems.ts';
import { callDirectory } from '../object/call-directory.ts';
import { type Ctx, ownerParam, requireSubject, unwrap } from '../request/context.ts';
import { applicationParameter, integerParameter, readQuery } from '../request/query.ts';
import { json } from '../response/response.ts';

/** The query of a revocation: seconds since 1970. */
export const REVOKE_QUERY = { before: integerParameter(1, Number.MAX_SAFE_INTEGER) };

/** `POST /v1/subjects/{subject}/revoke` [A13]. */
export const revokeTokens = async (c: Ctx): Promise<Response> => {
  const subject = ownerParam(c);
  requireSubject(c, subject);
  const now = Math.floor(Date.now() / 1_000);
  // The times in tokens are whole seconds: those of this very second count as issued before.
  const { before = now + 1 } = unwrap(readQuery(c.get('search'), REVOKE_QUERY)).values;
  if (before > now + REVOCATION_AHEAD_S_MAX)
    throw new ProblemError(problem('invalid-query', `before may be ${REVOCATION_AHEAD_S_MAX} s from now at most.`));
  const revoked = await callDirectory(c, encodeOwner(subject), (directory) => directory.revoke(before), {
    ms: REVOCATION_MS_MAX,
  });
  return json(200, JSON.stringify({ subject, ...revoked }));
};

/** The query of the list of shared applications. */
export const SHARED_QUERY = { after: applicationParameter, limit: integerParameter(1, SHARED_PAGE_MAX) };

/** `GET /v1/shared`: the applications of others that the sender has used [A14]. */
export const listShared = async (c: Ctx): Promise<Response> => {
  const { after = '', limit = SHARED_PAGE_MAX } = unwrap(readQuery(c.get('search'), SHARED_QUERY)).values;
  const principal = c.get('principal');
  // An operator without a subject, and everybody under open access, has used nothing.
  const applications =
    principal.kind === 'token'
      ? await callDirectory(c, encodeOwner(principal.subject), (directory) => directory.shared(after, limit))
      : [];
  const next = applications.length === limit ? applications.at(-1)?.application : undefined;
  return json(200, JSON.stringify({ applications, ...(next === undefined ? {} : { next }) }));
};
