import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answerPreflight, withAccess } from '../../../../../src/server/http/guard/guard.ts';
import type { Variables } from '../../../../../src/server/http/request/context.ts';
import type { Environment } from '../../../../../src/server/http/request/environment.ts';
import { respond } from '../../../../../src/server/http/response/response.ts';
import { forge, inAnHour, SECRET, token } from '../../access/tokens.ts';

// The guard around a handler, here one that answers with the principal it got.

const app = new Hono<{ Bindings: Environment; Variables: Variables }>();
app.options('/v1/*', answerPreflight);
app.all(
  '/v1/*',
  withAccess((c) => respond({ status: 200, body: `${c.get('principal').kind} ${c.get('principal').subject}` })),
);

const jwt = token({ sub: 'alice', exp: inAnHour() });
const AUTHORIZED = { Authorization: `Bearer ${jwt}` };

/** Namespaces that no handler here asks. */
const BINDINGS = { APPLICATION: { idFromName: expect.fail }, DIRECTORY: { idFromName: expect.fail } };

interface Sent {
  readonly url?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly env?: Partial<Environment>;
}

const send = async ({
  url = 'https://api.test/v1/apps/alice/notes/state',
  method = 'GET',
  headers = {},
  env = { AUTH_SECRET: SECRET },
}: Sent): Promise<Response> => app.request(url, { method, headers }, { ...BINDINGS, ...env });

/** `401 unauthorized`, or `200 token alice`. */
const outcome = async (sent: Sent): Promise<string> => {
  const response = await send(sent);
  const text = await response.text();
  const isProblem = response.headers.get('Content-Type') === 'application/problem+json';
  const name = isProblem ? (JSON.parse(text) as { type: string }).type.replace('urn:changebucket:problem:', '') : text;
  return `${response.status} ${name}`;
};

describe('a request', () => {
  it('[A1] with a valid token is admitted, without one is answered with what to send', async () => {
    expect(await outcome({ headers: AUTHORIZED })).toBe('200 token alice');
    expect(await outcome({})).toBe('401 unauthorized');
    expect((await send({})).headers.get('WWW-Authenticate')).toMatch(/^Bearer/);
  });

  it('[A1] [E2] an answer never repeats a token', async () => {
    const bad = forge({ alg: 'HS256' }, { sub: 'mallory', exp: inAnHour() }, 'wrong');
    const response = await send({ headers: { Authorization: `Bearer ${bad}` } });
    const text = `${JSON.stringify([...response.headers])} ${await response.text()}`;
    for (const part of [...bad.split('.'), 'mallory', SECRET]) expect(text).not.toContain(part);
  });

  it('[A5] without a configured secret is refused, also with a token', async () => {
    for (const headers of [{}, AUTHORIZED]) {
      const response = await send({ headers, env: {} });
      expect(response.status).toBe(503);
      expect(await response.text()).toContain('npx wrangler secret put AUTH_SECRET');
    }
    expect(await outcome({ headers: AUTHORIZED, env: { AUTH_SECRET: 'short' } })).toBe('503 not-configured');
  });
});

describe('open access', () => {
  const open = { CHANGEBUCKET_OPEN: 'loopback' };
  const url = 'http://localhost:8787/v1/apps/me/notes/state';
  const garbage = { Authorization: 'Bearer garbage' };
  const neighbor = { Origin: 'http://localhost:5173' };
  const stranger = { Origin: 'https://evil.com' };
  const rebound = { Origin: 'http://evil.com:8787' };
  it.each<[string, Sent, string]>([
    ['on this machine', { url, env: open }, '200 open anonymous'],
    ['elsewhere', { env: open }, '503 not-configured'],
    ['elsewhere, with a secret', { env: { ...open, AUTH_SECRET: SECRET } }, '401 unauthorized'],
    ['with a secret, without a token', { url, env: { ...open, AUTH_SECRET: SECRET } }, '200 open anonymous'],
    [
      'with a secret and a token',
      { url, env: { ...open, AUTH_SECRET: SECRET }, headers: AUTHORIZED },
      '200 token alice',
    ],
    [
      'with a secret and a bad token',
      { url, env: { ...open, AUTH_SECRET: SECRET }, headers: garbage },
      '401 unauthorized',
    ],
    [
      'with a secret too short and a token',
      { url, env: { ...open, AUTH_SECRET: 'short' }, headers: AUTHORIZED },
      '503 not-configured',
    ],
    ['with a token that cannot be verified', { url, env: open, headers: AUTHORIZED }, '200 open anonymous'],
    ['from a page of this machine', { url, env: open, method: 'PUT', headers: neighbor }, '200 open anonymous'],
    ['from any other page', { url, env: open, method: 'PUT', headers: stranger }, '403 forbidden-origin'],
    // DNS rebinding: the page's own name now leads to this machine.
    [
      'by the name of another site',
      { url: 'http://evil.com:8787/v1/apps/me/notes/changes', env: open, method: 'POST', headers: rebound },
      '503 not-configured',
    ],
  ])('[A6] %s', async (_, sent, expected) => {
    expect(await outcome(sent)).toBe(expected);
  });
});

describe('a token in the URL', () => {
  const base = 'https://api.test/v1/apps/alice/notes/state';
  it.each([
    'access_token=x',
    'token=x',
    'auth=x',
    'authorization=Bearer%20x',
    'jwt=x',
    'ACCESS_TOKEN=x',
    'Token=x',
    'token',
    'token=',
    '%74oken=x',
    'at=1&jwt=x',
    'jwt=x&jwt=y',
  ])('[A7] ?%s is refused, also with a valid token in the header', async (query) => {
    expect(await outcome({ url: `${base}?${query}`, headers: AUTHORIZED })).toBe('400 token-in-url');
    expect(await outcome({ url: `${base}?${query}` })).toBe('400 token-in-url');
  });

  it.each(['path=/token', 'at=1', 'tokens=1', 'path=token=1', ''])('[A7] ?%s is not refused', async (query) => {
    expect(await outcome({ url: `${base}?${query}`, headers: AUTHORIZED })).toBe('200 token alice');
  });

  it('[A7] [E2] it is not repeated', async () => {
    expect(await (await send({ url: `${base}?token=s3cr3t` })).text()).not.toContain('s3cr3t');
  });
});

describe('pages of other origins', () => {
  const env = { AUTH_SECRET: SECRET, CORS_ORIGINS: 'https://good.example' };
  const from = (origin: string): Record<string, string> => ({ ...AUTHORIZED, Origin: origin });

  it.each<[Sent, string | null]>([
    [{ env, headers: from('https://good.example') }, 'https://good.example'],
    [{ env, headers: { Origin: 'https://good.example' } }, 'https://good.example'],
    [{ env, headers: from('https://evil.com') }, null],
    [{ env, headers: from('null') }, null],
    [{ env, headers: from('https://api.test') }, null],
    [{ env, headers: AUTHORIZED }, null],
  ])('[A8] %j may be read by %j, and Vary says so to caches', async (sent, allowed) => {
    const { headers } = await send(sent);
    expect(headers.get('Access-Control-Allow-Origin')).toBe(allowed);
    expect(headers.get('Access-Control-Allow-Credentials')).toBeNull();
    expect(headers.get('Vary')).toMatch(/\bOrigin\b/);
  });

  it('[A8] may not push, not even with a valid token', async () => {
    for (const origin of ['https://evil.com', 'null', 'https://good.example.evil.com']) {
      expect(await outcome({ env, method: 'PUT', headers: from(origin) })).toBe('403 forbidden-origin');
    }
    expect(await outcome({ env, method: 'PUT', headers: from('https://good.example') })).toBe('200 token alice');
    expect(await outcome({ env, method: 'PUT', headers: from('https://api.test') })).toBe('200 token alice');
  });

  it('[A8] send a preflight first, without a token', async () => {
    const headers = { 'Access-Control-Request-Method': 'PUT', 'Access-Control-Request-Headers': 'authorization' };
    const good = await send({ env, method: 'OPTIONS', headers: { ...headers, Origin: 'https://good.example' } });
    expect([good.status, await good.text()]).toEqual([204, '']);
    expect(good.headers.get('Access-Control-Allow-Methods')).toContain('PUT');
    expect(good.headers.get('Vary')).toMatch(/\bOrigin\b/);
    const evil = await send({ env, method: 'OPTIONS', headers: { ...headers, Origin: 'https://evil.com' } });
    expect([...evil.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(evil.headers.get('Vary')).toMatch(/\bOrigin\b/);
  });
});

describe('the rate limit', () => {
  const limit = vi.fn(async (_: { key: string }) => ({ success: true }));
  const env = { AUTH_SECRET: SECRET, RATE_LIMIT: { limit } as unknown as RateLimit };
  const keys = (): string[] => limit.mock.calls.map(([{ key }]) => key);
  beforeEach(() => {
    limit.mockResolvedValue({ success: true });
  });
  afterEach(() => {
    limit.mockReset();
  });

  it('[A9] counts each subject', async () => {
    expect(await outcome({ env, headers: { ...AUTHORIZED, 'CF-Connecting-IP': '192.0.2.1' } })).toBe('200 token alice');
    expect(keys()).toEqual(['subject:alice']);
  });

  it('[A9] counts requests without a valid token by address, and no subject can be taken for an address', async () => {
    const address = { 'CF-Connecting-IP': '192.0.2.1' };
    expect(await outcome({ env, headers: address })).toBe('401 unauthorized');
    const named = token({ sub: 'address:192.0.2.1', exp: inAnHour() });
    expect(await outcome({ env, headers: { ...address, Authorization: `Bearer ${named}` } })).toMatch(/^200/);
    expect(keys()).toEqual(['address:192.0.2.1', 'subject:address:192.0.2.1']);
  });

  it('[A9] is answered with 429 and the wait', async () => {
    limit.mockResolvedValue({ success: false });
    for (const headers of [AUTHORIZED, { Authorization: 'Bearer garbage' }]) {
      const response = await send({ env, headers });
      expect([response.status, response.headers.get('Retry-After')]).toEqual([429, '10']);
      expect(await response.json()).toMatchObject({ type: 'urn:changebucket:problem:rate-limited', retryAfter: 10 });
    }
  });

  it('[A9] does not apply where the platform has none', async () => {
    expect(await outcome({ headers: AUTHORIZED })).toBe('200 token alice');
  });
});
