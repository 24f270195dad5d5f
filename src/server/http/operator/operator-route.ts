import { ProblemError } from '../../../core/json/problem-error.ts';
import { encodeOwner } from '../../../protocol/owners.ts';
import { PROBLEMS, type Problem, problem } from '../../../protocol/problems.ts';
import { authorize, authorizeListing, isOperator } from '../../access/authorize.ts';
import type { Access, OperatorUse } from '../openapi/operation.ts';
import { applicationIn, applicationNameIn, type Ctx, type Handler, ownerIn } from '../request/context.ts';
import { requestIdOf } from '../request/request-id.ts';
import { beginAct, countRead, endAct } from './audit.ts';
import { requireUnrevoked } from './revocation-check.ts';

/**
 * Wraps the handler of an operation that an operator may use over all owners. A sender whose own role suffices uses that,
 * and nothing is written down [A10].
 */
export const forOperators =
  (access: Exclude<Access, 'public'>, use: OperatorUse, handler: Handler): Handler =>
  (c) => {
    const principal = c.get('principal');
    if (access === 'operator' && !isOperator(principal)) throw new ProblemError(onlyForOperators());
    if (access !== 'operator' && (!isOperator(principal) || isGranted(c, access))) return handler(c);
    c.set('usesOperatorRight', true);
    return asOperator(c, use, handler);
  };

const onlyForOperators = (): Problem =>
  problem('forbidden', 'This is for operators of the deployment.', { needed: 'operator' });

const isGranted = (c: Ctx, access: Exclude<Access, 'public' | 'operator'>): boolean => {
  const [principal, id, owner] = [c.get('principal'), applicationIn(c), ownerIn(c)];
  if (access === 'anyone') return true;
  if (access === 'subject') return owner !== undefined && principal.subject === owner;
  if (access === 'owner') return owner !== undefined && authorizeListing(principal, owner) === 'granted';
  return id !== undefined && authorize(principal, id, access) === 'granted';
};

/**
 * Runs the handler and writes its use down, before the answer leaves. An act is written down before it is done: a sender
 * that hangs up ends the request at any point.
 */
const asOperator = async (c: Ctx, use: OperatorUse, handler: Handler): Promise<Response> => {
  const owner = ownerIn(c);
  const target = applicationNameIn(c) ?? (owner === undefined ? undefined : encodeOwner(owner));
  const request = requestIdOf(c);
  const common = { ...(target === undefined ? {} : { target }), request };
  await requireUnrevoked(c);
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
