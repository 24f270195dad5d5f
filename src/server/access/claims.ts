import * as v from 'valibot';
import { isSubject } from '../../protocol/owners.ts';
import { canonicalGrants } from './grants.ts';
import type { Role } from './principal.ts';

/** The claims of a signed token that this service uses. Times are seconds since 1970. */
export interface Claims {
  readonly sub: string;
  readonly exp: number;
  readonly nbf?: number | undefined;
  /** Absent where the claim is missing, or no time. */
  readonly iat?: number | undefined;
  readonly apps: Readonly<Record<string, Role>>;
  /** Whether the claim that makes an operator is `true` [A10]. */
  readonly isOperator: boolean;
}

/**
 * The claim that makes the subject of a token an operator [A10]: a name that no identity provider uses by accident, and
 * that no login copies from a form.
 */
export const OPERATOR_CLAIM = 'urn:changebucket:operator';

/**
 * Undefined when a claim is missing or invalid: a signature proves who wrote the claims, not their form.
 *
 * @param operatorClaim the claim that makes an operator; undefined where none does
 */
export const parseClaims = (payload: object, operatorClaim: string | undefined): Claims | undefined => {
  const { success, output } = v.safeParse(Schema, payload);
  const apps = success ? canonicalGrants(output.apps) : undefined;
  const isOperator = operatorOf(payload, operatorClaim);
  return success && apps !== undefined && isOperator !== undefined ? { ...output, apps, isOperator } : undefined;
};

/** Undefined when the claim is there and says neither yes nor no. */
const operatorOf = (payload: object, claim: string | undefined): boolean | undefined => {
  if (claim === undefined || !Object.hasOwn(payload, claim)) return false;
  const value: unknown = (payload as Readonly<Record<string, unknown>>)[claim];
  return typeof value === 'boolean' ? value : undefined;
};

const Schema = v.object({
  sub: v.pipe(v.string(), v.check(isSubject)),
  // JSON's 1e999 parses to Infinity, and such a token would never expire.
  exp: v.pipe(v.number(), v.finite()),
  nbf: v.optional(v.pipe(v.number(), v.finite())),
  iat: v.fallback(v.optional(v.pipe(v.number(), v.finite())), undefined),
  apps: v.optional(v.unknown(), {}),
});
