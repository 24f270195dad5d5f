import { describe, expect, it } from 'vitest';
import { AUDIT_ACTS_MAX } from '../../../../src/protocol/access-limits.ts';
import type { Environment } from '../../../../src/server/http/request/environment.ts';
import { AUDIT_LOG_NAME } from '../../../../src/server/rpc/audit.ts';
import { Api, bearer, changedDocument, fresh, type Headings, problemsIn } from '../../../support/api.ts';
import { claims, forge, HS256 } from '../../../support/forged-tokens.ts';
import {
  askOperated,
  audited,
  byClaim,
  bySecret,
  insideAudit,
  OPERATOR_TOKEN,
  OPERATOR_TOKEN_PREVIOUS,
} from '../../../support/operators.ts';
import { askIn, configured } from '../../../support/other-environments.ts';
import { concretePath, ROLE_TABLE } from '../../../support/role-table.ts';
import { until } from '../../../support/wait.ts';

const ALLOWED = [
  ...['GET ', 'GET /export', 'PUT /import', 'POST /restore', 'POST /fork'],
  ...['DELETE ', 'POST /undelete', 'POST /purge'],
];

const whoever: [string, () => Promise<Headings>][] = [
  ['a token with the claim', () => byClaim()],
  ['a secret', async () => bySecret],
];

const performOperated = (path: string, row: (typeof ROLE_TABLE)[number], headers: Headings) => {
  const [method, rest, , , body, type = 'application/json'] = row;
  const content = body === undefined ? { headers } : { body, headers: { 'Content-Type': type, ...headers } };
  return askOperated(path + concretePath(rest), { method, ...content });
};

describe('[A10] operators', () => {
  const cases = whoever.flatMap(([name, headers]) =>
    ROLE_TABLE.map((row): [string, string, string, () => Promise<Headings>, (typeof ROLE_TABLE)[number]] => [
      row[0],
      row[1],
      name,
      headers,
      row,
    ]),
  );
  it.each(cases)('%s …%s by %s, over all owners', async (method, rest, _, headers, row) => {
    const api = await changedDocument();
    const answer = await performOperated(api.path, row, await headers());
    if (ALLOWED.includes(`${method} ${rest}`)) {
      expect(answer.status).toBe(row[3]);
      // An answer with a problem that was thrown has only the body.
      if (answer.status < 400) expect(answer.headers.get('Changebucket-Request')).toMatch(/^[\da-f-]{36}$/);
    } else {
      expect(problemsIn(answer, 403, 'forbidden')).toEqual([]);
      expect(answer.body.needed).toBe(row[2]);
      expect((await api.state({ Prefer: 'drain' })).body).toEqual({ a: 1 });
    }
  });

  it.each(whoever)('%s lists the applications of any owner, and sees that one is missing', async (_, headers) => {
    const api = new Api(fresh('listed'));
    await api.create('document');
    const list = await askOperated('/v1/apps/listed', { headers: await headers() });
    expect(list.body.applications.map(({ app }: { app: string }) => app)).toContain(api.path.split('/').at(-1));
    const missing = await askOperated('/v1/apps/listed/nothing', { headers: await headers() });
    expect(problemsIn(missing, 404, 'unknown-application')).toEqual([]);
  });

  it.each(whoever)('%s lists all owners, in pages', async (_, headers) => {
    for (const owner of ['owner-a', 'owner-b']) await new Api(fresh(owner)).create('document');
    const page = async (query: string): Promise<any> =>
      (await askOperated(`/v1/apps${query}`, { headers: await headers() })).body;
    await until(async () => (await page('?after=owner-')).owners.length >= 2);
    const first = await page('?after=owner-&limit=1');
    expect(first).toMatchObject({ owners: [{ owner: 'owner-a' }], next: 'owner-a' });
    expect((await page(`?after=${first.next}`)).owners[0]).toMatchObject({ owner: 'owner-b' });
  });

  it('a role of its own counts as before, and is not written down', async () => {
    const { path } = await changedDocument('olga');
    expect((await askOperated(`${path}/state`, { headers: await byClaim() })).status).toBe(200);
    const exported = await askOperated(`${path}/export`, { headers: await byClaim() });
    expect(exported.headers.get('Changebucket-Request')).toBe(null);
    expect((await audited()).filter(({ target }) => target === path.replace('/v1/apps/', ''))).toEqual([]);
  });

  it('nobody else is one', async () => {
    const { path } = await changedDocument();
    for (const route of ['/v1/apps', '/v1/audit', '/v1/audit/reads']) {
      const refused = await askOperated(route, { headers: await bearer('alice', { 'bob/*': 'admin' }) });
      expect(problemsIn(refused, 403, 'forbidden')).toEqual([]);
      expect(refused.body.needed).toBe('operator');
      expect(problemsIn(await askOperated(route), 401, 'unauthorized')).toEqual([]);
    }
    const plain = await askOperated(path, { headers: await byClaim(false, 'mallory') });
    expect(problemsIn(plain, 404, 'unknown-application')).toEqual([]);
    for (const value of ['true', 1, null, {}, []]) {
      const answer = await askOperated(path, { headers: await byClaim(value, 'mallory') });
      expect(problemsIn(answer, 401, 'unauthorized')).toEqual([]);
    }
  });

  const wrong: [string, string][] = [
    ['without its last character', OPERATOR_TOKEN.slice(0, -1)],
    ['with one more', `${OPERATOR_TOKEN}x`],
    ['in capitals', OPERATOR_TOKEN.toUpperCase()],
    ['in quotes', `"${OPERATOR_TOKEN}"`],
    ['twice', OPERATOR_TOKEN + OPERATOR_TOKEN],
  ];
  it.each(wrong)('the secret %s is 401, and not repeated', async (_, token) => {
    const answer = await askOperated('/v1/audit', { headers: { Authorization: `Bearer ${token}` } });
    expect(problemsIn(answer, 401, 'unauthorized')).toEqual([]);
    expect(answer.text).not.toContain(token);
  });

  it('the secret before is good while it is set, and no secret is good on a socket or where none is set', async () => {
    const before = { Authorization: `Bearer ${OPERATOR_TOKEN_PREVIOUS}` };
    expect((await askOperated('/v1/audit', { headers: before })).status).toBe(200);
    expect((await audited('/reads')).map(({ actor }) => actor)).toContainEqual({ secret: 'OPERATOR_TOKEN_PREVIOUS' });
    expect((await askIn({ OPERATOR_TOKEN }, '/v1/audit', { headers: before })).status).toBe(401);
    expect((await askIn({}, '/v1/audit', { headers: bySecret })).status).toBe(401);
    const { path } = await changedDocument();
    const offered = {
      Upgrade: 'websocket',
      'Sec-WebSocket-Protocol': `changebucket.v1, bearer.${OPERATOR_TOKEN}`,
    };
    expect((await askOperated(`${path}/socket`, { headers: offered })).status).toBe(401);
  });
});

describe('[A10] a fork by an operator with a role of its own', () => {
  it('goes to any owner, and is written down where the role does not reach', async () => {
    const api = await changedDocument();
    const source = api.path.replace('/v1/apps/', '');
    const token = await forge(
      HS256,
      claims({ sub: 'olga', 'urn:changebucket:operator': true, apps: { [source]: 'reader' } }),
    );
    const fork = (to: string) =>
      askOperated(`${api.path}/fork`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ to }),
      });
    expect((await fork('somebody/copy-of-olga')).status).toBe(201);
    expect((await fork('olga/copy-of-olga')).status).toBe(201);
    const acts = (await audited()).filter(({ target }) => target === source);
    expect(acts).toMatchObject([{ actor: { subject: 'olga' }, what: 'fork', outcome: 201 }]);
  });
});

describe('[A11] the audit log', () => {
  it('has who, what, which, when, the request and the outcome of every act, also of one that failed', async () => {
    const api = await changedDocument();
    const target = api.path.replace('/v1/apps/', '');
    const begun = Date.now();
    const deleted = await askOperated(api.path, { method: 'DELETE', headers: await byClaim() });
    const again = await askOperated(api.path, { method: 'DELETE', headers: bySecret });
    const acts = (await audited()).filter((act) => act.target === target);
    expect(acts).toMatchObject([
      {
        actor: { subject: 'olga' },
        what: 'delete',
        request: deleted.headers.get('Changebucket-Request'),
        outcome: 204,
      },
      { actor: { secret: 'OPERATOR_TOKEN' }, what: 'delete', request: again.headers.get('Changebucket-Request') },
    ]);
    expect(acts[1].outcome).toBe(404);
    for (const { at } of acts) expect(at).toBeGreaterThanOrEqual(begun);
    expect((await api.info()).status).toBe(404);
    const names = ['actor', 'at', 'id', 'outcome', 'request', 'target', 'what'];
    expect(acts.map((act) => Object.keys(act).sort())).toEqual([names, names]);
  });

  it('an act that cannot be written down is not done', async () => {
    const api = await changedDocument();
    const DIRECTORY = {
      idFromName: () => undefined,
      getByName: () => ({
        beginAct: () => Promise.reject(new Error('the log is down')),
        revokedBefore: async () => 0,
      }),
    } as unknown as Environment['DIRECTORY'];
    for (const [method, rest] of [
      ['DELETE', ''],
      ['GET', '/export'],
    ] as const) {
      const answer = await askIn({ DIRECTORY }, api.path + rest, { method, headers: await byClaim() });
      expect(problemsIn(answer, 503, 'unavailable')).toEqual([]);
    }
    expect((await api.state({ Prefer: 'drain' })).body).toEqual({ a: 1 });
  });

  it('an act whose outcome cannot be added keeps none: no other one is put down for it', async () => {
    const api = await changedDocument();
    const noted: number[] = [];
    const endAct = async (_: number, status: number): Promise<void> => {
      noted.push(status);
      throw new Error('the log is down');
    };
    const DIRECTORY = {
      idFromName: () => undefined,
      getByName: (name: string) => ({
        beginAct: async () => 1,
        revokedBefore: async () => 0,
        endAct: name === AUDIT_LOG_NAME ? endAct : async () => undefined,
      }),
    } as unknown as Environment['DIRECTORY'];
    const answer = await askIn({ DIRECTORY }, api.path, { method: 'DELETE', headers: await byClaim() });
    expect(problemsIn(answer, 503, 'unavailable')).toEqual([]);
    expect(noted).toEqual([204]);
  });

  it('an act is there before it is done, without an outcome', async () => {
    const { path } = await changedDocument();
    let seen: unknown[] = [];
    const APPLICATION = {
      ...configured.APPLICATION,
      idFromName: (name: string) => configured.APPLICATION.idFromName(name),
      get: () => ({
        destroy: async () => {
          seen = (await audited()).filter(({ target }) => target === path.replace('/v1/apps/', ''));
          return { kind: 'done' };
        },
      }),
    } as unknown as DurableObjectNamespace;
    const answer = await askIn({ APPLICATION }, path, { method: 'DELETE', headers: await byClaim() });
    expect(answer.status).toBe(204);
    expect(seen).toMatchObject([{ what: 'delete', outcome: null }]);
  });

  it('reads are counted by the hour, and push out no act', async () => {
    const { path } = await changedDocument('counted');
    for (let n = 0; n < 3; n += 1) await askOperated(path, { headers: bySecret });
    await askOperated(`${path}x`, { headers: bySecret });
    const reads = (await audited('/reads')).filter(({ target }) => target?.startsWith('counted/'));
    const counts = reads.map(({ what, outcome, count }) => ({ what, outcome, count }));
    // The hour may end meanwhile.
    expect(counts.filter(({ outcome }) => outcome === 200).reduce((sum, { count }) => sum + count, 0)).toBe(3);
    expect(counts.length).toBeLessThanOrEqual(3);
    expect(counts).toContainEqual({ what: 'info', outcome: 404, count: 1 });
  });

  it('is bounded, and comes in pages', async () => {
    const { path } = await changedDocument();
    await askOperated(`${path}/export`, { headers: bySecret });
    const [first] = await audited();
    await insideAudit((storage) =>
      storage.sql.exec(
        'INSERT INTO acts (id, at, what, request, secret) VALUES (?, 1, ?, ?, ?)',
        first.id + AUDIT_ACTS_MAX - 1,
        'export',
        'r',
        's',
      ),
    );
    const before = await audited();
    expect(before[0].id).toBe(first.id);
    await askOperated(`${path}/export`, { headers: bySecret });
    const left = (await audited()).map(({ id }) => id);
    const gone = before.filter(({ id }) => !left.includes(id));
    // One of them, the oldest of its actor.
    expect(gone).toEqual([before.find(({ actor }) => JSON.stringify(actor) === JSON.stringify(gone[0]?.actor))]);
    const page = await askOperated(`/v1/audit?after=${first.id + 1_000}&limit=1`, { headers: bySecret });
    expect(page.body).toMatchObject({
      entries: [{ id: first.id + AUDIT_ACTS_MAX - 1 }],
      next: first.id + AUDIT_ACTS_MAX - 1,
    });
    const bad = await askOperated('/v1/audit?before=1', { headers: bySecret });
    expect(problemsIn(bad, 400, 'invalid-query')).toEqual([]);
  });

  it('keeps no token and no state', async () => {
    const api = new Api('keeper/app');
    await api.merge('c1', 1, { word: 'hush-hush' }, { Prefer: 'wait=5' });
    await askOperated(`${api.path}/export`, { headers: await byClaim() });
    await askOperated(`${api.path}/export`, { headers: bySecret });
    const kept = await insideAudit(({ sql }) =>
      JSON.stringify([...sql.exec('SELECT * FROM acts'), ...sql.exec('SELECT * FROM reads')]),
    );
    expect(kept).toContain('keeper/app');
    for (const word of ['hush-hush', 'eyJ', OPERATOR_TOKEN]) expect(kept).not.toContain(word);
  });
});
