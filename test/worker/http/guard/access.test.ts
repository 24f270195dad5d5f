import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Environment } from '../../../../src/server/http/request/environment.ts';
import { routes } from '../../../../src/server/http/route-table.ts';
import {
  type Answer,
  Api,
  bearer,
  changedDocument,
  fresh,
  type Headings,
  problemsIn,
  request,
  sign,
} from '../../../support/api.ts';
import { positionIn } from '../../../support/position.ts';
import worker from '../../../support/worker.ts';

const configured = env as unknown as Environment;
const SECRET = configured.AUTH_SECRET as string;

/** The Worker in another environment, called where the platform would. */
const askIn = async (changed: Partial<Environment>, url: string, init: RequestInit = {}): Promise<Answer> => {
  const full = url.startsWith('/') ? `https://changebucket.test${url}` : url;
  const response = await worker.fetch(new Request(full, init), { ...configured, ...changed }, createExecutionContext());
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('Content-Type') ?? '');
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
};

const without = (...names: (keyof Environment)[]): Environment =>
  Object.fromEntries(
    Object.entries(configured).filter(([name]) => !names.includes(name as keyof Environment)),
  ) as unknown as Environment;

/** In an environment of its own, nothing inherited. */
const askOnly = async (environment: Environment, url: string, init: RequestInit = {}): Promise<Answer> => {
  const response = await worker.fetch(new Request(url, init), environment, createExecutionContext());
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: text === '' ? undefined : JSON.parse(text) };
};

const JSON_BODY = { 'Content-Type': 'application/json' };
const MERGE = '{"name":"merge","args":{"b":2}}';

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');

const encode = (text: string): string => base64url(new TextEncoder().encode(text));

/** A token that no library would make. */
const forge = async (
  header: object,
  payload: string,
  { secret = SECRET, hash = 'SHA-256' }: { secret?: string; hash?: string } = {},
): Promise<string> => {
  const signed = `${encode(JSON.stringify(header))}.${encode(payload)}`;
  const data = new TextEncoder();
  const key = await crypto.subtle.importKey('raw', data.encode(secret), { name: 'HMAC', hash }, false, ['sign']);
  return `${signed}.${base64url(new Uint8Array(await crypto.subtle.sign('HMAC', key, data.encode(signed))))}`;
};

const soon = (): number => Math.floor(Date.now() / 1_000) + 600;
const claims = (more: object = {}): string => JSON.stringify({ sub: 'alice', exp: soon(), ...more });
const HS256 = { alg: 'HS256' };

const good = await sign({ sub: 'alice' });
const other = (await sign({ sub: 'bob' })).split('.');

describe('[A1] tokens that are not accepted', () => {
  const expectUnauthorized = async (headers: Headings): Promise<void> => {
    const api = await changedDocument();
    const [read, push, unknown] = await Promise.all([
      request(`${api.path}/state`, { headers }),
      request(`${api.path}/changes/c1/2`, { method: 'PUT', body: MERGE, headers: { ...JSON_BODY, ...headers } }),
      request('/v1/nothing/here', { headers }),
    ]);
    for (const answer of [read, push, unknown]) {
      expect(problemsIn(answer, 401, 'unauthorized')).toEqual([]);
      expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="changebucket"');
    }
    expect((await api.merge('c1', 2, { right: true })).body.seq).toBe(2);
  };

  it('no token', () => expectUnauthorized({}));

  const [head = '', payload = '', signature = ''] = good.split('.');
  it.each([
    ['nothing', ''],
    ['a scheme alone', 'Bearer'],
    ['another scheme', 'Basic YWxpY2U6c2VjcmV0'],
    ['another scheme with the token', `Token ${good}`],
    ['the token without a scheme', good],
    ['two spaces', `Bearer  ${good}`],
    ['two tokens', `Bearer ${good}, Bearer ${good}`],
    ['a comma behind', `Bearer ${good},`],
    ['a word behind', `Bearer ${good} x`],
    ['quotes', `Bearer "${good}"`],
    ['garbage', 'Bearer garbage'],
    ['dots', 'Bearer ..'],
    ['three words', 'Bearer a.b.c'],
    ['no signature', `Bearer ${head}.${payload}.`],
    ['two parts', `Bearer ${head}.${payload}`],
    ['four parts', `Bearer ${good}.x`],
    ['five parts', `Bearer ${good}.x.y`],
    ['a cut signature', `Bearer ${good.slice(0, -4)}`],
    ['a longer signature', `Bearer ${good}AAAA`],
    ['the payload of another', `Bearer ${head}.${other[1]}.${signature}`],
    ['the signature of another', `Bearer ${head}.${payload}.${other[2]}`],
    ['the parts in another order', `Bearer ${payload}.${head}.${signature}`],
    ['padding', `Bearer ${good}=`],
    ['a megabyte', `Bearer ${'a'.repeat(60_000)}.b.c`],
  ])('%s', (_, Authorization) => expectUnauthorized({ Authorization }));

  const forged: [string, () => Promise<string>][] = [
    ['alg none with a signature', () => forge({ alg: 'none' }, claims())],
    ['alg none without one', async () => `${encode('{"alg":"none"}')}.${encode(claims())}.`],
    ['alg nOnE', () => forge({ alg: 'nOnE' }, claims())],
    ['no alg', () => forge({ typ: 'JWT' }, claims())],
    ['an alg that is a list', () => forge({ alg: ['HS256'] }, claims())],
    ['HS512', () => forge({ alg: 'HS512' }, claims(), { hash: 'SHA-512' })],
    ['HS384', () => forge({ alg: 'HS384' }, claims(), { hash: 'SHA-384' })],
    ['RS256 over the secret', () => forge({ alg: 'RS256' }, claims())],
    ['a header that is no object', async () => `${encode('1')}.${encode(claims())}.${signature}`],
    ['an unknown critical header', () => forge({ ...HS256, crit: ['exp'], exp: 1 }, claims())],
    ['an unencoded payload', () => forge({ ...HS256, crit: ['b64'], b64: false }, claims())],
    ['another secret', () => forge(HS256, claims(), { secret: `${SECRET}x` })],
    ['the secret "null"', () => forge(HS256, claims(), { secret: 'null' })],
    ['a key of its own', () => forge({ ...HS256, jwk: { kty: 'oct', k: encode('x') } }, claims(), { secret: 'x' })],
    ['expired', () => forge(HS256, claims({ exp: soon() - 700 }))],
    ['not yet valid', () => forge(HS256, claims({ nbf: soon() }))],
    ['nbf as text', () => forge(HS256, claims({ nbf: '0' }))],
    ['no exp', () => forge(HS256, JSON.stringify({ sub: 'alice' }))],
    ['exp as text', () => forge(HS256, claims({ exp: String(soon()) }))],
    ['exp null', () => forge(HS256, claims({ exp: null }))],
    ['exp true', () => forge(HS256, claims({ exp: true }))],
    ['exp 1e400', () => forge(HS256, `{"sub":"alice","exp":1e400}`)],
    ['exp negative', () => forge(HS256, claims({ exp: -1 }))],
    ['no sub', () => forge(HS256, JSON.stringify({ exp: soon() }))],
    ['an empty sub', () => forge(HS256, claims({ sub: '' }))],
    ['a sub that is a number', () => forge(HS256, claims({ sub: 1 }))],
    ['a sub that is a list', () => forge(HS256, claims({ sub: ['alice'] }))],
    ['a sub with a line feed', () => forge(HS256, claims({ sub: 'alice\n' }))],
    ['a sub with NUL', () => forge(HS256, claims({ sub: 'alice\u0000' }))],
    ['a sub of 257 characters', () => forge(HS256, claims({ sub: 'a'.repeat(257) }))],
    ['apps as a list', () => forge(HS256, claims({ apps: ['alice/*'] }))],
    ['apps as an empty list', () => forge(HS256, claims({ apps: [] }))],
    ['apps as a list of roles', () => forge(HS256, claims({ apps: ['admin'] }))],
    ['apps as text', () => forge(HS256, claims({ apps: 'admin' }))],
    ['apps null', () => forge(HS256, claims({ apps: null }))],
    ['an unknown role', () => forge(HS256, claims({ apps: { 'bob/x': 'root' } }))],
    ['a role in capitals', () => forge(HS256, claims({ apps: { 'bob/x': 'Admin' } }))],
    ['a role that every object has', () => forge(HS256, claims({ apps: { 'bob/x': 'toString' } }))],
    ['roles in a list', () => forge(HS256, claims({ apps: { 'bob/x': ['admin'] } }))],
    ['a payload that is no JSON', () => forge(HS256, 'alice')],
    ['a payload that is a list', () => forge(HS256, '[]')],
    ['a payload that is null', () => forge(HS256, 'null')],
  ];
  it.each(forged)('%s', async (_, make) => expectUnauthorized({ Authorization: `Bearer ${await make()}` }));

  it('the same claims in order are accepted, whatever the case of the scheme', async () => {
    const api = await changedDocument();
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      const token = await forge(HS256, claims({ nbf: soon() - 700, apps: {} }));
      expect((await request(`${api.path}/state`, { headers: { Authorization: `${scheme} ${token}` } })).status).toBe(
        200,
      );
    }
  });

  it('a token of another issuer or audience, where one is expected', async () => {
    const api = await changedDocument();
    const expected = { AUTH_ISSUER: 'https://issuer.test/', AUTH_AUDIENCE: 'changebucket' };
    const ask = async (more: object): Promise<Answer> => {
      const Authorization = `Bearer ${await forge(HS256, claims(more))}`;
      return askIn(expected, `${api.path}/state`, { headers: { Authorization } });
    };
    const right = { iss: 'https://issuer.test/', aud: ['x', 'changebucket'] };
    expect((await ask(right)).status).toBe(200);
    for (const wrong of [
      {},
      { iss: right.iss },
      { aud: right.aud },
      { ...right, iss: 'https://issuer.test' },
      { ...right, aud: 'x' },
    ]) {
      expect(problemsIn(await ask(wrong), 401, 'unauthorized')).toEqual([]);
    }
  });

  it('a token that was good in one environment is not remembered in another', async () => {
    const api = await changedDocument();
    const headers = { Authorization: `Bearer ${await sign({ sub: 'alice' })}` };
    expect((await askIn({}, `${api.path}/state`, { headers })).status).toBe(200);
    const rotated = { AUTH_SECRET: 'another-secret-for-tests-0123456789abcdef' };
    expect((await askIn(rotated, `${api.path}/state`, { headers })).status).toBe(401);
    expect((await askIn({ AUTH_AUDIENCE: 'x' }, `${api.path}/state`, { headers })).status).toBe(401);
    expect((await askIn({}, `${api.path}/state`, { headers })).status).toBe(200);
  });
});

/** What each role may do, beside PROTOCOL.md's table: the answer to somebody who may. */
const NDJSON = 'application/x-ndjson';
const table: [
  method: string,
  path: string,
  needed: 'reader' | 'writer' | 'admin',
  status: number,
  body?: string,
  type?: string,
][] = [
  ['GET', '', 'reader', 200],
  ['PUT', '', 'admin', 200, '{"kind":"document"}'],
  ['POST', '/changes', 'writer', 202, MERGE],
  ['PUT', '/changes/:client', 'writer', 202, '{"n":1,"changes":[{"name":"merge"}]}'],
  ['PUT', '/changes/:client/:n', 'writer', 202, MERGE],
  ['GET', '/changes/:client/:n', 'reader', 404],
  ['GET', '/state', 'reader', 200],
  ['GET', '/socket', 'reader', 426],
  ['GET', '/log', 'reader', 200],
  ['GET', '/rejections', 'admin', 200],
  ['DELETE', '/rejections/:seq', 'admin', 404],
  ['POST', '/rejections/:seq/retry', 'admin', 404],
  ['GET', '/export', 'admin', 200],
  ['PUT', '/import', 'admin', 422, 'x', NDJSON],
  ['DELETE', '', 'admin', 204],
];
const RANKS = ['reader', 'writer', 'admin'];

const place = (path: string): string => path.replace(':client', 'mine').replace(':n', '1').replace(':seq', '1');

const perform = (path: string, row: (typeof table)[number], headers: Headings): Promise<Answer> => {
  const [method, rest, , , body, type = 'application/json'] = row;
  const content = body === undefined ? { headers } : { body, headers: { 'Content-Type': type, ...headers } };
  return request(path + place(rest), { method, ...content });
};

describe('[A2] [A4] roles', () => {
  it('the table has every route', () => {
    const all = routes.flatMap(([path, handlers]) => Object.keys(handlers).map((method) => `${method} ${path}`));
    const listed = table.map(([method, rest]) => `${method} /v1/apps/:owner/:app${rest}`);
    expect([...listed, 'GET /v1/apps/:owner'].sort()).toEqual(all.sort());
  });

  const forms = [
    ['by name', (name: string) => name],
    ['by its owner', (name: string) => `${name.split('/')[0]}/*`],
  ] as const;
  const cases = table.flatMap((row) =>
    RANKS.flatMap((role) =>
      forms.map(([form, grant]): [string, string, string, string, typeof grant, typeof row] => [
        row[0],
        row[1],
        role,
        form,
        grant,
        row,
      ]),
    ),
  );
  it.each(cases)('%s …%s as %s, granted %s', async (_, __, role, ___, grant, row) => {
    const api = await changedDocument();
    const name = api.path.replace('/v1/apps/', '');
    const answer = await perform(api.path, row, await bearer('bob', { [grant(name)]: role }));
    const [, , needed, status] = row;
    if (RANKS.indexOf(role) >= RANKS.indexOf(needed)) {
      expect(answer.status).toBe(status);
    } else {
      expect(problemsIn(answer, 403, 'forbidden')).toEqual([]);
      expect(answer.body.needed).toBe(needed);
      expect([...answer.headers.keys()].filter((header) => header.startsWith('changebucket'))).toEqual([]);
      expect((await api.state({ Prefer: 'drain' })).body).toEqual({ a: 1 });
      expect(positionIn((await api.state()).headers).head).toBe(1);
    }
  });

  it.each(table)("%s …%s is the owner's", async (...row) => {
    const api = await changedDocument();
    expect((await perform(api.path, row as (typeof table)[number], await bearer('alice'))).status).toBe(row[3]);
  });

  it('the listing is for the owner and for who is granted all of it', async () => {
    const list = async (subject: string, apps: Record<string, string> = {}): Promise<number> =>
      (await request('/v1/apps/alice', { headers: await bearer(subject, apps) })).status;
    expect(await list('alice')).toBe(200);
    expect(await list('bob', { 'alice/*': 'reader' })).toBe(200);
    expect(await list('bob', { 'alice/app-1': 'admin' })).toBe(404);
    expect(await list('bob', { 'bob/*': 'admin' })).toBe(404);
  });

  it('of two grants the stronger counts', async () => {
    const { path } = await changedDocument();
    const name = path.replace('/v1/apps/', '');
    for (const apps of [
      { [name]: 'reader', 'alice/*': 'writer' },
      { [name]: 'writer', 'alice/*': 'reader' },
    ]) {
      const bob = new Api(name, 'bob', apps);
      expect((await bob.call('POST', '/changes', { name: 'merge' })).status).toBe(202);
      expect((await bob.call('GET', '/rejections')).status).toBe(403);
    }
  });

  it.each(['Alice/*', 'alic/*', 'bob/*', 'alice/app', '0/*'])('the grant %s grants nothing here', async (grant) => {
    const { path } = await changedDocument();
    const headers = await bearer('bob', { [grant]: 'admin' });
    expect(problemsIn(await request(`${path}/state`, { headers }), 404, 'unknown-application')).toEqual([]);
  });

  const shapeless = [
    '*',
    '*/*',
    'alice',
    'alice/',
    'alice/**',
    '/*',
    'alice/*/x',
    'alice/app/state',
    'alice /*',
    '',
    '__proto__',
  ];
  it.each(shapeless)('a token with the grant "%s" is not accepted', async (grant) => {
    const { path } = await changedDocument();
    for (const subject of ['alice', 'bob']) {
      const token = await forge(HS256, `{"sub":"${subject}","exp":${soon()},"apps":{"${grant}":"admin"}}`);
      const answer = await request(`${path}/state`, { headers: { Authorization: `Bearer ${token}` } });
      expect(problemsIn(answer, 401, 'unauthorized')).toEqual([]);
    }
  });

  it.each(['Alice', 'alice ', 'alic', 'alicee', 'alice/app-1', '*', '\u0430lice', '__proto__', 'anonymous'])(
    'the subject %s is not alice',
    async (subject) => {
      const { path } = await changedDocument();
      const answer = await request(`${path}/state`, { headers: await bearer(subject) });
      expect(problemsIn(answer, 404, 'unknown-application')).toEqual([]);
    },
  );

  it('what every object has is no grant', async () => {
    const answer = await request('/v1/apps/constructor/prototype/state', { headers: await bearer('bob') });
    expect(problemsIn(answer, 404, 'unknown-application')).toEqual([]);
  });
});

describe("[A3] somebody else's application", () => {
  const wholeAnswer = ({ status, headers, text }: Answer): unknown => [
    status,
    [...headers].filter(([name]) => name !== 'date').sort(),
    text,
  ];

  const variants: [string, Headings][] = [
    ['plain', {}],
    ['with preferences', { Prefer: 'wait=1, drain, precheck' }],
    ['with headers that do not parse', { Prefer: 'wait=soon', 'If-Match': 'x', 'Content-Type': 'nonsense' }],
  ];
  const cases = table.flatMap((row) =>
    variants.map(([variant, headers]): [string, string, string, Headings, typeof row] => [
      row[0],
      row[1],
      variant,
      headers,
      row,
    ]),
  );
  it.each(cases)('%s …%s %s: the same answer whether it exists or not', async (_, __, ___, extra, row) => {
    const { path } = await changedDocument();
    const headers = { ...(await bearer('bob', { 'carol/*': 'admin' })), ...extra };
    const there = await perform(path, row, headers);
    const nowhere = await perform('/v1/apps/nobody/nothing', row, headers);
    expect(problemsIn(there, 404, 'unknown-application')).toEqual([]);
    expect(wholeAnswer(there)).toEqual(wholeAnswer(nowhere));
    const mine = await perform(
      '/v1/apps/carol/nothing',
      ['GET', '/state', 'reader', 404],
      await bearer('bob', { 'carol/*': 'reader' }),
    );
    expect(wholeAnswer(mine)).toEqual(wholeAnswer(await perform(path, ['GET', '/state', 'reader', 404], headers)));
  });

  it('a listing', async () => {
    await changedDocument();
    const headers = await bearer('bob');
    const [there, nowhere] = [
      await request('/v1/apps/alice', { headers }),
      await request('/v1/apps/nobody', { headers }),
    ];
    expect(problemsIn(there, 404, 'unknown-application')).toEqual([]);
    expect(wholeAnswer(there)).toEqual(wholeAnswer(nowhere));
  });

  it('a push of who may write does not create it', async () => {
    const name = fresh();
    const bob = new Api(name, 'bob', { [name]: 'writer' });
    expect(problemsIn(await bob.merge('c1', 1, {}), 404, 'unknown-application')).toEqual([]);
    expect((await new Api(name).state()).status).toBe(404);
  });
});

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

  it('a token that is sent is checked all the same', async () => {
    const { path } = await changedDocument();
    const headers = { Authorization: 'Bearer a.b.c' };
    expect((await askIn(open, `http://localhost${path}/state`, { headers })).status).toBe(401);
    const bob = await askIn(open, `http://localhost${path}/state`, { headers: await bearer('bob') });
    expect(problemsIn(bob, 404, 'unknown-application')).toEqual([]);
  });
});

describe('[A7] [E2] tokens in the URL', () => {
  const queries = [
    'access_token=',
    'token=',
    'auth=',
    'authorization=',
    'jwt=',
    'ACCESS_TOKEN=',
    'x=1&Token=',
    '%74oken=',
  ];
  it.each(queries)('?%s…', async (query) => {
    const { path } = await changedDocument();
    const token = await sign({ sub: 'alice' });
    for (const headers of [{}, { Authorization: `Bearer ${token}` }]) {
      for (const rest of [`${path}/state`, '/v1/nothing']) {
        const answer = await request(`${rest}?${query}${token}`, { headers });
        expect(problemsIn(answer, 400, 'token-in-url')).toEqual([]);
        expect(answer.text).not.toContain(token.slice(-20));
      }
    }
    const push = await request(`${path}/changes/c1/2?${query}${token}`, {
      ...{ method: 'PUT', body: MERGE },
      headers: { ...JSON_BODY, Authorization: `Bearer ${token}` },
    });
    expect(problemsIn(push, 400, 'token-in-url')).toEqual([]);
  });
});

describe('[A8] other origins', () => {
  const ORIGINS = { CORS_ORIGINS: 'https://app.example.com, https://other.example:8443,null,' };
  const FOREIGN = [
    'https://evil.test',
    'https://app.example.com.evil.test',
    'https://evilapp.example.com',
    'https://sub.app.example.com',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://other.example',
    'https://APP.example.com',
    'https://app.example.com/',
    'https://app.example.com, https://other.example:8443',
    'https://app.example.com@evil.test',
    'null',
    '*',
    '',
    'http://localhost:5173',
  ];
  const cors = (answer: Answer): string[] =>
    [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'));
  const varies = (answer: Answer): string[] => (answer.headers.get('Vary') ?? '').split(', ');

  it.each(['https://app.example.com', 'https://other.example:8443'])('%s is on the list', async (Origin) => {
    const { path } = await changedDocument();
    const token = await bearer('alice');
    const preflight = await askIn(ORIGINS, `${path}/changes/c1/2`, {
      method: 'OPTIONS',
      headers: { Origin, 'Access-Control-Request-Method': 'PUT', 'Access-Control-Request-Headers': 'authorization' },
    });
    expect([preflight.status, preflight.text]).toEqual([204, '']);
    expect(preflight.headers.get('Access-Control-Allow-Origin')).toBe(Origin);
    expect(preflight.headers.get('Access-Control-Allow-Methods')).toBe('GET, HEAD, PUT, POST, DELETE');
    expect(Number(preflight.headers.get('Access-Control-Max-Age'))).toBeGreaterThan(0);
    const allowed = (preflight.headers.get('Access-Control-Allow-Headers') ?? '').toLowerCase().split(', ');
    const parsed = ['authorization', 'content-type', 'if-match', 'if-none-match', 'a-im', 'prefer', 'min-version'];
    expect(allowed).toEqual(expect.arrayContaining([...parsed, 'idempotency-key']));

    const headers = { ...token, ...JSON_BODY, Origin };
    const pushed = await askIn(ORIGINS, `${path}/changes/c1/2`, { method: 'PUT', body: MERGE, headers });
    const read = await askIn(ORIGINS, `${path}/state`, { headers });
    const refused = await askIn(ORIGINS, `${path}/state`, { headers: { Origin } });
    const lost = await askIn(ORIGINS, '/v1/nothing', { headers });
    const failed = await askIn(ORIGINS, `${path}/changes/c1/9`, { method: 'PUT', body: '', headers });
    expect([pushed, read, refused, lost, failed].map(({ status }) => status)).toEqual([202, 200, 401, 404, 400]);
    for (const answer of [preflight, pushed, read, refused, lost, failed]) {
      expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(Origin);
      expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull();
      // No cache keeps a receipt: it need not say what it depends on.
      expect(varies(answer)).toEqual(answer === pushed ? [''] : ['Authorization', 'Origin']);
    }
  });

  it('scripts may read every header that answers have', async () => {
    const api = await changedDocument();
    const headers = { ...(await bearer('alice')), ...JSON_BODY, Origin: 'https://app.example.com' };
    await api.merge('c1', 2, { long: 'x'.repeat(500) }, { Prefer: 'wait=5' });
    const ask = (rest: string, init: RequestInit = {}, more: Headings = {}): Promise<Answer> =>
      askIn(ORIGINS, api.path + rest, { ...init, headers: { ...headers, ...more } });
    const first = await ask('/state');
    const etag = first.headers.get('ETag') as string;
    const put = { method: 'PUT', body: MERGE };
    const answers = [
      first,
      await ask('/changes/c1/3', put, { Prefer: 'wait=5, return=representation' }),
      await ask('/changes/c1/4', put, { Prefer: 'return=minimal' }),
      await ask('/state', {}, { 'If-None-Match': etag, 'A-IM': 'json-patch', Prefer: 'drain' }),
      await ask('/state', {}, { 'Min-Version': '99' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 204, 226, 503]);
    const exposed = (first.headers.get('Access-Control-Expose-Headers') ?? '').toLowerCase().split(', ');
    // What every script may read, and what only browsers and caches use.
    const others = ['cache-control', 'content-type', 'content-length', 'vary', 'x-content-type-options'];
    for (const answer of answers) {
      const hidden = [...answer.headers.keys()].filter((name) => ![...exposed, ...others].includes(name));
      expect(hidden.filter((name) => !name.startsWith('access-control-'))).toEqual([]);
    }
  });

  it.each(FOREIGN)('%j is not', async (Origin) => {
    const api = await changedDocument();
    const headers = { ...(await bearer('alice')), ...JSON_BODY, Origin };
    for (const environment of [ORIGINS, {}]) {
      const preflight = await askIn(environment, `${api.path}/changes/c1/2`, {
        method: 'OPTIONS',
        headers: { Origin, 'Access-Control-Request-Method': 'PUT' },
      });
      const read = await askIn(environment, `${api.path}/state`, { headers });
      expect([preflight.status, read.status]).toEqual([204, 200]);
      const unsafe: Answer[] = [];
      for (const row of table.filter(([method]) => method !== 'GET')) {
        const [method, rest, , , body, type = 'application/json'] = row;
        const content = body === undefined ? {} : { body };
        unsafe.push(
          await askIn(environment, api.path + place(rest), {
            ...{ method, ...content },
            headers: { ...headers, 'Content-Type': type },
          }),
        );
      }
      for (const answer of unsafe) expect(problemsIn(answer, 403, 'forbidden-origin')).toEqual([]);
      for (const answer of [preflight, read, ...unsafe]) {
        expect(cors(answer)).toEqual([]);
        expect(varies(answer)).toEqual(['Authorization', 'Origin']);
      }
    }
    expect(await api.drained()).toEqual({ a: 1 });
    expect((await api.merge('c1', 2, { right: true })).body.seq).toBe(2);
  });

  it('the origin is judged before the token', async () => {
    const { path } = await changedDocument();
    const answer = await askIn({}, `${path}/changes`, { method: 'POST', headers: { Origin: 'https://evil.test' } });
    expect(problemsIn(answer, 403, 'forbidden-origin')).toEqual([]);
  });

  it('pages of the deployment itself and programs need no list', async () => {
    const api = await changedDocument();
    const put = { method: 'PUT', body: MERGE };
    const token = { ...(await bearer('alice')), ...JSON_BODY };
    const own = { headers: { ...token, Origin: 'https://changebucket.test' }, ...put };
    const answer = await askIn({}, `${api.path}/changes/c1/2`, own);
    expect([answer.status, cors(answer)]).toEqual([202, []]);
    expect((await askIn({}, `${api.path}/changes/c1/3`, { ...put, headers: token })).status).toBe(202);
  });

  const open = { CHANGEBUCKET_OPEN: 'loopback' };
  it.each(['http://localhost:5173', 'http://127.0.0.1:3000', 'http://[::1]:3000', 'https://app.localhost'])(
    'under open access %s may call',
    async (Origin) => {
      const { path } = await changedDocument();
      const init = { method: 'PUT', body: MERGE, headers: { ...JSON_BODY, Origin } };
      const answer = await askIn(open, `http://localhost:8787${path}/changes/open/1`, init);
      expect([answer.status, answer.headers.get('Access-Control-Allow-Origin')]).toEqual([202, Origin]);
    },
  );

  it.each([
    'https://evil.test',
    'http://localhost.evil.test',
    'http://127.0.0.1.evil.test',
    'null',
    '',
    'file://',
    'http://[::2]',
  ])('under open access %j may not', async (Origin) => {
    const api = await changedDocument();
    const init = { method: 'PUT', body: MERGE, headers: { ...JSON_BODY, Origin } };
    const answer = await askIn(open, `http://localhost:8787${api.path}/changes/open/1`, init);
    expect(problemsIn(answer, 403, 'forbidden-origin')).toEqual([]);
    const read = await askIn(open, `http://localhost:8787${api.path}/state`, { headers: { Origin } });
    expect(cors(read)).toEqual([]);
    expect(await api.drained()).toEqual({ a: 1 });
  });
});

describe('[A9] a limit that says no', () => {
  const limiter = (): { keys: string[]; RATE_LIMIT: RateLimit } => {
    const keys: string[] = [];
    const limit = async ({ key }: { key: string }): Promise<{ success: boolean }> => {
      keys.push(key);
      return { success: false };
    };
    return { keys, RATE_LIMIT: { limit } as unknown as RateLimit };
  };

  it('nothing is done, and the answer says when to come back', async () => {
    const api = await changedDocument();
    const { keys, RATE_LIMIT } = limiter();
    const address = { 'CF-Connecting-IP': '192.0.2.1' };
    const init = { method: 'PUT', body: MERGE, headers: { ...(await bearer('alice')), ...JSON_BODY, ...address } };
    const answers = [
      await askIn({ RATE_LIMIT }, `${api.path}/changes/c1/2`, init),
      await askIn({ RATE_LIMIT }, `${api.path}/state`, { headers: { ...address, Authorization: 'Bearer a.b.c' } }),
      await askIn({ RATE_LIMIT }, `${api.path}/state`),
    ];
    for (const answer of answers) {
      expect(problemsIn(answer, 429, 'rate-limited')).toEqual([]);
      expect(answer.headers.get('Retry-After')).toBe(String(answer.body.retryAfter));
    }
    expect(keys).toEqual(['subject:alice', 'address:192.0.2.1', 'address:unknown']);
    expect((await api.merge('c1', 2, { right: true })).body.seq).toBe(2);
    expect(await api.drained()).toEqual({ a: 1, right: true });
  });

  it('a subject cannot be counted under another name', async () => {
    const { keys, RATE_LIMIT } = limiter();
    for (const subject of ['alice', 'bob'])
      await askIn({ RATE_LIMIT }, '/v1/apps/alice/x', { headers: await bearer(subject) });
    expect(keys).toEqual(['subject:alice', 'subject:bob']);
  });
});
