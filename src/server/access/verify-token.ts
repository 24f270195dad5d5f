import {
  createLocalJWKSet,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from 'jose';
import { type Failure, failure } from '../../core/json/failure.ts';
import { fetchKeys, type Keys } from './keys.ts';
import type { Settings } from './settings.ts';

/** The clock of a token's issuer may differ by this much. */
export const CLOCK_TOLERANCE_S = 5;

/** The claims of a token whose signature and times are good. */
interface Payload {
  readonly kind: 'payload';
  readonly claims: JWTPayload;
}

/** Verifies a token by the secrets or the key set of a deployment [A1]. */
export const verifyToken = async (
  token: string,
  settings: Exclude<Settings, { kind: 'none' }>,
): Promise<Payload | Failure> => {
  const options: JWTVerifyOptions = {
    algorithms: settings.kind === 'secret' ? ['HS256'] : [...settings.algorithms],
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_TOLERANCE_S,
    ...(settings.issuer === undefined ? {} : { issuer: settings.issuer }),
    ...(settings.audience === undefined ? {} : { audience: settings.audience }),
  };
  try {
    if (settings.kind === 'secret') return payloadOf(await verifyBySecrets(token, settings, options));
    return await verifyByKeys(token, settings.url, options);
  } catch (error) {
    return failureOf(error);
  }
};

/** While a new secret takes over, tokens of the previous one are good, too. */
const verifyBySecrets = async (
  token: string,
  { secret, previous }: { readonly secret: string; readonly previous?: string },
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> => {
  const keyOf = (text: string): Uint8Array => new TextEncoder().encode(text);
  try {
    return await jwtVerify(token, keyOf(secret), options);
  } catch (error) {
    if (previous === undefined || !(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    return jwtVerify(token, keyOf(previous), options);
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

/** The refusal of a token. @param detail helps a developer to fix it */
export const unauthorized = (detail: string): Failure => failure('unauthorized', detail);

const unreachable = (): Failure =>
  failure('unavailable', 'The keys that verify tokens cannot be fetched.', { retryAfter: 5 });
