import type { AuditedAct } from '../../../protocol/operator-answers.ts';
import { encodeOwner, type Owner } from '../../../protocol/owners.ts';
import type { Access } from '../openapi/operation.ts';
import {
  applicationNameIn,
  type Ctx,
  type Handler,
  ownerParam,
  requireRole,
  requireSubject,
} from '../request/context.ts';
import { recordAct } from './audit.ts';
import { requireUnrevoked } from './revocation-check.ts';

/** Wraps the handler of an act that is in the audit log of the owner in the path, whoever does it [A11]. */
export const inOwnersLog =
  (access: Access, what: AuditedAct, handler: Handler): Handler =>
  (c) => {
    const owner = ownerParam(c);
    // Whoever may not do it writes nothing into the log of another.
    if (access === 'subject') requireSubject(c, owner);
    else requireRole(c, 'admin');
    return recordForOwner(c, what, { owner, target: applicationNameIn(c) ?? encodeOwner(owner) }, handler);
  };

/** Whose log it is, and what the act concerns, percent-encoded. */
interface Concerned {
  readonly owner: Owner;
  readonly target: string;
}

/**
 * Does an act of a sender that was found to have the right, with a line in the audit log of the owner.
 *
 * @throws ProblemError `unauthorized` for a revoked token; `unavailable`, when it cannot be written down: then it is not done
 */
export const recordForOwner = async (
  c: Ctx,
  what: AuditedAct,
  { owner, target }: Concerned,
  handler: Handler,
): Promise<Response> => {
  // The application refuses a revoked token, too; here it must not get into the log [A13].
  if (c.get('usesOperatorRight') !== true) await requireUnrevoked(c);
  return recordAct(c, { what, target }, handler, encodeOwner(owner));
};
