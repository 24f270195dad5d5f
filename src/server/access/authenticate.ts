import { createLocalJWKSet, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import { type Failure, failure } from '../../core/json/failure.ts';
import { TOKEN_LENGTH_MAX } from '../../protocol/limits.ts';
import { parseClaims } from './claims.ts';
import { fetchKeys, type Keys } from './keys.ts';
import type { Principal } from './principal.ts';
import { misconfigured, type Settings } from './settings.ts';
import { getVerified, putVerified, type Verified } from './verified-tokens.ts';

/** The clock of a token's issuer may differ by this much. */
const CLOCK_TOLERANCE_S = 5;

/** Authenticates a request by its `Authorization` header [A1]. Synchronous for a token that was verified before. */
export const authenticate = (
  authorization: string | null,
  settings: Settings,
): Promise<Principal | Failure> | Principal => {
  const header = authorization ?? '';
  // A verified token needs no second check of its form either.
  const cached = header.startsWith(SCHEME)
    ? getVerified(settings, header.slice(SCHEME.length), nowSeconds())
    : undefined;
  return cached ?? authenticateToken(BEARER.exec(header)?.[1], settings, header === '' ? NO_TOKEN : NO_BEARER);
};

const SCHEME = 'Bearer ';
const BEARER = /^Bearer (\S+)$/i;
/** A signed JSON Web Token. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const NO_TOKEN = 'Send "Authorization: Bearer <token>".';
const NO_BEARER = 'The header must be "Authorization: Bearer <token>": this word, one space and one token.';
const NO_JWT = 'The token is not a JWT: a signed one has three parts in base64url, with dots between them.';

const nowSeconds = (): number => Date.now() / 1_000;

/** Authenticates by a token, from a header, a handshake or a frame [A1] [W2]. `undefined` is refused, with the given detail. */
export const authenticateToken = async (
  token: string | undefined,
  settings: Settings,
  missing = NO_TOKEN,
): Promise<Principal | Failure> => {
  if (settings.kind === 'none') {
    return misconfigured(
      'Set a secret: "npx wrangler secret put AUTH_SECRET" with at least 32 random bytes, or AUTH_JWKS_URL.',
    );
  }
  if (token === undefined) return unauthorized(missing);
  if (token.length > TOKEN_LENGTH_MAX) return unauthorized(`The token has over ${TOKEN_LENGTH_MAX} characters.`);
  if (!JWT.test(token)) return unauthorized(NO_JWT);
  const cached = getVerified(settings, token, nowSeconds());
  if (cached !== undefined) return cached;
  const payload = await verify(token, settings);
  if (payload.kind === 'problem') return payload;
  const verified = verifiedToken(payload.claims);
  if (verified === undefined)
    return unauthorized('One of the token\'s claims "sub", "exp" and "apps" is missing or invalid.');
  putVerified(settings, token, verified);
  return verified.principal;
};

interface Payload {
  readonly kind: 'payload';
  readonly claims: JWTPayload;
}

const verify = async (token: string, settings: Exclude<Settings, { kind: 'none' }>): Promise<Payload | Failure> => {
  const options: JWTVerifyOptions = {
    algorithms: settings.kind === 'secret' ? ['HS256'] : [...settings.algorithms],
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_TOLERANCE_S,
    ...(settings.issuer === undefined ? {} : { issuer: settings.issuer }),
    ...(settings.audience === undefined ? {} : { audience: settings.audience }),
  };
  try {
    if (settings.kind === 'secret')
      return payloadOf(await jwtVerify(token, new TextEncoder().encode(settings.secret), options));
    return await verifyByKeys(token, settings.url, options);
  } catch (error) {
    return failureOf(error);
  }
};

/** An unknown key may be a new one: the keys are fetched again, once. */
const verifyByKeys = async (token: string, url: string, options: JWTVerifyOptions): Promise<Payload | Failure> => {
  const keys = await fetchKeys(url, 'cached');
  if (keys === undefined) return unreachable();
  try {
    return await verifyWith(token, keys, options);
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
  }
  const fresh = await fetchKeys(url, 'fresh');
  return fresh === undefined ? unreachable() : verifyWith(token, fresh, options);
};

const verifyWith = async (token: string, keys: Keys, options: JWTVerifyOptions): Promise<Payload | Failure> => {
  try {
    return payloadOf(await jwtVerify(token, createLocalJWKSet(keys), options));
  } catch (error) {
    // Errors about an unusable key (too short, malformed, private) are the provider's fault, not the token's.
    if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSInvalid)) throw error;
    return failure('unavailable', 'The key that this token is signed with cannot be used.', { retryAfter: 60 });
  }
};

const payloadOf = ({ payload }: { readonly payload: JWTPayload }): Payload => ({ kind: 'payload', claims: payload });

const verifiedToken = (payload: JWTPayload): Verified | undefined => {
  const claims = parseClaims(payload);
  if (claims === undefined) return undefined;
  const { sub, apps, exp, nbf = 0 } = claims;
  const principal: Principal = { kind: 'token', subject: sub, apps, expires: exp };
  return { principal, from: nbf - CLOCK_TOLERANCE_S, until: exp + CLOCK_TOLERANCE_S };
};

/** Details help a developer to fix a token, and tell an attacker nothing about the keys. */
const failureOf = (error: unknown): Failure => {
  if (error instanceof errors.JWTExpired) return unauthorized('The token has expired.');
  if (error instanceof errors.JWTClaimValidationFailed)
    return unauthorized(`The token's claim "${error.claim}" is missing or invalid.`);
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return unauthorized('Several keys fit the token: it needs a "kid" header.');
  if (error instanceof errors.JOSEError) return unauthorized('The token is malformed or not signed by a trusted key.');
  throw error;
};

const unauthorized = (detail: string): Failure => failure('unauthorized', detail);

const unreachable = (): Failure =>
  failure('unavailable', 'The keys that verify tokens cannot be fetched.', { retryAfter: 5 });
