import { type ApplicationId, applicationName } from '../../protocol/ids.ts';
import { encodeOwner, type Owner } from '../../protocol/owners.ts';
import { type Problem, problem, unknownApplication } from '../../protocol/problems.ts';
import { type Principal, ROLES, type Role } from './principal.ts';

/** Whether a principal has at least this role in an application. */
export const authorize = (principal: Principal, id: ApplicationId, needed: Role): 'granted' | Problem => {
  // Whether it is public is known to the application alone.
  if (principal.kind === 'stranger' && needed === 'reader') return 'granted';
  const held = roleFor(principal, id);
  return held === undefined && isOperator(principal) ? beyondOperators(needed) : authorizeRole(held, needed);
};

/** Whether a principal has the right of an operator [A10]. Under open access everybody on this machine has it. */
export const isOperator = (principal: Principal): boolean =>
  principal.kind === 'operator' ||
  principal.kind === 'open' ||
  (principal.kind === 'token' && principal.isOperator === true);

/** An operator may learn that an application exists, so it is told what it lacks. */
const beyondOperators = (needed: Role): Problem =>
  problem('forbidden', 'The right of an operator does not reach this far: it needs a role in the application.', {
    needed,
  });

/** The same for a role that is known already. Without any role the application seems not to exist [A3] [A4]. */
export const authorizeRole = (held: Role | undefined, needed: Role): 'granted' | Problem => {
  if (held === undefined) return unknownApplication();
  if (ROLES.indexOf(held) >= ROLES.indexOf(needed)) return 'granted';
  return problem('forbidden', `The token makes you ${held} of this application.`, { needed });
};

/** The effect of a push to an application that does not exist: only an admin, who may create it, does so by pushing [L2]. */
export const ifMissingFor = (role: Role | undefined): 'create' | 'refuse' => (role === 'admin' ? 'create' : 'refuse');

/** The highest role of a principal in an application; undefined without any. */
export const roleFor = (principal: Principal, id: ApplicationId): Role | undefined =>
  roleOf(principal, id.owner, () => [applicationName(id), `${encodeOwner(id.owner)}/*`]);

/** Whether a principal may list an owner's applications [L4]. */
export const authorizeListing = (principal: Principal, owner: Owner): 'granted' | Problem =>
  roleOf(principal, owner, () => [`${encodeOwner(owner)}/*`]) === undefined ? unknownApplication() : 'granted';

/** @param grantNames the canonical names of the grants that would cover it */
const roleOf = (principal: Principal, owner: Owner, grantNames: () => readonly string[]): Role | undefined => {
  if (principal.kind === 'unauthenticated' || principal.kind === 'operator' || principal.kind === 'stranger')
    return undefined;
  if (principal.kind === 'open' || principal.subject === owner) return 'admin';
  // Own members only: a name such as "constructor" must not find a member of Object.prototype.
  const held = grantNames()
    .filter((name) => Object.hasOwn(principal.apps, name))
    .map((name) => principal.apps[name]);
  return ROLES.findLast((role) => held.includes(role));
};
