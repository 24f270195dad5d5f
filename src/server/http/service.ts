import { Hono } from 'hono';
import { problem } from '../../protocol/problems.ts';
import { answerPreflight, withAccess } from './guard/guard.ts';
import { openapi } from './openapi.ts';
import { applicationNameIn, type Ctx, type Variables } from './request/context.ts';
import type { Environment } from './request/environment.ts';
import { errorResponse } from './response/errors.ts';
import { json, problemResponse } from './response/response.ts';
import { routes } from './route-table.ts';

type Service = Hono<{ Bindings: Environment; Variables: Variables }>;

/** The Worker: the routes, and the answers that all of them share. Each route has one handler, which Hono calls without a chain. */
export const service = (): Service => {
  const app: Service = new Hono({ getPath: rawPath });
  for (const [path, handlers] of routes) {
    for (const [method, handler] of Object.entries(handlers)) app.on(method, path, withAccess(handler));
  }
  app.get('/healthz', () => json(200, '{"status":"ok"}'));
  app.get('/openapi.json', () => json(200, openapi()));
  const missWithAccess = withAccess((c) => answerMiss(app, c));
  app.notFound((c: Ctx) => {
    if (!c.req.path.startsWith('/v1/')) return answerMiss(app, c);
    return c.req.method === 'OPTIONS' ? answerPreflight(c) : missWithAccess(c);
  });
  app.onError((error, c) => errorResponse(error, applicationNameIn(c)));
  return app;
};

/**
 * The path as it was sent. Hono would decode it first and serve `/%73tate` as `/state`, past the rules of a proxy that
 * allows or forbids requests by path [I3].
 */
const rawPath = ({ url }: Request): string => {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  const end = url.indexOf('?', start);
  return url.slice(start, end < 0 ? url.length : end);
};

const METHODS = ['GET', 'PUT', 'POST', 'DELETE'];

/** The answer where no route has this path, or none has it with this method [I3]. */
const answerMiss = (app: Service, c: Ctx): Response => {
  const methods = METHODS.filter((method) => app.router.match(method, c.req.path)[0].length > 0);
  if (methods.length === 0) return problemResponse(problem('not-found', 'There is nothing at this path.'));
  const allow = (methods.includes('GET') ? ['HEAD', ...methods] : methods).join(', ');
  return problemResponse(problem('method-not-allowed', `${c.req.method} is not allowed here. Allowed: ${allow}.`), {
    headers: { Allow: allow },
  });
};
