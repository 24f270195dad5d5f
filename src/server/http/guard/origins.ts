import { type Failure, failure } from '../../../core/json/failure.ts';
import { isLoopback, openAccess } from '../../access/open-access.ts';
import type { Environment } from '../request/environment.ts';

const METHODS = 'GET, HEAD, PUT, POST, DELETE';
const REQUEST_HEADERS =
  'Authorization, Content-Type, If-Match, If-None-Match, A-IM, Prefer, Min-Version, Idempotency-Key, Accept, Last-Event-ID, Changebucket-Kind';
const ANSWER_HEADERS =
  'ETag, Location, Content-Location, IM, Delta-Base, Retry-After, Preference-Applied, Changebucket-Position, Changebucket-Cost, Changebucket-Request, Server-Timing, Date';
/** Seconds for which a browser need not ask again. */
const PREFLIGHT_AGE_S = 600;

/** The page that a browser sent a request for. Requests without the header `Origin` count as `same`. */
export type Origin =
  | { readonly kind: 'same' }
  | { readonly kind: 'allowed'; readonly origin: string }
  | { readonly kind: 'foreign' };

/** Finds the origin in an exact list, never by a pattern; loopback pages may call an open server [A8]. */
export const originOf = (request: Request, headers: Headers, env: Environment): Origin => {
  const origin = headers.get('Origin');
  if (origin === null || origin === ownOrigin(request.url, headers, env)) return { kind: 'same' };
  return isListed(origin, env) || isLoopbackOrigin(origin, request.url, headers, env)
    ? { kind: 'allowed', origin }
    : { kind: 'foreign' };
};

/**
 * The origin of this server's own pages. Behind a proxy that ends TLS the request itself names another one; what the
 * proxy says counts only where the operator trusts it, as anybody can send such headers [A8].
 */
const ownOrigin = (requested: string, headers: Headers, { TRUST_PROXY }: Environment): string => {
  const { protocol, host, origin } = new URL(requested);
  if (TRUST_PROXY !== 'x-forwarded') return origin;
  const proto = firstOf(headers.get('X-Forwarded-Proto')) ?? protocol.slice(0, -1);
  // Other schemes have the origin `null`, which sandboxed pages send, too.
  if (proto !== 'https' && proto !== 'http') return origin;
  return URL.parse(`${proto}://${firstOf(headers.get('X-Forwarded-Host')) ?? host}`)?.origin ?? origin;
};

/** Of several proxies in a row, the first one has talked to the browser. */
const firstOf = (header: string | null): string | undefined => header?.split(',')[0]?.trim() || undefined;

/** All sandboxed and local pages send the origin `null`. It identifies nobody, so it is on no list. */
const isListed = (origin: string, { CORS_ORIGINS = '' }: Environment): boolean =>
  CORS_ORIGINS.split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '' && each !== 'null')
    .includes(origin);

/** Whether a page comes from this machine. Comparing the text with its parsed form leaves only what browsers send. */
const isLoopbackOrigin = (origin: string, requested: string, headers: Headers, env: Environment): boolean => {
  const url = URL.parse(origin);
  const isLocalPage = url !== null && url.origin === origin && isLoopback(url.hostname);
  return isLocalPage && openAccess(env, requested, headers).kind === 'open';
};

/** The failure of an unsafe request from a foreign page, which is refused even where no preflight stopped it. */
export const refuseForeign = (method: string): Failure | undefined =>
  method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
    ? undefined
    : failure('forbidden-origin', 'This origin is not in CORS_ORIGINS.');

/** The headers by which a page may read the answer. */
export const corsHeaders = (origin: Origin): Record<string, string> =>
  origin.kind === 'allowed'
    ? { 'Access-Control-Allow-Origin': origin.origin, 'Access-Control-Expose-Headers': ANSWER_HEADERS }
    : {};

/** The headers by which a page may send the request. */
export const preflightHeaders = (origin: Origin): Record<string, string> =>
  origin.kind === 'allowed'
    ? {
        ...corsHeaders(origin),
        'Access-Control-Allow-Methods': METHODS,
        'Access-Control-Allow-Headers': REQUEST_HEADERS,
        'Access-Control-Max-Age': String(PREFLIGHT_AGE_S),
      }
    : {};
