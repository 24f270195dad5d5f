import type {
  AuditedUse,
  AuditPage,
  CountedReads,
  ListedOwner,
  OwnersPage,
  RevokedTokens,
  SharedApplication,
  SharedPage,
} from '../protocol/operator-answers.ts';
import { encodeOwner } from '../protocol/owners.ts';
import { jsonOf } from './answers.ts';
import type { CallOptions } from './call.ts';
import { type Pages, pagesAt } from './pages.ts';
import { queryOf } from './paths.ts';
import type { Requester } from './requester.ts';

/** The calls about subjects, and for operators of the deployment. */
export interface SubjectApi {
  /** The applications of other owners that the token's subject has used [A14]. @param options `limit`: of a page, at most 100 */
  shared(
    options?: CallOptions & { readonly after?: string; readonly limit?: number },
  ): Pages<SharedApplication, SharedPage>;
  /**
   * Revokes the tokens of a subject that were issued before a time [A13]: one's own, or as an operator.
   *
   * @param subject as tokens have it, not percent-encoded
   * @param options `before`: seconds since 1970. Default: the end of the present second
   */
  revokeTokens(subject: string, options?: CallOptions & { readonly before?: number }): Promise<RevokedTokens>;
  /** All owners that have applications. For operators [A10]. @param options `limit`: of a page, at most 100 */
  owners(options?: CallOptions & { readonly after?: string; readonly limit?: number }): Pages<ListedOwner, OwnersPage>;
  /** What operators have done, the oldest first [A11]. For operators. @param options `limit`: of a page, at most 100 */
  audit(
    options?: CallOptions & { readonly after?: number; readonly limit?: number },
  ): Pages<AuditedUse, AuditPage<AuditedUse>>;
  /** What operators have looked at, and how often, by the hour [A11]. For operators. @param options as of `audit` */
  auditedReads(
    options?: CallOptions & { readonly after?: number; readonly limit?: number },
  ): Pages<CountedReads, AuditPage<CountedReads>>;
  /**
   * What was done with the applications of an owner, by whom, the oldest first [A11]: deleted, undeleted, purged, restored,
   * imported, forked into, opened to the public and closed, and its tokens revoked. For the owner, and for operators.
   *
   * @param owner the subject as tokens have it, not percent-encoded
   * @param options as of `audit`
   */
  ownerAudit(
    owner: string,
    options?: CallOptions & { readonly after?: number; readonly limit?: number },
  ): Pages<AuditedUse, AuditPage<AuditedUse>>;
}

/** The calls over a requester. */
export const subjectApi = (requester: Requester): SubjectApi => ({
  shared: (options = {}) => pagesAt(requester, '/v1/shared', options, ({ applications }: SharedPage) => applications),
  revokeTokens: async (subject, { before, signal } = {}) => {
    const path = `${subjectPath(subject)}/revoke${queryOf({ before })}`;
    return jsonOf<RevokedTokens>(await requester.send({ method: 'POST', path, signal }));
  },
  owners: (options = {}) => pagesAt(requester, '/v1/apps', options, ({ owners }: OwnersPage) => owners),
  audit: (options = {}) => pagesAt(requester, '/v1/audit', options, usesOf),
  auditedReads: (options = {}) =>
    pagesAt(requester, '/v1/audit/reads', options, ({ entries }: AuditPage<CountedReads>) => entries),
  ownerAudit: (owner, options = {}) => pagesAt(requester, `${subjectPath(owner)}/audit`, options, usesOf),
});

const subjectPath = (subject: string): string => `/v1/subjects/${encodeOwner(subject)}`;

const usesOf = ({ entries }: AuditPage<AuditedUse>): readonly AuditedUse[] => entries;
