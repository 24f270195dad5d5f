import { describe, expect, it } from 'vitest';
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
} from '../../../support/api.ts';
import { forge, HS256, soon } from '../../../support/forged-tokens.ts';
import { positionIn } from '../../../support/position.ts';
import { perform, RANKS, ROLE_TABLE } from '../../../support/role-table.ts';

describe('[A2] [A4] roles', () => {
  it('the table has every route', () => {
    const all = routes.flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { access }]) => `${method} ${path} ${access}`),
    );
    const listed = ROLE_TABLE.map(([method, rest, needed]) => `${method} /v1/apps/:owner/:app${rest} ${needed}`);
    const others = ['GET /v1/apps/:owner owner', 'GET /healthz public', 'GET /openapi.json public'];
    const operators = ['/v1/apps', '/v1/audit', '/v1/audit/reads', '/metrics'].map((path) => `GET ${path} operator`);
    const subjects = [
      'POST /v1/subjects/:subject/revoke subject',
      'GET /v1/subjects/:subject/audit subject',
      'GET /v1/backups operator',
      'GET /v1/backups/:backup operator',
      'POST /v1/backups operator',
      'POST /v1/backup-verification operator',
      'GET /v1/backup-status operator',
      'GET /v1/shared anyone',
    ];
    expect([...listed, ...others, ...operators, ...subjects].sort()).toEqual(all.sort());
  });

  const forms = [
    ['by name', (name: string) => name],
    ['by its owner', (name: string) => `${name.split('/')[0]}/*`],
  ] as const;
  const cases = ROLE_TABLE.flatMap((row) =>
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
      expect(
        [...answer.headers.keys()].filter(
          (header) => header.startsWith('changebucket') && header !== 'changebucket-request',
        ),
      ).toEqual([]);
      expect((await api.state({ Prefer: 'drain' })).body).toEqual({ a: 1 });
      expect(positionIn((await api.state()).headers).head).toBe(1);
    }
  });

  it.each(ROLE_TABLE)("%s …%s is the owner's", async (...row) => {
    const api = await changedDocument();
    expect((await perform(api.path, row as (typeof ROLE_TABLE)[number], await bearer('alice'))).status).toBe(row[3]);
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
    // The id of a request is made by chance [G2].
    [...headers].filter(([name]) => !['date', 'changebucket-request'].includes(name)).sort(),
    text,
  ];

  const variants: [string, Headings][] = [
    ['plain', {}],
    ['with preferences', { Prefer: 'wait=1, drain, precheck' }],
    ['with headers that do not parse', { Prefer: 'wait=soon', 'If-Match': 'x', 'Content-Type': 'nonsense' }],
  ];
  const cases = ROLE_TABLE.flatMap((row) =>
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
