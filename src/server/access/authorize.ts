import { type ApplicationId, applicationName, type Owner } from '../../protocol/ids.ts';
import { type Problem, problem, unknownApplication } from '../../protocol/problems.ts';
import { type Principal, ROLES, type Role } from './principal.ts';

/** Whether somebody may do this with an application. Without any right it looks as if there were none [A3] [A4]. */
export const authorize = (principal: Principal, id: ApplicationId, needed: Role): 'granted' | Problem => {
  const held = roleFor(principal, id);
  if (held === undefined) return unknownApplication();
  if (ROLES.indexOf(held) >= ROLES.indexOf(needed)) return 'granted';
  return problem('forbidden', `The token makes you ${held} of this application.`, { needed });
};

/** The highest role somebody has with an application; undefined without any. */
export const roleFor = (principal: Principal, id: ApplicationId): Role | undefined =>
  roleOf(principal, id.owner, [applicationName(id), `${id.owner}/*`]);

/** Whether somebody may see which applications an owner has [L4]. */
export const authorizeListing = (principal: Principal, owner: Owner): 'granted' | Problem =>
  roleOf(principal, owner, [`${owner}/*`]) === undefined ? unknownApplication() : 'granted';

const roleOf = (principal: Principal, owner: Owner, names: readonly string[]): Role | undefined => {
  if (principal.kind === 'guest') return undefined;
  if (principal.kind === 'open' || principal.subject === owner) return 'admin';
  // Own members only: a claim must not be answered by Object.prototype.
  const held = names.filter((name) => Object.hasOwn(principal.apps, name)).map((name) => principal.apps[name]);
  return ROLES.findLast((role) => held.includes(role));
};
