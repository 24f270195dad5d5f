import type { JWTPayload } from 'jose';
import type { Claims } from '../../core/definition.ts';
import type { Failure } from '../../core/json/failure.ts';
import { TOKEN_LENGTH_MAX } from '../../protocol/limits.ts';
import { parseClaims } from './claims.ts';
import { findOperatorSecret } from './operator-secrets.ts';
import type { Principal } from './principal.ts';
import { claimsForReducers } from './reducer-claims.ts';
import { misconfigured, type Settings } from './settings.ts';
import { getVerified, putVerified, type Verified } from './verified-tokens.ts';
import { CLOCK_TOLERANCE_S, unauthorized, verifyToken } from './verify-token.ts';

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
  return cached ?? authenticateHeader(header, settings);
};

/** A secret of operators is good in this header alone: no page has it, so no socket needs it [A10]. */
const authenticateHeader = async (header: string, settings: Settings): Promise<Principal | Failure> => {
  const token = BEARER.exec(header)?.[1];
  const secrets = settings.kind === 'none' ? undefined : settings.operatorSecrets;
  if (secrets !== undefined && token !== undefined && token.length <= TOKEN_LENGTH_MAX && !JWT.test(token)) {
    const secret = await findOperatorSecret(secrets, token);
    if (secret !== undefined) return { kind: 'operator', subject: '', secret };
  }
  return authenticateToken(token, settings, header === '' ? NO_TOKEN : NO_BEARER);
};

const SCHEME = 'Bearer ';
const BEARER = /^Bearer (\S+)$/i;
/** A signed JSON Web Token. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Said to a request without a token. */
export const NO_TOKEN = 'Send "Authorization: Bearer <token>".';
const NO_BEARER = 'The header must be "Authorization: Bearer <token>": this word, one space and one token.';
const INVALID_CLAIMS = 'One of the token\'s claims "sub", "exp" and "apps" is missing or invalid.';
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
  const payload = await verifyToken(token, settings);
  if (payload.kind === 'problem') return payload;
  const listed = claimsForReducers(payload.claims);
  if (listed.kind === 'problem') return listed;
  const verified = verifiedToken(payload.claims, settings.operatorClaim, listed.claims);
  if (verified === undefined) return unauthorized(INVALID_CLAIMS);
  putVerified(settings, token, verified);
  return verified.principal;
};

const verifiedToken = (
  payload: JWTPayload,
  operatorClaim: string | undefined,
  listed: Claims | undefined,
): Verified | undefined => {
  const claims = parseClaims(payload, operatorClaim);
  if (claims === undefined) return undefined;
  const { sub, apps, exp, nbf = 0, iat, isOperator } = claims;
  const principal: Principal = {
    kind: 'token',
    subject: sub,
    apps,
    expires: exp,
    ...(iat === undefined ? {} : { issuedAt: iat }),
    ...(isOperator ? { isOperator } : {}),
    ...(listed === undefined ? {} : { claims: listed }),
  };
  return { principal, from: nbf - CLOCK_TOLERANCE_S, until: exp + CLOCK_TOLERANCE_S };
};
