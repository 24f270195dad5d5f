import { createExecutionContext } from 'cloudflare:test';
import { afterAll, describe, expect, expectTypeOf, it } from 'vitest';
import { type Api, type ApplicationApi, createApi, ProblemError, parseMetrics } from '../../../src/api/index.ts';
import { todos } from '../../../src/applications/todos.ts';
import { routes } from '../../../src/server/http/route-table.ts';
import { BACKUPS_NAME } from '../../../src/server/rpc/backups.ts';
import { fresh, sign } from '../../support/api.ts';
import { OPERATOR_TOKEN } from '../../support/operators.ts';
import { configured } from '../../support/other-environments.ts';
import { until } from '../../support/wait.ts';
import worker from '../../support/worker.ts';

// Whatever HTTP can do is one typed call: each route of the service is asked by one, and no call is left over.

/** The calls that were made, and the requests that were sent, as `GET /healthz`. */
const seen = { calls: new Set<string>(), requests: [] as string[] };

/** Notes the names of the calls that are made, in objects of calls, too. */
const watched = <Calls extends object>(calls: Calls, at: string): Calls =>
  new Proxy(calls, {
    get: (target, name: string) => {
      const member = Reflect.get(target, name);
      if (typeof member === 'object' && member !== null) return watched(member, `${at}.${name}`);
      seen.calls.add(`${at}.${name}`);
      return member;
    },
  });

const ask =
  (variables: object) =>
  async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const asked = new Request(input as string, init);
    seen.requests.push(`${asked.method} ${new URL(asked.url).pathname}`);
    return worker.fetch(asked, { ...configured, OPERATOR_TOKEN, ...variables }, createExecutionContext());
  };

const apiOf = (token: string | (() => Promise<string>), variables: object = {}): Api => {
  const fetch = ask(variables) as typeof globalThis.fetch;
  return createApi({ url: 'https://changebucket.test', token, retryMs: 0, fetch });
};

const plainAlice = apiOf(() => sign({ sub: 'alice' }));
const plainOperator = apiOf(OPERATOR_TOKEN);
const [alice, operator] = [watched(plainAlice, 'api'), watched(plainOperator, 'api')];
const listOf = (): ApplicationApi<typeof todos> => watched(plainAlice.application(fresh(), todos), 'api.application()');

const ADD = { name: 'add', args: { id: 'milk', text: 'Milk' } } as const;
/** A list whose first change is applied, and whose second one was rejected. */
const used = async (): Promise<ApplicationApi<typeof todos>> => {
  const list = listOf();
  await list.push(ADD, { client: 'c', n: 1, wait: 5 });
  await list.batch({ client: 'c', n: 2, changes: [ADD], wait: 5 });
  return list;
};
const first = async <Entry>(list: AsyncIterable<Entry>): Promise<Entry | undefined> => {
  for await (const each of list) return each;
  return undefined;
};
const backedUp = async () => {
  await used();
  await operator.backups.start();
  await until(async () => (await operator.backups.list().page()).entries.length > 0);
  return (await first(operator.backups.list())) as {
    readonly id: number;
    readonly bytes: number;
    readonly application: string;
  };
};

const APP = '/v1/apps/:owner/:app';
const CALLS: readonly (readonly [route: string, call: () => Promise<unknown>, answer: unknown])[] = [
  ['GET /v1/apps', () => operator.owners().page(), { owners: expect.any(Array) }],
  [
    'GET /v1/audit',
    async () => {
      await operator.revokeTokens('audited', { before: 1 });
      return first(operator.audit());
    },
    { id: expect.any(Number), what: expect.any(String) },
  ],
  [
    'GET /v1/audit/reads',
    async () => {
      await operator.audit().page();
      return first(operator.auditedReads());
    },
    { what: expect.any(String), count: expect.any(Number) },
  ],
  [
    'POST /v1/subjects/:subject/revoke',
    () => operator.revokeTokens('revoked one', { before: 1 }),
    { subject: 'revoked one', before: 1 },
  ],
  [
    'GET /v1/subjects/:subject/audit',
    async () => {
      await (await used()).setPublic(true);
      return first(alice.ownerAudit('alice'));
    },
    { actor: { subject: 'alice' }, what: expect.any(String) },
  ],
  ['GET /v1/shared', () => alice.shared().page(), { applications: [] }],
  [
    'GET /v1/apps/:owner',
    async () => {
      await used();
      return first(alice.applications('alice'));
    },
    { kind: 'todos' },
  ],
  [`GET ${APP}`, async () => (await used()).info(), { kind: 'todos', version: 2 }],
  [`PUT ${APP}`, () => listOf().create(), { created: true }],
  [`DELETE ${APP}`, async () => (await used()).delete(), undefined],
  [
    'GET /v1/apps/:owner',
    async () => {
      await (await used()).delete();
      return (await alice.deletedApplications('alice'))[0];
    },
    { app: expect.any(String), epoch: expect.any(String) },
  ],
  [
    `POST ${APP}/undelete`,
    async () => {
      const list = await used();
      await list.delete();
      return list.undelete();
    },
    { kind: 'todos', version: 2 },
  ],
  [`POST ${APP}/purge`, async () => (await used()).purge(), undefined],
  [`PUT ${APP}/public`, async () => (await used()).setPublic(true), undefined],
  [`DELETE ${APP}/public`, async () => (await used()).setPublic(false), undefined],
  [`POST ${APP}/changes`, () => listOf().push(ADD, { wait: 5 }), { status: 'applied', seq: 1 }],
  [
    `PUT ${APP}/changes/:client`,
    () => listOf().batch({ client: 'c', n: 1, changes: [ADD], wait: 5 }),
    { tickets: [{ status: 'applied' }] },
  ],
  [`PUT ${APP}/changes/:client/:n`, () => listOf().push(ADD, { client: 'c', n: 1 }), { client: 'c', n: 1 }],
  [`GET ${APP}/changes/:client/:n`, async () => (await used()).ticket('c', 2), { seq: 2, status: 'rejected' }],
  [`GET ${APP}/state`, async () => (await used()).state(), { kind: 'state', state: { items: { milk: {} } } }],
  [`GET ${APP}/state`, async () => first((await used()).follow()), { kind: 'state' }],
  [`GET ${APP}/log`, async () => first((await used()).log()), { seq: 1, name: 'add' }],
  [`GET ${APP}/rejections`, async () => (await used()).rejections(), { rejections: [{ seq: 2 }] }],
  [`DELETE ${APP}/rejections/:seq`, async () => (await used()).discardRejection(2), undefined],
  [`POST ${APP}/rejections/:seq/retry`, async () => (await used()).retryRejection(2), [{ seq: 3 }]],
  [
    `GET ${APP}/export`,
    async () => (await new Response(await (await used()).export()).text()).split('\n').at(-2),
    expect.stringMatching(/^\{"end":/),
  ],
  [
    `PUT ${APP}/import`,
    async () => listOf().import(await new Response(await (await used()).export()).text()),
    { version: 2 },
  ],
  [
    'GET /metrics',
    async () => {
      const text = await operator.metrics();
      expect(parseMetrics(text).length).toBe(
        text.split('\n').filter((line) => line.startsWith('changebucket_')).length,
      );
      return text;
    },
    expect.stringContaining('# TYPE changebucket_'),
  ],
  [`POST ${APP}/restore`, async () => (await used()).restore({ version: 0 }), { kind: 'todos' }],
  [
    `POST ${APP}/restore`,
    async () => {
      const list = await used();
      return list.restoreBackup(await new Response(await list.export()).text());
    },
    { kind: 'todos' },
  ],
  [
    `POST ${APP}/restore`,
    async () => {
      const recovering = (await used()).recover({ time: 1 });
      return recovering.catch((error: unknown) => (error instanceof ProblemError ? error.name : error));
    },
    'recovery-unavailable',
  ],
  [`POST ${APP}/fork`, async () => (await used()).fork(fresh()), { kind: 'todos' }],
  [`GET ${APP}/diff`, async () => (await used()).diff(0), [{ value: { items: { milk: {} } } }]],
  ['GET /v1/backups', backedUp, { id: expect.any(Number), sha256: expect.any(String) }],
  ['POST /v1/backups', () => operator.backups.start(), { verification: null }],
  ['GET /v1/backup-status', () => operator.backups.status(), { verification: null }],
  [
    'POST /v1/backup-verification',
    async () => {
      const { application } = await backedUp();
      return operator.backups.verify({ application });
    },
    { verification: { application: expect.any(String), isRunning: expect.any(Boolean) } },
  ],
  [
    'GET /v1/backups/:backup',
    async () => {
      const { id, bytes } = await backedUp();
      const content = await new Response(await operator.backups.read(id)).text();
      expect(new TextEncoder().encode(content).length).toBe(bytes);
      return (await listOf().import(content)).kind;
    },
    expect.any(String),
  ],
  ['GET /healthz', () => alice.health(), { status: 'ok' }],
  ['GET /openapi.json', () => alice.openApi(), { openapi: '3.1.0' }],
];

/** Routes without a call, and why. */
const OTHERS: Readonly<Record<string, string>> = {
  [`GET ${APP}/socket`]: 'no answer over HTTP: `createClient` has the socket',
};

const ROUTES = routes.flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method} ${path}`));
const patternOf = (route: string): RegExp => new RegExp(`^${route.replace(/:\w+/g, '[^/]+')}$`);

/** The names of all calls of an object, and of the objects in it. */
const namesOf = (calls: object, at: string): string[] =>
  Object.entries(calls).flatMap(([name, member]) =>
    typeof member === 'object' ? namesOf(member as object, `${at}.${name}`) : [`${at}.${name}`],
  );

/** A run of backups that goes on while the runtime ends keeps it from ending. */
afterAll(() =>
  until(async () => {
    const status = await configured.DIRECTORY.getByName(BACKUPS_NAME).backupStatus();
    return !('isRunning' in status && (status.isRunning || status.verification?.isRunning));
  }),
);

describe('a typed call for each route', () => {
  it('every route of the service is in the table, and every row is a route', () => {
    expect([...new Set([...CALLS.map(([route]) => route), ...Object.keys(OTHERS)])].sort()).toEqual([...ROUTES].sort());
  });

  it.each(CALLS)('%s', async (route, call, answer) => {
    seen.requests.length = 0;
    const told = await call();
    const asked = seen.requests.filter((each) => patternOf(route).test(each));
    expect(asked, seen.requests.join()).not.toEqual([]);
    if (typeof answer === 'object' && answer !== null && !('asymmetricMatch' in answer))
      expect(told).toMatchObject(answer);
    else expect(told).toEqual(answer);
  });

  it('every call is in the table', () => {
    const all = [...namesOf(plainAlice, 'api'), ...namesOf(plainAlice.application('a/b'), 'api.application()')];
    expect(all.length).toBeGreaterThan(25);
    expect(all.filter((name) => !seen.calls.has(name) && name !== 'api.application')).toEqual([]);
  });
});

describe('the health of a deployment', () => {
  it('[K4] tells the age of backups, also when they are late, and throws where none are made', async () => {
    const health = await alice.health({ backup: true });
    expectTypeOf(health.backup.age).toEqualTypeOf<number>();
    expect(health).toEqual({ status: 'ok', backup: { age: expect.any(Number) } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const late = await apiOf('', { BACKUP_LATE_HOURS: '0.000001' }).health({ backup: true });
    expect(late).toEqual({ status: 'late', backup: { age: expect.any(Number) } });
    const wrong = apiOf('', { BACKUP_LATE_HOURS: 'soon' }).health({ backup: true });
    expect(await wrong.catch((error) => error instanceof ProblemError && error.name)).toBe('not-configured');
  });
});
