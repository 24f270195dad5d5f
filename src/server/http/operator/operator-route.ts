import { ProblemError } from '../../../core/json/problem-error.ts';
import { encodeOwner } from '../../../protocol/owners.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import { authorize, authorizeListing, isOperator } from '../../access/authorize.ts';
import type { Access, OperatorUse } from '../openapi/operation.ts';
import { applicationIn, applicationNameIn, type Ctx, type Handler, ownerIn } from '../request/context.ts';
import { recordAct, recordRead } from './audit.ts';
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

/** Runs a handler by the right of an operator, and writes its use down [A11]. */
export const asOperator = async (c: Ctx, use: OperatorUse, handler: Handler): Promise<Response> => {
  c.set('usesOperatorRight', true);
  const owner = ownerIn(c);
  const target = applicationNameIn(c) ?? (owner === undefined ? undefined : encodeOwner(owner));
  const about = target === undefined ? {} : { target };
  await requireUnrevoked(c);
  return use.form === 'act'
    ? recordAct(c, { what: use.what, ...about }, handler)
    : recordRead(c, { what: use.what, ...about }, handler);
};
