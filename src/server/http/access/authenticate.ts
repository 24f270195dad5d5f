import { createLocalJWKSet, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import * as v from 'valibot';
import { type Failed, failed } from '../../../core/failed.ts';
import { fetchKeys, type Keys } from './keys.ts';
import type { Principal } from './principal.ts';
import { misconfigured, type Settings } from './settings.ts';
import { recall, remember } from './verified.ts';

/** Clocks of issuers differ a little. */
const CLOCK_TOLERANCE_S = 5;

const Claims = v.object({
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  sub: v.pipe(v.string(), v.regex(/^[^\u0000-\u001f\u007f]{1,256}$/)),
  exp: v.number(),
  apps: v.optional(v.record(v.string(), v.picklist(['reader', 'writer', 'admin'])), {}),
});

/** Checks the bearer token of a request [A1]. */
export const authenticate = async (request: Request, settings: Settings): Promise<Principal | Failed> => {
  if (settings.kind === 'none') {
    return misconfigured(
      'Set a secret: "npx wrangler secret put AUTH_SECRET" with at least 32 random bytes, or AUTH_JWKS_URL.',
    );
  }
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(request.headers.get('Authorization') ?? '')?.[1];
  if (token === undefined) return unauthorized('Send "Authorization: Bearer <token>".');
  const now = Date.now() / 1_000;
  const known = recall(settings, token, now);
  if (known !== undefined) return known;
  const verified = await verify(token, settings);
  if (verified.kind === 'problem') return verified;
  return accept(verified.payload, (principal, expires) => remember(settings, token, { principal, expires }));
};

type Verified = { readonly kind: 'verified'; readonly payload: JWTPayload };

const verify = async (token: string, settings: Exclude<Settings, { kind: 'none' }>): Promise<Verified | Failed> => {
  const options: JWTVerifyOptions = {
    algorithms: settings.kind === 'secret' ? ['HS256'] : [...settings.algorithms],
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_TOLERANCE_S,
    ...(settings.issuer === undefined ? {} : { issuer: settings.issuer }),
    ...(settings.audience === undefined ? {} : { audience: settings.audience }),
  };
  try {
    if (settings.kind === 'secret')
      return verified(await jwtVerify(token, new TextEncoder().encode(settings.secret), options));
    return await verifyByKeys(token, settings.url, options);
  } catch (error) {
    return explain(error);
  }
};

/** A key that is not known may be a new one: then the keys are fetched once more. */
const verifyByKeys = async (token: string, url: string, options: JWTVerifyOptions): Promise<Verified | Failed> => {
  const keys = await fetchKeys(url, 'cached');
  if (keys === undefined) return unreachable();
  try {
    return verified(await verifyWith(token, keys, options));
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
  }
  const fresh = await fetchKeys(url, 'fresh');
  return fresh === undefined ? unreachable() : verified(await verifyWith(token, fresh, options));
};

const verifyWith = (token: string, keys: Keys, options: JWTVerifyOptions): Promise<{ payload: JWTPayload }> =>
  jwtVerify(token, createLocalJWKSet(keys), options);

const verified = ({ payload }: { readonly payload: JWTPayload }): Verified => ({ kind: 'verified', payload });

const accept = (payload: JWTPayload, keep: (principal: Principal, expires: number) => void): Principal | Failed => {
  const { success, output } = v.safeParse(Claims, payload);
  if (!success) return unauthorized('The token\'s claims "sub" or "apps" are not as they must be.');
  const principal: Principal = { kind: 'token', subject: output.sub, apps: output.apps };
  keep(principal, output.exp + CLOCK_TOLERANCE_S);
  return principal;
};

/** Enough for an honest developer, nothing for anybody else. */
const explain = (error: unknown): Failed => {
  if (error instanceof errors.JWTExpired) return unauthorized('The token has expired.');
  if (error instanceof errors.JWTClaimValidationFailed)
    return unauthorized(`The token's claim "${error.claim}" is not as it must be.`);
  if (error instanceof errors.JOSEError) return unauthorized('The token is not one that is trusted here.');
  throw error;
};

const unauthorized = (detail: string): Failed => failed('unauthorized', detail);

const unreachable = (): Failed =>
  failed('unavailable', 'The keys that tokens are checked with cannot be fetched.', { retryAfter: 5 });
