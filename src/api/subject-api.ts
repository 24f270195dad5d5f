import type {
  AuditedUse,
  AuditPage,
  ListedOwner,
  OwnersPage,
  RevokedTokens,
  SharedApplication,
  SharedPage,
} from '../protocol/operator-answers.ts';
import { encodeOwner } from '../protocol/owners.ts';
import { jsonOf } from './answers.ts';
import type { CallOptions } from './call.ts';
import { type Pages, pagesOf } from './pages.ts';
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
}

/** The calls over a requester. */
export const subjectApi = (requester: Requester): SubjectApi => ({
  shared: ({ after: first, limit, signal } = {}) =>
    pagesOf(
      async (after: string | undefined = first) =>
        jsonOf<SharedPage>(await requester.send({ path: `/v1/shared${queryOf({ after, limit })}`, signal })),
      ({ applications }) => applications,
    ),
  revokeTokens: async (subject, { before, signal } = {}) => {
    const path = `/v1/subjects/${encodeOwner(subject)}/revoke${queryOf({ before })}`;
    return jsonOf<RevokedTokens>(await requester.send({ method: 'POST', path, signal }));
  },
  owners: ({ after: first, limit, signal } = {}) =>
    pagesOf(
      async (after: string | undefined = first) =>
        jsonOf<OwnersPage>(await requester.send({ path: `/v1/apps${queryOf({ after, limit })}`, signal })),
      ({ owners }) => owners,
    ),
  audit: ({ after: first, limit, signal } = {}) =>
    pagesOf(
      async (after: number | undefined = first) =>
        jsonOf<AuditPage<AuditedUse>>(await requester.send({ path: `/v1/audit${queryOf({ after, limit })}`, signal })),
      ({ entries }) => entries,
    ),
});
