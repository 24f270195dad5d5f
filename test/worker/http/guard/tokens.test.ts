import { describe, expect, it } from 'vitest';
import { type Answer, changedDocument, type Headings, problemsIn, request, sign } from '../../../support/api.ts';
import { claims, encode, forge, HS256, soon } from '../../../support/forged-tokens.ts';
import { askIn, SECRET } from '../../../support/other-environments.ts';
import { JSON_BODY, MERGE } from '../../../support/request-bodies.ts';

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

  it.each(['/v1/apps/alice/socket', '/v1/apps/socket', '/v1/backups/socket', '/v1/nothing/socket'])(
    'no token in a handshake with what is no socket, but ends like one: %s',
    async (path) => {
      const answer = await request(path, { headers: { Upgrade: 'websocket' } });
      expect(problemsIn(answer, 401, 'unauthorized')).toEqual([]);
    },
  );

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
      method: 'PUT',
      body: MERGE,
      headers: { ...JSON_BODY, Authorization: `Bearer ${token}` },
    });
    expect(problemsIn(push, 400, 'token-in-url')).toEqual([]);
  });
});
