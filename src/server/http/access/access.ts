import type { MiddlewareHandler } from 'hono';
import { type Failed, failed } from '../../../core/failed.ts';
import { authenticate, authenticateToken } from '../../access/authenticate.ts';
import type { Principal } from '../../access/principal.ts';
import { isOpen, readSettings, type Settings } from '../../access/settings.ts';
import { answer, problemAnswer } from '../answer.ts';
import type { Variables } from '../context.ts';
import type { Environment } from '../environment.ts';
import { isHandshake, offeredToken } from './handshake.ts';
import { corsHeaders, originOf, preflightHeaders, refuseForeign } from './origins.ts';
import { limitRate } from './rate-limit.ts';

/** Everything under `/v1` passes here first: origin, token, rate. Deny by default. */
export const access: MiddlewareHandler<{ Bindings: Environment; Variables: Variables }> = async (c, next) => {
  const request = c.req.raw;
  const origin = originOf(request, c.env);
  if (request.method === 'OPTIONS') {
    c.res = vary(answer({ status: 204, headers: preflightHeaders(origin) }));
    return;
  }
  const principal =
    // A page may open a socket to anywhere, without a preflight: it is as unsafe as a write [W3].
    refuseForeign(origin, isHandshake(request) ? 'CONNECT' : request.method) ??
    tokenInUrl(request.url) ??
    (await identify(request, c.env));
  if (principal.kind === 'problem') {
    c.res = problemAnswer(principal.problem);
  } else {
    c.set('principal', principal);
    await next();
  }
  for (const [name, value] of Object.entries(corsHeaders(origin))) c.res.headers.set(name, value);
  vary(c.res);
};

/** Who asks, if they may ask now. */
const identify = async (request: Request, env: Environment): Promise<Principal | Failed> => {
  const settings = readSettings(env);
  const offered = isHandshake(request) ? offeredToken(request) : undefined;
  const isSent = request.headers.has('Authorization') || offered !== undefined;
  // With a way to check tokens, one that is sent is checked, also where none would be asked for.
  if (isOpen(env, request.url) && !(isSent && settings.kind !== 'none')) return { kind: 'open', subject: 'anonymous' };
  const principal = settings.kind === 'problem' ? settings : await principalOf(request, settings, offered);
  const address = request.headers.get('CF-Connecting-IP') ?? 'unknown';
  const limited = await limitRate(
    env,
    principal.kind === 'token' ? `subject:${principal.subject}` : `address:${address}`,
  );
  return limited ?? principal;
};

const principalOf = (
  request: Request,
  settings: Settings,
  offered: string | undefined,
): Promise<Principal | Failed> | Principal => {
  if (request.headers.has('Authorization') || !isHandshake(request)) return authenticate(request, settings);
  if (offered === undefined && settings.kind !== 'none') return { kind: 'guest', subject: '' };
  return authenticateToken(offered, settings);
};

const TOKEN_NAMES = ['access_token', 'token', 'auth', 'authorization', 'jwt'];

/** URLs end up in logs and referrers [A7]. */
const tokenInUrl = (url: string): Failed | undefined => {
  if (!url.includes('?')) return undefined;
  const names = [...new URL(url).searchParams.keys()].map((name) => name.toLowerCase());
  const found = names.find((name) => TOKEN_NAMES.includes(name));
  return found === undefined
    ? undefined
    : failed('token-in-url', `Take "${found}" out of the URL and send "Authorization: Bearer <token>".`);
};

const vary = (response: Response): Response => {
  response.headers.append('Vary', 'Origin');
  return response;
};
