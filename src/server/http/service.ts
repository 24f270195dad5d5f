import { Hono } from 'hono';
import { problem } from '../../protocol/problems.ts';
import { answerPreflight, searchOf, withAccess } from './guard/guard.ts';
import { noteRefusal } from './guard/note-refusal.ts';
import type { Access, Operation } from './openapi/operation.ts';
import { forOperators } from './operator/operator-route.ts';
import { inOwnersLog } from './operator/owners-log.ts';
import { requireUnrevoked } from './operator/revocation-check.ts';
import { applicationNameIn, type Ctx, type Handler, unwrap, type Variables } from './request/context.ts';
import type { Environment } from './request/environment.ts';
import { readQuery } from './request/query.ts';
import { requestIdOf } from './request/request-id.ts';
import { errorResponse } from './response/errors.ts';
import { problemResponse } from './response/response.ts';
import { routes } from './route-table.ts';

type Service = Hono<{ Bindings: Environment; Variables: Variables }>;

/** The Worker: the routes, and the answers that all of them share. Each route has one handler, which Hono calls without a chain. */
export const service = (): Service => {
  const app: Service = new Hono({ getPath: rawPath });
  for (const [path, operations] of routes) {
    for (const [method, operation] of Object.entries(operations)) app.on(method, path, handlerOf(operation));
  }
  const missWithAccess = withAccess((c) => answerMiss(app, c));
  app.notFound((c: Ctx) => {
    if (!hasAccess(c.req.path)) return noteRefusal(c, answerMiss(app, c));
    return c.req.method === 'OPTIONS' ? answerPreflight(c) : missWithAccess(c);
  });
  app.onError((error, c: Ctx) =>
    noteRefusal(
      c,
      errorResponse(error, applicationNameIn(c), () => requestIdOf(c)),
    ),
  );
  return app;
};

/** Whether a path may only be answered after the checks of `withAccess`, also where no route has it. */
const hasAccess = (path: string): boolean => path.startsWith('/v1/') || PATHS_WITH_ACCESS.has(path);

/** Routes beside `/v1` that are not public. */
const PATHS_WITH_ACCESS = new Set(
  routes
    .filter(([, operations]) => Object.values(operations).some(({ access }) => access !== 'public'))
    .map(([path]) => path),
);

const handlerOf = ({ handle, access, query, operatorUse, ownersAct, strangers }: Operation): Handler => {
  const noted = ownersAct === undefined ? handle : inOwnersLog(access, ownersAct, handle);
  const handler = query === undefined ? withoutQuery(noted) : noted;
  if (access === 'public') return withSearch(handler);
  const checked = ASKS_NO_APPLICATION.includes(access) ? unrevoked(handler) : handler;
  return withAccess(operatorUse === undefined ? checked : forOperators(access, operatorUse, checked), strangers);
};

/** Routes that ask no application, which would refuse a revoked token [A13]. Operators are checked in any case. */
const ASKS_NO_APPLICATION: readonly Access[] = ['owner', 'anyone', 'subject'];

const unrevoked =
  (handler: Handler): Handler =>
  async (c) => {
    if (c.get('usesOperatorRight') !== true) await requireUnrevoked(c);
    return handler(c);
  };

/** What `withAccess` does besides its checks. */
const withSearch =
  (handler: Handler): Handler =>
  async (c) => {
    c.set('search', searchOf(c.req.raw.url));
    return noteRefusal(c, await handler(c));
  };

/** Refuses any query: `DELETE …?dryRun=true` must not delete [J10]. */
const withoutQuery =
  (handler: Handler): Handler =>
  (c) => {
    unwrap(readQuery(c.get('search'), {}));
    return handler(c);
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
