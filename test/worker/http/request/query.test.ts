import { describe, expect, it } from 'vitest';
import { routes } from '../../../../src/server/http/route-table.ts';
import { bearer, problemsIn, request } from '../../../support/api.ts';
import { askOperated, bySecret } from '../../../support/operators.ts';
import { expectRefused, ownDocument, send } from '../../../support/refusals.ts';

describe('[J10] query parameters', () => {
  const queries: [string, string][] = [
    ...['?x=1', '?at=1&x=1', '?At=1', '?__proto__=1', '?constructor', '?&at=1', '?=1', '?%zz=1', '?%61t=1&at=1'].map(
      (query): [string, string] => ['/state', query],
    ),
    ...['', '-1', '1.5', '01', 'abc', '9007199254740992', '1%00', '+1', '%ff'].map((at): [string, string] => [
      '/state',
      `?at=${at}`,
    ]),
    ...['a', '/~2', '%23/a', '/__proto__', '/a/constructor/x', '/a'.repeat(65), '/%ff', '/%ed%a0%80'].map(
      (path): [string, string] => ['/state', `?path=${path}`],
    ),
    ['/state', '?at=1&at=1'],
    ['/state', '?path=&path='],
    ...['?after=x', '?after=-1', '?limit=0', '?limit=501', '?limit=1&limit=1', '?before=1', '?limit=', '?limit'].map(
      (query): [string, string] => ['/log', query],
    ),
    ...[
      '?after=..%2f',
      '?after=__proto__',
      '?limit=41',
      '?limit=0',
      '?x',
      '?after=a&after=a',
      `?after=${'a'.repeat(129)}`,
    ].map((query): [string, string] => ['list', query]),
  ];
  it.each(queries)('%s%s', (rest, query) =>
    expectRefused([400, 'invalid-query'], async (api) => {
      if (rest !== 'list') return send(api, 'GET', rest + query);
      const owner = api.path.split('/')[3] as string;
      return request(`/v1/apps/${owner}${query}`, { headers: await bearer(owner) });
    }),
  );

  const plain = routes.flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { access, query }]) => access !== 'public' && query === undefined)
      .map(([method]): [string, string] => [method, path]),
  );
  const APP = '/v1/apps/:owner/:app';
  const ofApplications = plain
    .filter(([, path]) => path.startsWith(APP))
    .map(([method, path]): [string, string] => [method, path.slice(APP.length)]);
  const ofOperators = plain.filter(([, path]) => !path.startsWith(APP));

  it('the others take some', () => {
    expect([ofApplications.length, ofOperators.map(([, path]) => path)]).toEqual([
      17,
      ['/metrics', '/v1/backups', '/v1/backup-status', '/v1/backups/:backup'],
    ]);
  });

  it.each(ofOperators)('%s %s takes none', async (method, path) => {
    const answer = await askOperated(`${path.replace(':backup', '1')}?x=1`, { method, headers: bySecret });
    expect(problemsIn(answer, 400, 'invalid-query')).toEqual([]);
  });

  it.each(['/healthz', '/openapi.json'])('%s takes none', async (path) => {
    expect(problemsIn(await request(`${path}?x=1`), 400, 'invalid-query')).toEqual([]);
    expect((await request(path)).status).toBe(200);
  });

  it.each(ofApplications)('%s …%s takes none', async (method, path) => {
    const rest = path.replace(':client', 'c1').replace(':n', '2').replace(':seq', '1');
    const body = method === 'PUT' || method === 'POST' ? '{"name":"merge","args":{"bad":1}}' : null;
    for (const query of ['?dryRun=true', '?path=', '?=', '?%zz']) {
      await expectRefused([400, 'invalid-query'], (api) =>
        send(api, method, rest + query, body, { 'Content-Type': 'application/json' }),
      );
    }
  });

  it('a question mark alone is no parameter', async () => {
    const api = await ownDocument();
    expect((await send(api, 'GET', '/state?')).body).toEqual({ a: 1 });
    expect((await send(api, 'GET', '/changes/c1/1?')).body.seq).toBe(1);
  });

  it('a value is never echoed', async () => {
    const { text } = await send(await ownDocument(), 'GET', '/state?x=%3Cscript%3E&at=sesame');
    expect(text).not.toMatch(/script|sesame/);
  });
});
