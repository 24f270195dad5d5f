import { bucket, type Environment, type Role } from 'changebucket/server';
import { SHARED } from '../src/applications.ts';
import { endSession, readSession, startSession } from './session.ts';

/** The bindings, variables and secrets of this Worker. */
export interface Env extends Environment {
  /** `yes` lets anybody sign in under any name. Set it in .dev.vars, and nowhere else. */
  readonly DEMO_LOGIN?: string;
}

/** Answers /auth/login, /auth/logout and /auth/token, which src/session.ts calls. */
export const answerAuth = async (request: Request, env: Env): Promise<Response> => {
  const { AUTH_SECRET: secret } = env;
  if (!secret) return problem(503, 'Set AUTH_SECRET: in .dev.vars here, by "wrangler secret put" in production.');
  const route = `${request.method} ${new URL(request.url).pathname}`;
  if (route === 'GET /auth/token') return answerToken(request, secret, env);
  if (route !== 'POST /auth/login' && route !== 'POST /auth/logout') return problem(404, 'There is nothing here.');
  // Pages of other origins cannot send JSON without a preflight, which nothing here answers.
  if (request.headers.get('Content-Type') !== 'application/json') return problem(415, 'Send application/json.');
  return route === 'POST /auth/login' ? answerLogin(request, secret, env) : answerLogout(request);
};

/**
 * THE DEMO'S LOGIN: it believes every name. Put a real one here before strangers can reach your deployment: check a
 * password, or come back from your identity provider, then call `startSession` with the id of the user. If the provider's
 * own tokens are JWTs, you need neither this file nor sessions: set AUTH_JWKS_URL, AUTH_ISSUER and AUTH_AUDIENCE, and give
 * the provider's token to the client.
 */
const answerLogin = async (request: Request, secret: string, { DEMO_LOGIN }: Env): Promise<Response> => {
  if (DEMO_LOGIN !== 'yes')
    return problem(403, 'Nobody can sign in yet: put your own login into worker/auth.ts, or set DEMO_LOGIN to "yes".');
  const name = nameIn(await request.json().catch(() => undefined));
  if (name === undefined) return problem(422, 'A name has 1 to 40 letters, digits, spaces, dots or hyphens.');
  return answer(200, { user: name }, await startSession(request, secret, name));
};

const nameIn = (body: unknown): string | undefined => {
  const name = typeof body === 'object' && body !== null && 'name' in body ? body.name : undefined;
  return typeof name === 'string' && /^[\p{L}\p{N}][\p{L}\p{N} .-]{0,39}$/u.test(name) ? name : undefined;
};

const answerLogout = (request: Request): Response => answer(200, {}, endSession(request));

/** Who is signed in, if anybody, and a token that lets the page push and read as that user for an hour. It asks again in time. */
const answerToken = async (request: Request, secret: string, env: Env): Promise<Response> => {
  const user = await readSession(request, secret);
  if (user === undefined) return answer(200, { user: null });
  // Only an owner may create an application. One that exists is left as it is.
  for (const { name, definition } of SHARED) await bucket(env, definition).create(name);
  return answer(200, { user, token: await bucket(env).mint({ subject: user, apps: rightsOf(user) }) });
};

/** Everybody who is signed in may write to what is shared. Decide here who is a reader, a writer or an admin of what. */
const rightsOf = (_user: string): Readonly<Record<string, Role>> =>
  Object.fromEntries(SHARED.map(({ name }) => [name, 'writer']));

const answer = (status: number, body: object, cookie?: string): Response =>
  Response.json(body, { status, headers: { 'Cache-Control': 'no-store', ...(cookie && { 'Set-Cookie': cookie }) } });

const problem = (status: number, detail: string): Response => answer(status, { detail });
