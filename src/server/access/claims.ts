import * as v from 'valibot';
import { isSubject } from '../../protocol/owners.ts';
import { canonicalGrants } from './grants.ts';
import type { Role } from './principal.ts';

/** The claims of a signed token that this service uses. Times are seconds since 1970. */
export interface Claims {
  readonly sub: string;
  readonly exp: number;
  readonly nbf?: number | undefined;
  readonly apps: Readonly<Record<string, Role>>;
}

/** Undefined when a claim is missing or invalid: a signature proves who wrote the claims, not their form. */
export const parseClaims = (payload: unknown): Claims | undefined => {
  const { success, output } = v.safeParse(Schema, payload);
  const apps = success ? canonicalGrants(output.apps) : undefined;
  return success && apps !== undefined ? { ...output, apps } : undefined;
};

const Schema = v.object({
  sub: v.pipe(v.string(), v.check(isSubject)),
  // JSON's 1e999 parses to Infinity, and such a token would never expire.
  exp: v.pipe(v.number(), v.finite()),
  nbf: v.optional(v.pipe(v.number(), v.finite())),
  apps: v.optional(v.unknown(), {}),
});
