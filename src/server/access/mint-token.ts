import { SignJWT } from 'jose';
import type { Claims } from '../../core/definition.ts';
import { TOKEN_LENGTH_MAX } from '../../protocol/limits.ts';
import { isSubject } from '../../protocol/owners.ts';
import { OPERATOR_CLAIM } from './claims.ts';
import { requireFree } from './free-claims.ts';
import { canonicalGrants } from './grants.ts';
import { ROLES, type Role } from './principal.ts';
import { requiredValue, SECRET_BYTES_MIN } from './settings.ts';

/** The subject, the rights and the lifetime of a token to make. */
export interface MintOptions {
  /**
   * The claim `sub`: the id of the user, as your login knows it. 1 to 256 characters, without control characters. Owns
   * `/v1/apps/{subject}/*`, and reducers see it as `user`.
   */
  readonly subject: string;
  /**
   * The claim `apps`: the roles in applications of other owners, by `owner/app` or `owner/*`, with the owner
   * percent-encoded: `{ 'bob/board': 'writer' }`. Default: none.
   */
  readonly apps?: Readonly<Record<string, Role>>;
  /**
   * Whether the token makes its subject an operator of the deployment: the claim `urn:changebucket:operator`. It may then
   * list, export, replace and delete the applications of all owners [A10]. Default: false.
   */
  readonly operator?: boolean;
  /** Further claims, for reducers of definitions that list them: `{ plan: 'pro' }`. Default: none. */
  readonly claims?: Claims;
  /** Seconds from now until the token expires, a whole number from 1 on. Default: 3600, an hour. */
  readonly lifetimeSeconds?: number;
}

/** A token's claims, and what the deployment that it is for expects. */
export interface TokenOptions extends MintOptions {
  /** The deployment's `AUTH_SECRET`, at least 32 bytes in UTF-8. */
  readonly secret: string;
  /** The deployment's `AUTH_ISSUER`. Default, and for an empty text or `*`: no claim `iss`. */
  readonly issuer?: string | undefined;
  /** The deployment's `AUTH_AUDIENCE`. Default, and for an empty text or `*`: no claim `aud`. */
  readonly audience?: string | undefined;
}

/**
 * Makes a token for a user whom your own login has recognized, signed with HS256. Runs in Workers and in Node.
 *
 * @returns the token, to be sent as `Authorization: Bearer <token>`, or by the client's option `token`
 * @throws TypeError when the secret is under 32 bytes, or when the subject, a grant in `apps`, one of `claims` or the lifetime
 * is not allowed, or when the grants make the token longer than 8,192 characters
 * @example
 * const token = await mintToken({ secret: env.AUTH_SECRET, subject: user.id, apps: { 'team/board': 'writer' } });
 */
export const mintToken = async (options: TokenOptions): Promise<string> => {
  const { secret, subject, apps = {}, lifetimeSeconds = 3_600 } = options;
  const key = new TextEncoder().encode(typeof secret === 'string' ? secret : '');
  if (key.length < SECRET_BYTES_MIN)
    throw new TypeError(
      `The secret needs at least ${SECRET_BYTES_MIN} bytes. Set AUTH_SECRET, for example to the output of "openssl rand -base64 32".`,
    );
  if (typeof subject !== 'string' || !isSubject(subject))
    throw new TypeError('The subject must have 1 to 256 characters, without control characters.');
  if (!Number.isSafeInteger(lifetimeSeconds) || lifetimeSeconds < 1)
    throw new TypeError('lifetimeSeconds must be a whole number of seconds, 1 or more.');
  const grants = requireGrants(apps);
  const claims = {
    ...requireFree(options.claims ?? {}),
    sub: subject,
    ...(Object.keys(grants).length === 0 ? {} : { apps: grants }),
    ...(options.operator === true ? { [OPERATOR_CLAIM]: true } : {}),
  };
  const now = Math.floor(Date.now() / 1_000);
  const token = new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setIssuedAt(now);
  token.setExpirationTime(now + lifetimeSeconds);
  const [issuer, audience] = [requiredValue(options.issuer), requiredValue(options.audience)];
  if (issuer !== undefined) token.setIssuer(issuer);
  if (audience !== undefined) token.setAudience(audience);
  return requireShort(await token.sign(key));
};

const requireGrants = (apps: Readonly<Record<string, Role>>): Readonly<Record<string, Role>> => {
  const grants = canonicalGrants(apps);
  if (grants !== undefined) return grants;
  const wrong = Object.entries(Object(apps)).find(([name, role]) => canonicalGrants({ [name]: role }) === undefined);
  const found = wrong === undefined ? '' : `, not "${wrong[0]}": ${JSON.stringify(wrong[1])}`;
  throw new TypeError(
    `apps must be an object of owner/app or owner/* to ${ROLES.join(', ')}, with the owner percent-encoded${found}.`,
  );
};

/** The server refuses a longer one [A1]. */
const requireShort = (token: string): string => {
  if (token.length <= TOKEN_LENGTH_MAX) return token;
  throw new TypeError(
    `The token has ${token.length} characters, and ${TOKEN_LENGTH_MAX} is the limit: grant owner/* in place of many applications.`,
  );
};
