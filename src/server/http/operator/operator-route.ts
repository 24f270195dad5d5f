import { ProblemError } from '../../../core/json/problem-error.ts';
import { encodeOwner } from '../../../protocol/owners.ts';
import { PROBLEMS, problem } from '../../../protocol/problems.ts';
import { authorize, authorizeListing, isOperator } from '../../access/authorize.ts';
import type { Role } from '../../access/principal.ts';
import type { AuditedAct, AuditedRead } from '../../rpc/audit.ts';
import { applicationIn, applicationNameIn, type Ctx, type Handler, ownerIn } from '../request/context.ts';
import { beginAct, countRead, endAct } from './audit.ts';

/** What an operator does by a route: an act has a line of its own in the audit log, reads are counted [A11]. */
export type OperatorUse =
  | { readonly form: 'act'; readonly what: AuditedAct }
  | { readonly form: 'read'; readonly what: AuditedRead };

/** A route that is for operators alone, such as the numbers of a deployment [A10]. */
export const operatorRoute =
  (use: OperatorUse, handler: Handler): Handler =>
  (c) => {
    if (!isOperator(c.get('principal')))
      throw new ProblemError(problem('forbidden', 'This is for operators of the deployment.', { needed: 'operator' }));
    return asOperator(c, use, handler);
  };

/** A route that an operator may use over all owners; a sender whose own role suffices uses that [A10]. */
export const alsoForOperators =
  (needed: Role, use: OperatorUse, handler: Handler): Handler =>
  (c) => {
    const principal = c.get('principal');
    if (principal.kind === 'open' || !isOperator(principal) || isGranted(c, needed)) return handler(c);
    c.set('usesOperatorRight', true);
    return asOperator(c, use, handler);
  };

const isGranted = (c: Ctx, needed: Role): boolean => {
  const id = applicationIn(c);
  if (id !== undefined) return authorize(c.get('principal'), id, needed) === 'granted';
  const owner = ownerIn(c);
  return owner !== undefined && authorizeListing(c.get('principal'), owner) === 'granted';
};

/**
 * Runs the handler and writes its use down, before the answer leaves. An act is written down before it is done: a sender
 * that hangs up ends the request at any point.
 */
const asOperator = async (c: Ctx, use: OperatorUse, handler: Handler): Promise<Response> => {
  const owner = ownerIn(c);
  const target = applicationNameIn(c) ?? (owner === undefined ? undefined : encodeOwner(owner));
  const request = crypto.randomUUID();
  const common = { ...(target === undefined ? {} : { target }), request };
  const act = use.form === 'act' ? await beginAct(c, { what: use.what, ...common }) : undefined;
  const end = (status: number): Promise<void> =>
    use.form === 'act' ? endAct(c, act ?? 0, status) : countRead(c, { what: use.what, ...common }, status);
  try {
    const response = await handler(c);
    await end(response.status);
    response.headers.set('Changebucket-Request', request);
    return response;
  } catch (error) {
    await end(error instanceof ProblemError ? PROBLEMS[error.problem.name][0] : 500);
    throw error;
  }
};
