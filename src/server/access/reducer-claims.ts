import type { Claims } from '../../core/definition.ts';
import { checkJson } from '../../core/json/check-json.ts';
import { type Failure, failure } from '../../core/json/failure.ts';
import { utf8Length } from '../../core/json/utf8.ts';
import type { Json } from '../../protocol/json.ts';
import { CLAIMS_BYTES_MAX } from '../../protocol/limits.ts';

/**
 * The claims that the kinds of this deployment list. Set when its module is loaded, before any request. The module keeps
 * them, as routes and guards are made without definitions: a value would be one more write into the context of every
 * request, and what is stored with a change are the claims that its own definition lists.
 */
const names = new Set<string>();

/** To be called with each set of definitions that a module deploys. */
export const listClaimsOf = (definitions: readonly { readonly claims?: readonly string[] | undefined }[]): void => {
  for (const { claims = [] } of definitions) for (const name of claims) names.add(name);
};

/**
 * The claims of a token that kinds of this deployment list [D14]; undefined when the token has none of them.
 *
 * @returns a problem when they are too large or no state could hold them
 */
export const claimsForReducers = (
  payload: Readonly<Record<string, unknown>>,
): { readonly kind: 'claims'; readonly claims: Claims | undefined } | Failure => {
  const found = [...names].filter((name) => Object.hasOwn(payload, name));
  if (found.length === 0) return { kind: 'claims', claims: undefined };
  const claims = Object.fromEntries(found.map((name) => [name, payload[name] as Json]));
  const wrong = checkClaims(claims);
  if (wrong === undefined) return { kind: 'claims', claims };
  return failure('unauthorized', `The token's claims ${found.join(', ')} cannot be used. ${wrong}`);
};

/** The reason why no change may have these claims; undefined when it may. */
export const checkClaims = (claims: unknown): string | undefined => {
  const issue = checkJson(claims);
  if (issue !== undefined) return issue.detail;
  const size = utf8Length(JSON.stringify(claims));
  return size <= CLAIMS_BYTES_MAX ? undefined : `They have ${size} bytes, and ${CLAIMS_BYTES_MAX} is the limit.`;
};
