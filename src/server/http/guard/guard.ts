import { type Failure, failure } from '../../../core/json/failure.ts';
import { authenticate, authenticateToken } from '../../access/authenticate.ts';
import type { Principal } from '../../access/principal.ts';
import { isOpen, type Settings, settingsOf } from '../../access/settings.ts';
import type { Ctx, Handler } from '../request/context.ts';
import { isUpgrade, offeredToken } from '../request/handshake.ts';
import { errorResponse } from '../response/errors.ts';
import { problemResponse, respond } from '../response/response.ts';
import { corsHeaders, type Origin, originOf, preflightHeaders, refuseForeign } from './origins.ts';
import { limitRate } from './rate-limit.ts';

/**
 * Everything under `/v1` passes here first: origin, token, rate. Deny by default. It wraps the handler instead of
 * standing before it as a middleware: a chain costs Hono a promise for each link, and a finished answer that is given
 * more headers costs 5 µs (counted under valgrind).
 */
export const withAccess =
  (handler: Handler): Handler =>
  async (c) => {
    const { headers, url } = c.req.raw;
    c.set('headers', headers);
    c.set('search', searchIn(url));
    const origin = originOf(c.req.raw, headers, c.env);
    const response = await answer(c, origin, handler);
    for (const [name, value] of Object.entries(corsHeaders(origin))) response.headers.set(name, value);
    return response;
  };

const searchIn = (url: string): string => {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start);
};

/** Whether a browser asks, before it sends a request from another origin, if it may. */
export const answerPreflight = (c: Ctx): Response =>
  respond({ status: 204, headers: preflightHeaders(originOf(c.req.raw, c.req.raw.headers, c.env)) });

const answer = async (c: Ctx, origin: Origin, handler: Handler): Promise<Response> => {
  try {
    const principal = await admit(c, origin);
    if (principal.kind === 'problem') return problemResponse(principal.problem);
    c.set('principal', principal);
    return await handler(c);
  } catch (error) {
    return errorResponse(error);
  }
};

type Identified = Principal | Failure;

const admit = (c: Ctx, origin: Origin): Promise<Identified> | Identified => {
  const headers = c.get('headers');
  const as = c.req.path.endsWith('/socket') && isUpgrade(headers) ? 'handshake' : 'request';
  // A page may open a socket to anywhere, without a preflight: it is as unsafe as a write [W3].
  const foreign = origin.kind === 'foreign' ? refuseForeign(as === 'handshake' ? 'CONNECT' : c.req.method) : undefined;
  return foreign ?? tokenInQuery(c.get('search')) ?? identify(c, as);
};

/** Who asks, if they may ask now. */
const identify = (c: Ctx, as: 'handshake' | 'request'): Promise<Identified> | Identified => {
  const settings = settingsOf(c.env);
  const headers = c.get('headers');
  const authorization = headers.get('Authorization');
  const offered = as === 'handshake' ? offeredToken(headers) : undefined;
  const isSent = authorization !== null || offered !== undefined;
  // With a way to check tokens, one that is sent is checked, also where none would be asked for.
  if (isOpen(c.env, c.req.raw) && !(isSent && settings.kind !== 'none')) return { kind: 'open', subject: 'anonymous' };
  const principal = settings.kind === 'problem' ? settings : principalOf(settings, { authorization, offered, as });
  const { RATE_LIMIT } = c.env;
  return RATE_LIMIT === undefined ? principal : withinRate(RATE_LIMIT, headers, principal);
};

const withinRate = async (
  limit: RateLimit,
  headers: Headers,
  identified: Promise<Identified> | Identified,
): Promise<Identified> => {
  const principal = await identified;
  const address = headers.get('CF-Connecting-IP') ?? 'unknown';
  const key = principal.kind === 'token' ? `subject:${principal.subject}` : `address:${address}`;
  return (await limitRate(limit, key)) ?? principal;
};

interface Shown {
  readonly authorization: string | null;
  readonly offered: string | undefined;
  readonly as: 'handshake' | 'request';
}

const principalOf = (settings: Settings, { authorization, offered, as }: Shown): Promise<Identified> | Identified => {
  if (authorization !== null || as === 'request') return authenticate(authorization, settings);
  if (offered === undefined && settings.kind !== 'none') return { kind: 'guest', subject: '' };
  return authenticateToken(offered, settings);
};

const TOKEN_NAMES = ['access_token', 'token', 'auth', 'authorization', 'jwt'];

/** URLs end up in logs and referrers [A7]. */
const tokenInQuery = (search: string): Failure | undefined => {
  if (search === '') return undefined;
  const names = [...new URLSearchParams(search).keys()].map((name) => name.toLowerCase());
  const found = names.find((name) => TOKEN_NAMES.includes(name));
  return found === undefined
    ? undefined
    : failure('token-in-url', `Take "${found}" out of the URL and send "Authorization: Bearer <token>".`);
};
