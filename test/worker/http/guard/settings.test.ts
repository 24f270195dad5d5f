import { describe, expect, it, vi } from 'vitest';
import type { Environment } from '../../../../src/server/http/request/environment.ts';
import { bearer, changedDocument, fresh, problemsIn } from '../../../support/api.ts';
import { claims, forge, HS256 } from '../../../support/forged-tokens.ts';
import { askIn, askOnly, configured, without } from '../../../support/other-environments.ts';
import { JSON_BODY, MERGE } from '../../../support/request-bodies.ts';

describe('[A5] deployments that are not configured', () => {
  const short = 'x'.repeat(31);
  const environments: [string, Environment, RegExp][] = [
    ['no secret', without('AUTH_SECRET'), /AUTH_SECRET/],
    ['an empty secret', { ...configured, AUTH_SECRET: '' }, /AUTH_SECRET/],
    ['a secret of 31 bytes', { ...configured, AUTH_SECRET: short }, /32 bytes/],
    ['a secret and keys', { ...configured, AUTH_JWKS_URL: 'https://issuer.test/keys' }, /not both/],
    ['keys without TLS', { ...without('AUTH_SECRET'), AUTH_JWKS_URL: 'http://issuer.test/keys' }, /https/],
    ['keys that are no URL', { ...without('AUTH_SECRET'), AUTH_JWKS_URL: 'keys' }, /https/],
    [
      'a symmetric algorithm for keys',
      { ...without('AUTH_SECRET'), AUTH_JWKS_URL: 'https://issuer.test/keys', AUTH_ALGORITHM: 'HS256' },
      /AUTH_ALGORITHM/,
    ],
    [
      'keys for tokens of anybody',
      { ...without('AUTH_SECRET'), AUTH_JWKS_URL: 'https://issuer.test/keys' },
      /AUTH_AUDIENCE/,
    ],
    ['open access on another host', { ...without('AUTH_SECRET'), CHANGEBUCKET_OPEN: 'loopback' }, /AUTH_SECRET/],
  ];
  it.each(environments)('%s', async (_, environment, says) => {
    const { path } = await changedDocument();
    for (const headers of [{}, await bearer('alice')]) {
      for (const rest of [path, `${path}/state`, '/v1/nothing/at/all']) {
        const answer = await askOnly(environment, `https://changebucket.test${rest}`, { headers });
        expect(problemsIn(answer, 503, 'not-configured')).toEqual([]);
        expect(answer.body.detail).toMatch(says);
        expect(answer.text).not.toContain(short);
      }
    }
    expect((await askOnly(environment, 'https://changebucket.test/healthz')).body).toEqual({ status: 'ok' });
  });

  const bindings: [string, Environment, string[]][] = [
    ['no APPLICATION', without('APPLICATION'), ['APPLICATION']],
    ['no DIRECTORY', without('DIRECTORY'), ['DIRECTORY']],
    ['neither of the two', without('APPLICATION', 'DIRECTORY'), ['APPLICATION', 'DIRECTORY']],
    ['a binding of another type', { ...configured, DIRECTORY: { get: () => null } as never }, ['DIRECTORY']],
    ['open access, no DIRECTORY', { ...without('DIRECTORY'), CHANGEBUCKET_OPEN: 'loopback' }, ['DIRECTORY']],
  ];
  it.each(bindings)(
    '%s: every route names the binding, nothing is accepted, and one line is logged',
    async (...row) => {
      const [, environment, names] = row;
      const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
      const path = `/v1/apps/${fresh()}`;
      const host = 'CHANGEBUCKET_OPEN' in environment ? 'http://localhost:8787' : 'https://changebucket.test';
      const owner = path.split('/').slice(0, 4).join('/');
      const requests: [string, RequestInit][] = [
        [`${path}/changes/c1/1`, { method: 'PUT', body: MERGE }],
        [`${path}/changes`, { method: 'POST', body: MERGE }],
        [path, { method: 'PUT', body: '{"kind":"document"}' }],
        [path, { method: 'DELETE' }],
        [`${path}/state`, {}],
        [`${path}/log`, {}],
        [`${path}/socket`, { headers: { Upgrade: 'websocket' } }],
        [owner, {}],
        ['/v1/apps/me', {}],
        ['/v1/nothing/at/all', {}],
      ];
      for (const [rest, init] of requests) {
        const headers = { ...JSON_BODY, ...(await bearer('alice')), ...init.headers };
        const answer = await askOnly(environment, `${host}${rest}`, { ...init, headers });
        expect(problemsIn(answer, 503, 'not-configured')).toEqual([]);
        for (const name of names) expect(answer.body.detail).toContain(`"name": "${name}"`);
        expect(answer.body.detail).toMatch(/deploy again\.$/);
      }
      expect((await askOnly(environment, `${host}/healthz`)).body).toEqual({ status: 'ok' });
      const lines = told.mock.calls.map(([line]) => JSON.parse(line));
      expect(lines.filter(({ message }) => message === 'the deployment is not configured')).toMatchObject([
        {
          level: 'error',
          detail: expect.stringContaining(names[0] ?? ''),
        },
      ]);
      told.mockRestore();
      expect((await askIn({}, `${path}/state`, { headers: await bearer('alice') })).status).toBe(404);
    },
  );

  it('32 bytes are enough', async () => {
    const { path } = await changedDocument();
    const secret = `${'\u20ac'.repeat(10)}xx`;
    const Authorization = `Bearer ${await forge(HS256, claims(), { secret })}`;
    expect((await askIn({ AUTH_SECRET: secret }, `${path}/state`, { headers: { Authorization } })).status).toBe(200);
  });
});

describe('[A6] open access', () => {
  const open = { CHANGEBUCKET_OPEN: 'loopback' };

  it.each(['localhost', 'localhost:8787', '127.0.0.1:8787', '127.9.8.7', '127.1', '[::1]:8787', 'app.localhost'])(
    'http://%s is open',
    async (host) => {
      const { path } = await changedDocument();
      const push = { method: 'PUT', body: MERGE, headers: JSON_BODY };
      expect((await askOnly({ ...without('AUTH_SECRET'), ...open }, `http://${host}${path}/state`)).body).toEqual({
        a: 1,
      });
      expect((await askIn(open, `http://${host}${path}/changes/open/1`, push)).status).toBe(202);
      const log = await askIn(open, `http://${host}${path}/log`, { headers: { Prefer: 'wait=1' } });
      expect(log.status).toBe(200);
    },
  );

  it.each([
    'changebucket.test',
    'localhost.evil.test',
    '127.0.0.1.evil.test',
    '127.evil.test',
    'xlocalhost',
    'localhost.',
    '10.0.0.1',
    '0.0.0.0',
    '192.168.0.1',
    '128.0.0.1',
    '[::]',
    '[::2]',
    '[::ffff:127.0.0.1]',
  ])('http://%s is not', async (host) => {
    const { path } = await changedDocument();
    const answer = await askIn(open, `http://${host}${path}/state`);
    expect(problemsIn(answer, 401, 'unauthorized')).toEqual([]);
  });

  it.each(['', '1', 'true', 'yes', 'LOOPBACK', 'loopback ', 'all'])(
    'CHANGEBUCKET_OPEN=%s opens nothing',
    async (value) => {
      const { path } = await changedDocument();
      const answer = await askIn({ CHANGEBUCKET_OPEN: value }, `http://localhost:8787${path}/state`);
      expect(problemsIn(answer, 401, 'unauthorized')).toEqual([]);
    },
  );

  it('a Host or forwarding header does not make a request local', async () => {
    const { path } = await changedDocument();
    const headers = { Host: 'localhost', 'X-Forwarded-Host': 'localhost', Forwarded: 'host=localhost' };
    expect((await askIn(open, `${path}/state`, { headers })).status).toBe(401);
  });

  it('a request that was forwarded needs a token, and is told so', async () => {
    const { path } = await changedDocument();
    for (const environment of [
      { ...without('AUTH_SECRET'), ...open },
      { ...configured, ...open },
    ]) {
      const headers = { 'X-Forwarded-For': '203.0.113.7' };
      const answer = await askOnly(environment, `http://localhost:8787${path}/state`, { headers });
      expect(problemsIn(answer, 401, 'unauthorized')).toEqual([]);
      expect(answer.body.detail).toContain('x-forwarded-for');
    }
    const headers = { Via: '1.1 caddy', ...(await bearer('alice')) };
    expect((await askIn(open, `http://localhost:8787${path}/state`, { headers })).status).toBe(200);
  });

  it('a token that is sent is checked all the same', async () => {
    const { path } = await changedDocument();
    const headers = { Authorization: 'Bearer a.b.c' };
    expect((await askIn(open, `http://localhost${path}/state`, { headers })).status).toBe(401);
    const bob = await askIn(open, `http://localhost${path}/state`, { headers: await bearer('bob') });
    expect(problemsIn(bob, 404, 'unknown-application')).toEqual([]);
  });
});
