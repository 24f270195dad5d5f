import { type Failure, failure } from '../../../core/json/failure.ts';
import { PUBLIC_PROTOCOL } from '../../../protocol/frames.ts';
import { authenticate, authenticateToken } from '../../access/authenticate.ts';
import { missingBindings } from '../../access/bindings.ts';
import { openAccess } from '../../access/open-access.ts';
import type { Principal } from '../../access/principal.ts';
import { type Settings, settingsOf } from '../../access/settings.ts';
import { applicationNameIn, type Ctx, type Handler } from '../request/context.ts';
import { isUpgrade, offeredProtocols, offeredToken } from '../request/handshake.ts';
import { requestIdOf } from '../request/request-id.ts';
import { errorResponse } from '../response/errors.ts';
import { problemResponse, respond } from '../response/response.ts';
import { noteRefusal } from './note-refusal.ts';
import { corsHeaders, type Origin, originOf, preflightHeaders, refuseForeign } from './origins.ts';
import { limitRate } from './rate-limit.ts';
import { senderAddress } from './sender-address.ts';
import { admitStrangers } from './strangers.ts';

/**
 * Wraps a handler of a route under `/v1`: checks origin, token and rate first, and denies by default. It is not a Hono
 * middleware, because a chain costs a promise for each link, and headers that are added to a finished response cost
 * 5 µs (counted under valgrind).
 */
export const withAccess =
  (handler: Handler, strangers: 'allowed' | 'refused' = 'refused'): Handler =>
  async (c) => {
    const { headers, url } = c.req.raw;
    c.set('headers', headers);
    c.set('search', searchOf(url));
    c.set('strangers', strangers);
    const origin = originOf(c.req.raw, headers, c.env);
    const response = noteRefusal(
      c,
      await answer(c, origin, strangers === 'allowed' ? admitStrangers(handler) : handler),
    );
    for (const [name, value] of Object.entries(corsHeaders(origin))) response.headers.set(name, value);
    return response;
  };

/** The query of a URL, with its question mark; '' without one. */
export const searchOf = (url: string): string => {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start);
};

/** Answers a browser that asks whether it may send a request from another origin. */
export const answerPreflight = (c: Ctx): Response =>
  respond({ status: 204, headers: preflightHeaders(originOf(c.req.raw, c.req.raw.headers, c.env)) });

const answer = async (c: Ctx, origin: Origin, handler: Handler): Promise<Response> => {
  try {
    const principal = await admit(c, origin);
    if (principal.kind === 'problem') return problemResponse(principal.problem);
    c.set('principal', principal);
    return await handler(c);
  } catch (error) {
    return errorResponse(error, applicationNameIn(c), () => requestIdOf(c));
  }
};

type AuthResult = Principal | Failure;

const admit = (c: Ctx, origin: Origin): Promise<AuthResult> | AuthResult => {
  const headers = c.get('headers');
  const form = isSocketRoute(c) && isUpgrade(headers) ? 'handshake' : 'request';
  // A page may open a socket to any server, without a preflight: it is as unsafe as a write [W3].
  const foreign =
    origin.kind === 'foreign' ? refuseForeign(form === 'handshake' ? 'CONNECT' : c.req.method) : undefined;
  return foreign ?? tokenInQuery(c.get('search')) ?? missingBindings(c.env) ?? identify(c, form);
};

/** Authenticates the sender and counts the request against its rate. */
const identify = (c: Ctx, form: 'handshake' | 'request'): Promise<AuthResult> | AuthResult => {
  const settings = settingsOf(c.env);
  const headers = c.get('headers');
  const authorization = headers.get('Authorization');
  const offered = form === 'handshake' ? offeredToken(headers) : undefined;
  const hasToken = authorization !== null || offered !== undefined;
  // A token that is sent is checked wherever it can be, also where none is needed.
  const access = openAccess(c.env, c.req.raw.url, headers);
  if (access.kind === 'open' && !(hasToken && settings.kind !== 'none')) return { kind: 'open', subject: 'anonymous' };
  if (access.kind === 'forwarded' && !hasToken) return forwarded(access.by);
  const isStranger = !hasToken && mayBeStranger(c, form) && (settings.kind === 'secret' || settings.kind === 'jwks');
  const principal = isStranger ? STRANGER : principalIn(settings, { authorization, offered, form });
  const { RATE_LIMIT } = c.env;
  return RATE_LIMIT === undefined ? principal : withinRate(RATE_LIMIT, principal, senderAddress(headers, c.env));
};

/** Of the routes that may be asked without a token, the one that ends so. Elsewhere it is the name of an application or owner. */
const isSocketRoute = (c: Ctx): boolean => c.get('strangers') === 'allowed' && c.req.path.endsWith('/socket');

const STRANGER: Principal = { kind: 'stranger', subject: '' };

/** A socket without a token may bring one in its first frame [W2], unless it says that it has none [A15]. */
const mayBeStranger = (c: Ctx, form: 'handshake' | 'request'): boolean => {
  if (c.get('strangers') === 'refused') return false;
  return isSocketRoute(c)
    ? form === 'handshake' && offeredProtocols(c.get('headers')).includes(PUBLIC_PROTOCOL)
    : form === 'request';
};

const forwarded = (header: string): Failure =>
  failure(
    'unauthorized',
    `Only requests that begin on this machine need no token; the header "${header}" says otherwise.`,
  );

const withinRate = async (
  limit: RateLimit,
  result: Promise<AuthResult> | AuthResult,
  address: string,
): Promise<AuthResult> => {
  const principal = await result;
  return (await limitRate(limit, rateKeyOf(principal, address))) ?? principal;
};

/** Whom a request counts for: senders without a valid token share what their address has. */
const rateKeyOf = (result: AuthResult, address: string): string => {
  if (result.kind === 'token') return `subject:${result.subject}`;
  return result.kind === 'operator' ? `secret:${result.secret}` : `address:${address}`;
};

/** The places that a token may come in. */
interface Credentials {
  readonly authorization: string | null;
  readonly offered: string | undefined;
  readonly form: 'handshake' | 'request';
}

const principalIn = (
  settings: Settings | Failure,
  { authorization, offered, form }: Credentials,
): Promise<AuthResult> | AuthResult => {
  if (settings.kind === 'problem') return settings;
  if (authorization !== null || form === 'request') return authenticate(authorization, settings);
  if (offered === undefined && settings.kind !== 'none') return { kind: 'unauthenticated', subject: '' };
  return authenticateToken(offered, settings);
};

/** Query parameters that look like tokens. */
const TOKEN_NAMES = ['access_token', 'token', 'auth', 'authorization', 'jwt'];

/** A token in the URL is refused, as URLs end up in logs and referrers [A7]. */
const tokenInQuery = (search: string): Failure | undefined => {
  if (search === '') return undefined;
  const names = [...new URLSearchParams(search).keys()].map((name) => name.toLowerCase());
  const found = names.find((name) => TOKEN_NAMES.includes(name));
  return found === undefined
    ? undefined
    : failure('token-in-url', `Take "${found}" out of the URL and send "Authorization: Bearer <token>".`);
};
