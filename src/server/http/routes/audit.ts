import { AUDIT_PAGE_MAX } from '../../../protocol/access-limits.ts';
import { encodeOwner } from '../../../protocol/owners.ts';
import { callAudit } from '../operator/audit.ts';
import { type Ctx, ownerParam, requireSubject, unwrap } from '../request/context.ts';
import { integerParameter, readQuery, versionParameter } from '../request/query.ts';
import { json } from '../response/response.ts';

/** The query of both lists. */
export const AUDIT_QUERY = { after: versionParameter, limit: integerParameter(1, AUDIT_PAGE_MAX) };

/** `GET /v1/audit`: what operators have done, the oldest first [A11]. */
export const getAudit = async (c: Ctx): Promise<Response> => {
  const { after, limit } = pageIn(c);
  return json(200, JSON.stringify(await callAudit(c, (audit) => audit.acts(after, limit))));
};

/** `GET /v1/audit/reads`: how often operators have looked at what, by the hour [A11]. */
export const getAuditedReads = async (c: Ctx): Promise<Response> => {
  const { after, limit } = pageIn(c);
  return json(200, JSON.stringify(await callAudit(c, (audit) => audit.reads(after, limit))));
};

const pageIn = (c: Ctx): { readonly after: number; readonly limit: number } => {
  const { after = 0, limit = AUDIT_PAGE_MAX } = unwrap(readQuery(c.get('search'), AUDIT_QUERY)).values;
  return { after, limit };
};

/** `GET /v1/subjects/{subject}/audit`: what was done with the applications of an owner [A11]. */
export const getOwnersAudit = async (c: Ctx): Promise<Response> => {
  const owner = ownerParam(c);
  requireSubject(c, owner);
  const { after, limit } = pageIn(c);
  return json(200, JSON.stringify(await callAudit(c, (audit) => audit.acts(after, limit), encodeOwner(owner))));
};
