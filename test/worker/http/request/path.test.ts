import { describe, expect, it } from 'vitest';
import { routes } from '../../../../src/server/http/route-table.ts';
import { type Api, bearer, problemsIn, request } from '../../../support/api.ts';
import { expectRefused, ownDocument, send } from '../../../support/refusals.ts';

describe('[I1] [J11] ids', () => {
  const wrong = {
    'a leading dot': '.a',
    'three dots': '...',
    'a tilde': '~',
    'a leading tilde': '~a',
    'a leading dash': '-a',
    'a leading underscore': '__proto__',
    'a slash': 'a%2fb',
    'a way up': '..%2f..%2fx',
    'a way up, encoded twice': '%252e%252e',
    'an encoded backslash': 'a%5cb',
    NUL: 'a%00',
    'CR LF': 'a%0d%0aX-Evil:%201',
    'a space': 'a%20b',
    'a plus': 'a+b',
    'an at sign': 'a@b',
    'a colon': 'a:b',
    'a semicolon': 'a;b',
    'a comma': 'a,b',
    'a star': '*',
    'a dollar': '$a',
    'quotes and a semicolon': "a';DROP%20TABLE%20x;--",
    'angle brackets': '%3Cscript%3E',
    'an emoji': '\u{1f600}',
    'an encoded emoji': '%F0%9F%98%80',
    NFC: '\u00e9',
    NFD: 'e\u0301',
    'a zero width space': 'a\u200bb',
    'a Cyrillic a': '\u0430lice',
    'a full width a': '\uff41',
    'a right-to-left override': 'a\u202eb',
    '129 characters': 'a'.repeat(129),
    '10 kB': 'a'.repeat(10_000),
    'a percent sign': '%',
    'a bad percent': '%zz',
    'a cut percent': 'a%2',
    'percent-encoded bytes that are not UTF-8': 'a%ff',
    'an overlong slash': '%c0%af',
    'a percent, encoded twice': '%2561',
    'an encoded percent': '%25',
  };
  const positions: [string, string, (id: string, api: Api) => string][] = [
    ['the application', 'DELETE', (id, { path }) => `${path.slice(0, path.lastIndexOf('/'))}/${id}`],
    ['the client of a ticket', 'GET', (id, { path }) => `${path}/changes/${id}/1`],
    ['the client of a change', 'PUT', (id, { path }) => `${path}/changes/${id}/1`],
    ['the client of a batch', 'PUT', (id, { path }) => `${path}/changes/${id}`],
  ];
  const cases = positions.flatMap(([where, method, path]) =>
    Object.entries(wrong).map(([name, id]): [string, string, string, (id: string, api: Api) => string] => [
      `${where}: ${name}`,
      id,
      method,
      path,
    ]),
  );
  // `~` is the client of changes that came without one, so that a ticket may be asked for under it [Q8].
  it.each(cases.filter(([name]) => name !== 'the client of a ticket: a tilde'))('%s', (_, id, method, pathOf) =>
    expectRefused([400, 'invalid-id'], async (api) => {
      const isPush = method === 'PUT';
      const path = pathOf(id, api);
      const single = { name: 'merge', args: { bad: 1 } };
      const body = JSON.stringify(path.endsWith('/1') ? single : { n: 2, changes: [single] });
      const headers = await bearer(api.path.split('/')[3] as string);
      if (!isPush) return request(path, { method, headers });
      return request(path, { method, body, headers: { ...headers, 'Content-Type': 'application/json' } });
    }),
  );

  const noOwners = [
    'NUL',
    'CR LF',
    '10 kB',
    'a percent sign',
    'a bad percent',
    'a cut percent',
    'percent-encoded bytes that are not UTF-8',
    'an overlong slash',
  ];
  const ownerCases = Object.entries(wrong).flatMap(([name, id]): [string, string, 400 | 404][] => [
    [name, `/v1/apps/${id}`, noOwners.includes(name) ? 400 : 404],
    [`${name}, of an application`, `/v1/apps/${id}/app/state`, noOwners.includes(name) ? 400 : 404],
  ]);
  it.each(ownerCases)('[I4] [A3] as an owner: %s', (_, path, status) =>
    expectRefused([status, status === 400 ? 'invalid-id' : 'unknown-application'], async (api) =>
      request(path, { headers: await bearer(api.path.split('/')[3] as string) }),
    ),
  );

  it.each(['a/b', '..', '/', ''].map((id) => [id]))('%j is another path or none', async (id) => {
    const api = await ownDocument();
    const answer = await send(api, 'GET', `/changes/${id}/1`);
    expect(problemsIn(answer, 404, 'not-found')).toEqual([]);
  });

  it.each(['a'.repeat(128), 'A', '0', 'a.b_c~d-', '%61', 'c%2e'])('%s is one', async (id) => {
    const api = await ownDocument();
    const answer = await api.merge(id, 1, { x: 1 });
    expect([answer.status, answer.body.client]).toEqual([202, decodeURIComponent(id)]);
    expect((await api.ticket(decodeURIComponent(id), 1)).body.seq).toBe(2);
  });
});

describe('[I2] [J11] counters', () => {
  const wrong = [
    '0',
    '-1',
    '1.5',
    '2.0',
    '1e3',
    '02',
    '+2',
    '9007199254740992',
    '99999999999999999',
    '1'.repeat(5_000),
  ];
  const odd = ['abc', '0x2', '2n', 'NaN', 'Infinity', '%202', '2%20', '2%00', '\u0662', '2_0', '2,0', "2'", '%', '-0'];
  const positions: [string, string, (n: string) => string][] = [
    ['a change', 'PUT', (n) => `/changes/c1/${n}`],
    ['a ticket', 'GET', (n) => `/changes/c1/${n}`],
    ['a ticket without a client', 'GET', (n) => `/changes/~/${n}`],
    ['a retry', 'POST', (n) => `/rejections/${n}/retry`],
    ['a discard', 'DELETE', (n) => `/rejections/${n}`],
  ];
  const cases = positions.flatMap(([where, method, path]) =>
    [...wrong, ...odd].map((n): [string, string, string] => [`${where}: ${n.slice(0, 30)}`, method, path(n)]),
  );
  it.each(cases)('%s', (_, method, rest) =>
    expectRefused([400, 'invalid-id'], (api) => {
      if (method !== 'PUT') return send(api, method, rest);
      return send(api, method, rest, '{"name":"merge"}', { 'Content-Type': 'application/json' });
    }),
  );

  it('2^53 - 1 is one: it is beyond the next', () =>
    expectRefused([409, 'sequence-gap'], (api) => api.merge('c1', 2 ** 53 - 1, { bad: 1 }), { expected: 2 }));
});

describe('[I3] [J11] paths and methods', () => {
  const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND', 'QUERY'];
  const concrete = (api: Api, path: string): string =>
    path.replace(':client', 'c1').replace(':n', '2').replace(':seq', '2').replace('/v1/apps/:owner/:app', api.path);
  const unlisted = routes.flatMap(([path, handlers]) =>
    METHODS.filter((method) => !Object.hasOwn(handlers, method)).map((method): [string, string, string[]] => [
      method,
      path,
      Object.keys(handlers),
    ]),
  );
  it.each(unlisted)('%s %s', (method, route, listed) =>
    expectRefused([405, 'method-not-allowed'], async (api) => {
      const owner = api.path.split('/')[3] as string;
      const path = concrete(api, route).replace(':owner', owner);
      const answer = await request(path, { method, headers: await bearer(owner) });
      const allowed = (answer.headers.get('Allow') ?? '').split(', ').sort();
      expect(allowed).toEqual([...listed, ...(listed.includes('GET') ? ['HEAD'] : [])].sort());
      return answer;
    }),
  );

  it.each([
    ['PUT', '/healthz'],
    ['DELETE', '/openapi.json'],
  ])('%s %s', async (method, path) => {
    const answer = await request(path, { method });
    expect(problemsIn(answer, 405, 'method-not-allowed')).toEqual([]);
    expect(answer.headers.get('Allow')).toBe('HEAD, GET');
  });

  const spellings = [
    '/',
    '/state/',
    '//state',
    '/state//',
    '/%73tate',
    '/%2573tate',
    '/State',
    '/STATE',
    '/state.json',
    '/state;v=1',
    '/state%3fat=1',
    '/state%00',
    '/state%20',
    '/state%2f',
    '/%2fstate',
    '/x/%2e%2e%2fstate',
    '/\u017ftate',
    '/stat\u0435',
    '/nothing',
    '/log/1',
    '/export/',
    '/%65xport',
    '/changes/c1/1/',
    '/changes/c1/1/1',
    '/%63hanges/c1/1',
    '/rejections/1/%72etry',
    '/rejections/1/retry/1',
  ];
  const ways = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'];
  it.each(spellings.flatMap((rest) => ways.map((method) => [method, rest])))('%s …%s', async (method, rest) => {
    const refuse = (): Promise<void> =>
      expectRefused([404, 'not-found'], async (api) => {
        const answer = await send(api, method as string, rest as string);
        if (method !== 'HEAD') return answer;
        expect([answer.status, answer.text]).toEqual([404, '']);
        return send(api, 'GET', rest as string);
      });
    await refuse();
  });

  const elsewhere = [
    '/nothing',
    '/v1',
    '/V1/apps/{owner}/{app}/state',
    '//v1/apps/{owner}/{app}/state',
    '/v1//apps/{owner}/{app}/state',
    '/v1/apps//{owner}/{app}/state',
    '/v1/APPS/{owner}/{app}/state',
    '/v1/%61pps/{owner}/{app}/state',
    '/%761/apps/{owner}/{app}/state',
    '/v1/apps/{owner}%2f{app}%2fstate/x/y/z',
    '/v1/apps/{owner}/{app}%2fstate/x',
    '/v1%2fapps/{owner}/{app}/state',
    '/v2/apps/{owner}/{app}/state',
    '/v1/apps/',
    '/apps/{owner}/{app}/state',
    '/healthz/',
    '/HEALTHZ',
    '/%68ealthz',
    '/openapi.json/',
  ];
  it.each(elsewhere)('%s with and without a token', async (path) => {
    const api = await ownDocument();
    const [, , , owner = '', app = ''] = api.path.split('/');
    const url = path.replace('{owner}', owner).replace('{app}', app);
    const known = await request(url, { headers: await bearer(owner) });
    expect(problemsIn(known, 404, 'not-found')).toEqual([]);
    const unknown = await request(url);
    expect([401, 404]).toContain(unknown.status);
    expect(unknown.text).not.toContain('"a":1');
  });

  it('nothing is redirected, and dot segments are gone before they come', async () => {
    const api = await ownDocument();
    const followed = await send(api, 'GET', '/changes/../log/%2e%2e/state');
    expect([followed.status, followed.body]).toEqual([200, { a: 1 }]);
    const direct = await request(`${api.path}/changes/../state`, { redirect: 'manual' });
    expect(direct.status).toBe(401);
  });

  it('a read ignores what says that it has a body', async () => {
    const api = await ownDocument();
    const headers = { 'Content-Type': 'text/plain', 'Content-Encoding': 'gzip' };
    expect((await send(api, 'GET', '/state', null, headers)).body).toEqual({ a: 1 });
    expect((await send(api, 'GET', '/log', null, headers)).status).toBe(200);
    const body = new Uint8Array(300_000).fill(0xff);
    const discard = await send(api, 'DELETE', '/rejections/1', body, headers);
    expect(problemsIn(discard, 404, 'unknown-rejection')).toEqual([]);
  });
});
