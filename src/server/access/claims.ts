import * as v from 'valibot';
import { isId } from '../../protocol/ids.ts';
import { ROLES, type Role } from './principal.ts';

/** What a signed token says, as far as this service listens. */
export interface Claims {
  readonly sub: string;
  readonly exp: number;
  readonly nbf?: number | undefined;
  readonly apps: Readonly<Record<string, Role>>;
}

/** `undefined` when a claim is not as it must be: a signature vouches for who wrote the claims, not for their shape. */
export const parseClaims = (payload: unknown): Claims | undefined => {
  const { success, output } = v.safeParse(Schema, payload);
  return success ? output : undefined;
};

/**
 * 1 to 256 characters without control characters, line separators or lone surrogates: a subject is written into logs
 * and rows, and storage would turn every lone surrogate into the same U+FFFD.
 */
export const isSubject = (text: string): boolean => /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,256}$/u.test(text);

/** `owner/app`, or `owner/*` for all of an owner's applications. */
export const isGrantName = (text: string): boolean => {
  const [owner = '', app = '', ...rest] = text.split('/');
  return rest.length === 0 && isId(owner) && (app === '*' || isId(app));
};

/** Not `v.record`: that takes arrays, and passes over `__proto__` where it should refuse. */
const isGrants = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.entries(value).every(([name, role]) => isGrantName(name) && ROLES.includes(role));

const Schema = v.object({
  sub: v.pipe(v.string(), v.check(isSubject)),
  // JSON's 1e999 is Infinity, which would never expire.
  exp: v.pipe(v.number(), v.finite()),
  nbf: v.optional(v.pipe(v.number(), v.finite())),
  apps: v.optional(v.custom<Readonly<Record<string, Role>>>(isGrants), {}),
});
