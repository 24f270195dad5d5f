import * as v from 'valibot';
import { isId } from '../../protocol/ids.ts';
import { ROLES, type Role } from './principal.ts';

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
  return success ? output : undefined;
};

/**
 * Whether a text may be a subject: 1 to 256 characters without control characters, line separators or lone
 * surrogates. A subject is written into logs and rows, and storage turns every lone surrogate into the same U+FFFD.
 */
export const isSubject = (text: string): boolean => /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,256}$/u.test(text);

/** Whether a text names what a grant covers: `owner/app`, or `owner/*` for all of an owner's applications. */
export const isGrantName = (text: string): boolean => {
  const [owner = '', app = '', ...rest] = text.split('/');
  return rest.length === 0 && isId(owner) && (app === '*' || isId(app));
};

/** Not `v.record`: it accepts arrays, and skips `__proto__` instead of failing. */
const isGrants = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.entries(value).every(([name, role]) => isGrantName(name) && ROLES.includes(role));

const Schema = v.object({
  sub: v.pipe(v.string(), v.check(isSubject)),
  // JSON's 1e999 parses to Infinity, and such a token would never expire.
  exp: v.pipe(v.number(), v.finite()),
  nbf: v.optional(v.pipe(v.number(), v.finite())),
  apps: v.optional(v.custom<Readonly<Record<string, Role>>>(isGrants), {}),
});
