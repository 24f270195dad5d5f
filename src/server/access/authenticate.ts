import { createLocalJWKSet, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import { type Failure, failure } from '../../core/json/failure.ts';
import { parseClaims } from './claims.ts';
import { fetchKeys, type Keys } from './keys.ts';
import type { Principal } from './principal.ts';
import { misconfigured, type Settings } from './settings.ts';
import { getVerified, putVerified, type Verified } from './verified-tokens.ts';

/** Clocks of issuers differ a little. */
const CLOCK_TOLERANCE_S = 5;
/** Keeps the cache of verified tokens, with all its entries of this length, at 8 MB of the isolate's 128. */
const TOKEN_LENGTH_MAX = 8_192;

/** Checks an `Authorization` header [A1]. */
export const authenticate = (
  authorization: string | null,
  settings: Settings,
): Promise<Principal | Failure> | Principal => {
  const header = authorization ?? '';
  // One that has been found good needs no second look at its form either.
  const known = header.startsWith(SCHEME)
    ? getVerified(settings, header.slice(SCHEME.length), nowSeconds())
    : undefined;
  return known ?? authenticateToken(BEARER.exec(header)?.[1], settings);
};

const SCHEME = 'Bearer ';
const BEARER = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i;

const nowSeconds = (): number => Date.now() / 1_000;

/** Checks a token, however it came [A1] [W2]. */
export const authenticateToken = async (
  token: string | undefined,
  settings: Settings,
): Promise<Principal | Failure> => {
  if (settings.kind === 'none') {
    return misconfigured(
      'Set a secret: "npx wrangler secret put AUTH_SECRET" with at least 32 random bytes, or AUTH_JWKS_URL.',
    );
  }
  if (token === undefined) return unauthorized('Send "Authorization: Bearer <token>".');
  if (token.length > TOKEN_LENGTH_MAX) return unauthorized(`The token has over ${TOKEN_LENGTH_MAX} characters.`);
  const known = getVerified(settings, token, nowSeconds());
  if (known !== undefined) return known;
  const payload = await verify(token, settings);
  if (payload.kind === 'problem') return payload;
  const verified = accept(payload.claims);
  if (verified === undefined)
    return unauthorized('The token\'s claims "sub", "exp" or "apps" are not as they must be.');
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
      return signed(await jwtVerify(token, new TextEncoder().encode(settings.secret), options));
    return await verifyByKeys(token, settings.url, options);
  } catch (error) {
    return explain(error);
  }
};

/** A key that is not known may be a new one: then the keys are fetched once more. */
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
    return signed(await jwtVerify(token, createLocalJWKSet(keys), options));
  } catch (error) {
    // What is thrown over a key that cannot be used (too short, malformed, private) is the provider's fault.
    if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSInvalid)) throw error;
    return failure('unavailable', 'The key that this token is signed with cannot be used.', { retryAfter: 60 });
  }
};

const signed = ({ payload }: { readonly payload: JWTPayload }): Payload => ({ kind: 'payload', claims: payload });

const accept = (payload: JWTPayload): Verified | undefined => {
  const claims = parseClaims(payload);
  if (claims === undefined) return undefined;
  const { sub, apps, exp, nbf = 0 } = claims;
  const principal: Principal = { kind: 'token', subject: sub, apps, expires: exp };
  return { principal, from: nbf - CLOCK_TOLERANCE_S, until: exp + CLOCK_TOLERANCE_S };
};

/** Enough for an honest developer, nothing for anybody else. */
const explain = (error: unknown): Failure => {
  if (error instanceof errors.JWTExpired) return unauthorized('The token has expired.');
  if (error instanceof errors.JWTClaimValidationFailed)
    return unauthorized(`The token's claim "${error.claim}" is not as it must be.`);
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return unauthorized('The token does not name its key: several fit, and it has no "kid".');
  if (error instanceof errors.JOSEError) return unauthorized('The token is not one that is trusted here.');
  throw error;
};

const unauthorized = (detail: string): Failure => failure('unauthorized', detail);

const unreachable = (): Failure =>
  failure('unavailable', 'The keys that tokens are checked with cannot be fetched.', { retryAfter: 5 });
