import { type Failure, failure } from '../../../core/json/failure.ts';
import { isLoopback, isOpen } from '../../access/settings.ts';
import type { Environment } from '../request/environment.ts';

const METHODS = 'GET, HEAD, PUT, POST, DELETE';
const REQUEST_HEADERS =
  'Authorization, Content-Type, If-Match, If-None-Match, A-IM, Prefer, Min-Version, Idempotency-Key, Accept, Last-Event-ID, Changebucket-Kind';
const ANSWER_HEADERS =
  'ETag, Location, Content-Location, IM, Delta-Base, Retry-After, Preference-Applied, Changebucket-Position, Changebucket-Cost';
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
  if (origin === null || origin === new URL(request.url).origin) return { kind: 'same' };
  return isListed(origin, env) || isLoopbackOrigin(origin, request, env)
    ? { kind: 'allowed', origin }
    : { kind: 'foreign' };
};

/** All sandboxed and local pages send the origin `null`. It identifies nobody, so it is on no list. */
const isListed = (origin: string, { CORS_ORIGINS = '' }: Environment): boolean =>
  CORS_ORIGINS.split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '' && each !== 'null')
    .includes(origin);

/** Whether a page comes from this machine. Comparing the text with its parsed form leaves only what browsers send. */
const isLoopbackOrigin = (origin: string, request: Request, env: Environment): boolean => {
  const url = URL.parse(origin);
  return url !== null && url.origin === origin && isLoopback(url.hostname) && isOpen(env, request);
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
