import { Hono } from 'hono';
import { Refusal } from '../../core/refusal.ts';
import { problem } from '../../protocol/problems.ts';
import { describeError, log } from '../log.ts';
import { access } from './access/access.ts';
import { json, problemAnswer } from './answer.ts';
import type { Ctx, Variables } from './context.ts';
import type { Environment } from './environment.ts';
import { openapi } from './openapi.ts';
import { routes } from './routes.ts';

/** The Worker: routes, and what all of them share. */
export const service = () => {
  const app = new Hono<{ Bindings: Environment; Variables: Variables }>({ getPath: rawPath });
  app.onError((error) => answerError(error));
  app.notFound(() => problemAnswer(problem('not-found', 'Nothing is served under this path.')));
  app.use('/v1/*', access);
  for (const [path, handlers] of routes) {
    for (const [method, handler] of Object.entries(handlers)) app.on(method, path, handler);
    app.all(path, refuseMethod(Object.keys(handlers)));
  }
  app.get('/healthz', () => json(200, '{"status":"ok"}'));
  app.get('/openapi.json', () => json(200, openapi()));
  for (const path of ['/healthz', '/openapi.json']) app.all(path, refuseMethod(['GET']));
  return app;
};

/**
 * The path as it was sent. Hono would decode it first, and `/%73tate` would be served as `/state` behind the back of
 * whatever a proxy allows or forbids by path [I3].
 */
const rawPath = ({ url }: Request): string => {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  const end = url.slice(start).search(/[?#]/);
  return end < 0 ? url.slice(start) : url.slice(start, start + end);
};

const refuseMethod =
  (known: readonly string[]) =>
  (c: Ctx): Response => {
    const allow = (known.includes('GET') ? ['HEAD', ...known] : known).join(', ');
    return problemAnswer(problem('method-not-allowed', `${c.req.method} is not among ${allow}.`), {
      headers: { Allow: allow },
    });
  };

/** Refusals are answers; everything else is ours to look at, and nobody else's to see [E2]. */
const answerError = (error: Error): Response => {
  if (error instanceof Refusal) return problemAnswer(error.problem);
  const id = crypto.randomUUID();
  log('error', 'a request failed', { id, ...describeError(error) });
  return problemAnswer(
    problem('internal', `Request ${id} failed. The outcome is unknown; it is safe to send a change again.`),
  );
};
