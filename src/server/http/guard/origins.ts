import { type Failure, failure } from '../../../core/json/failure.ts';
import { isLoopback, isOpen } from '../../access/settings.ts';
import type { Environment } from '../request/environment.ts';

const METHODS = 'GET, HEAD, PUT, POST, DELETE';
const REQUEST_HEADERS =
  'Authorization, Content-Type, If-Match, If-None-Match, A-IM, Prefer, Min-Version, Idempotency-Key, Accept, Last-Event-ID';
const ANSWER_HEADERS =
  'ETag, Location, Content-Location, IM, Delta-Base, Retry-After, Preference-Applied, Changebucket-Position, Changebucket-Cost, Date';
const PREFLIGHT_AGE_S = 600;

/** Where a request comes from, as far as a browser says so. */
export type Origin =
  | { readonly kind: 'same' }
  | { readonly kind: 'allowed'; readonly origin: string }
  | { readonly kind: 'foreign' };

/** An exact list, never a pattern; loopback pages may call an open server [A8]. */
export const originOf = (request: Request, headers: Headers, env: Environment): Origin => {
  const origin = headers.get('Origin');
  if (origin === null || origin === new URL(request.url).origin) return { kind: 'same' };
  return isListed(origin, env) || isLoopbackOrigin(origin, request, env)
    ? { kind: 'allowed', origin }
    : { kind: 'foreign' };
};

/** `null` is what sandboxed and local pages say, all of them: on no list does it name anybody. */
const isListed = (origin: string, { CORS_ORIGINS = '' }: Environment): boolean =>
  CORS_ORIGINS.split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '' && each !== 'null')
    .includes(origin);

/** A page of this machine's own. Comparing it with its own parse leaves only origins as browsers print them. */
const isLoopbackOrigin = (origin: string, request: Request, env: Environment): boolean => {
  const url = URL.parse(origin);
  return url !== null && url.origin === origin && isLoopback(url.hostname) && isOpen(env, request);
};

/** An unsafe request from a page that is not allowed to is refused even where no preflight stopped it. */
export const refuseForeign = (method: string): Failure | undefined =>
  method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
    ? undefined
    : failure('forbidden-origin', 'This origin is not on the list of CORS_ORIGINS.');

export const corsHeaders = (origin: Origin): Record<string, string> =>
  origin.kind === 'allowed'
    ? { 'Access-Control-Allow-Origin': origin.origin, 'Access-Control-Expose-Headers': ANSWER_HEADERS }
    : {};

export const preflightHeaders = (origin: Origin): Record<string, string> =>
  origin.kind === 'allowed'
    ? {
        ...corsHeaders(origin),
        'Access-Control-Allow-Methods': METHODS,
        'Access-Control-Allow-Headers': REQUEST_HEADERS,
        'Access-Control-Max-Age': String(PREFLIGHT_AGE_S),
      }
    : {};
