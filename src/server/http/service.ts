import { Hono } from 'hono';
import { problem } from '../../protocol/problems.ts';
import { answerPreflight, withAccess } from './guard/guard.ts';
import { openapi } from './openapi.ts';
import type { Ctx, Variables } from './request/context.ts';
import type { Environment } from './request/environment.ts';
import { errorResponse } from './response/errors.ts';
import { json, problemResponse } from './response/response.ts';
import { routes } from './route-table.ts';

type Service = Hono<{ Bindings: Environment; Variables: Variables }>;

/** The Worker: routes, and what all of them share. One handler for each, which Hono then calls without a chain. */
export const service = (): Service => {
  const app: Service = new Hono({ getPath: rawPath });
  for (const [path, handlers] of routes) {
    for (const [method, handler] of Object.entries(handlers)) app.on(method, path, withAccess(handler));
  }
  app.get('/healthz', () => json(200, '{"status":"ok"}'));
  app.get('/openapi.json', () => json(200, openapi()));
  const guardedMiss = withAccess((c) => answerMiss(app, c));
  app.notFound((c: Ctx) => {
    if (!c.req.path.startsWith('/v1/')) return answerMiss(app, c);
    return c.req.method === 'OPTIONS' ? answerPreflight(c) : guardedMiss(c);
  });
  app.onError((error) => errorResponse(error));
  return app;
};

/**
 * The path as it was sent. Hono would decode it first, and `/%73tate` would be served as `/state` behind the back of
 * whatever a proxy allows or forbids by path [I3].
 */
const rawPath = ({ url }: Request): string => {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  const end = url.indexOf('?', start);
  return url.slice(start, end < 0 ? url.length : end);
};

const METHODS = ['GET', 'PUT', 'POST', 'DELETE'];

/** No route has this path, or none with this method [I3]. */
const answerMiss = (app: Service, c: Ctx): Response => {
  const known = METHODS.filter((method) => app.router.match(method, c.req.path)[0].length > 0);
  if (known.length === 0) return problemResponse(problem('not-found', 'Nothing is served under this path.'));
  const allow = (known.includes('GET') ? ['HEAD', ...known] : known).join(', ');
  return problemResponse(problem('method-not-allowed', `${c.req.method} is not among ${allow}.`), {
    headers: { Allow: allow },
  });
};
