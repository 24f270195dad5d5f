import type { Claims } from '../../core/definition.ts';
import { OPERATOR_CLAIM } from './claims.ts';
import { checkClaims } from './reducer-claims.ts';

/** Claims that this service or the JWT standard gives a meaning: what sets other claims must not set them by the way. */
const OWN_CLAIMS = ['sub', 'apps', 'exp', 'nbf', 'iat', 'iss', 'aud', 'jti', OPERATOR_CLAIM];

/**
 * Further claims of a token to make, as they were given.
 *
 * @throws TypeError when one of them has a meaning of its own, or no change may have them
 */
export const requireFree = (claims: Claims): Claims => {
  const taken = OWN_CLAIMS.find((name) => Object.hasOwn(claims, name));
  if (taken !== undefined) throw new TypeError(`"${taken}" cannot be among the claims: it has a meaning of its own.`);
  const wrong = checkClaims(claims);
  if (wrong !== undefined) throw new TypeError(`The claims do not work. ${wrong}`);
  return claims;
};
