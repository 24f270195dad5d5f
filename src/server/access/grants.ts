import { isId } from '../../protocol/ids.ts';
import { encodeOwner, parseOwner } from '../../protocol/owners.ts';
import { ROLES, type Role } from './principal.ts';

/**
 * The claim `apps` with the owners in their canonical spelling [I4]. When two entries name the same, the higher role
 * counts [A2].
 *
 * @returns undefined when it is not an object of roles by names
 */
export const canonicalGrants = (claim: unknown): Readonly<Record<string, Role>> | undefined => {
  if (typeof claim !== 'object' || claim === null || Array.isArray(claim)) return undefined;
  const grants: Record<string, Role> = {};
  for (const [name, role] of Object.entries(claim)) {
    const canonical = canonicalGrantName(name);
    if (canonical === undefined || !isRole(role)) return undefined;
    const other = Object.hasOwn(grants, canonical) ? grants[canonical] : undefined;
    if (other === undefined || ROLES.indexOf(other) < ROLES.indexOf(role)) grants[canonical] = role;
  }
  return grants;
};

const isRole = (value: unknown): value is Role => ROLES.some((role) => role === value);

/** Characters that end a path or that a URL cannot hold: in a grant they are a slip. */
const NEVER_IN_A_PATH = /[\s#?\\]/;

/**
 * The canonical name of what a grant covers: `owner/app`, or `owner/*` for all of an owner's applications. The owner is
 * percent-encoded as in a path [I4]; a bare star is none.
 *
 * @returns undefined when the text is no such name
 */
export const canonicalGrantName = (text: string): string | undefined => {
  const [encoded = '', app = '', ...rest] = text.split('/');
  if (rest.length > 0 || encoded === '*' || NEVER_IN_A_PATH.test(encoded) || !(app === '*' || isId(app)))
    return undefined;
  const owner = parseOwner(encoded);
  return owner === undefined ? undefined : `${encodeOwner(owner)}/${app}`;
};
