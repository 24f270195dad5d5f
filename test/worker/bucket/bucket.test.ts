import { env as workerEnv } from 'cloudflare:workers';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { todos } from '../../../src/applications/todos.ts';
import { ProblemError } from '../../../src/core/json/problem-error.ts';
import type { Json } from '../../../src/protocol/json.ts';
import type { Problem } from '../../../src/protocol/problems.ts';
import { type BucketReadOptions, bucket, type Environment } from '../../../src/server/index.ts';
import { Api, request } from '../../support/api.ts';
import { alarmsDone, evict } from '../../support/objects.ts';

const env = workerEnv as unknown as Environment;

const problemOf = async (promise: Promise<unknown>): Promise<Problem> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProblemError);
  return (error as ProblemError).problem;
};

const milk = { name: 'add', args: { id: 'milk', text: 'Milk' } } as const;

describe('bucket(env).push', () => {
  it('[L2] [Q1] creates the application with the first push, of the kind of the definition', async () => {
    const receipt = await bucket(env, todos).push('push-1/list', milk);
    expect(receipt).toEqual({ status: 'queued', client: '~', n: 1, seq: 1 });
    const info = await new Api('push-1/list').call('GET', '');
    expect(info.body).toMatchObject({ kind: 'todos', createdBy: 'push-1' });
  });

  it('[L2] creates the first kind without a definition, another kind by its name', async () => {
    await bucket(env).push('push-2/doc', { name: 'merge', args: { a: 1 } });
    await bucket(env).push('push-2/list', milk, { kind: 'todos' });
    expect((await new Api('push-2/doc').call('GET', '')).body.kind).toBe('document');
    expect((await new Api('push-2/list').call('GET', '')).body.kind).toBe('todos');
  });

  it('[D9] [Q14] acts for the owner, or for the subject that "as" names', async () => {
    await bucket(env).push('push-3/log', { name: 'context', args: { key: 'own' } }, { kind: 'debug' });
    await bucket(env).push('push-3/log', { name: 'context', args: { key: 'as' } }, { as: 'bob@example.org' });
    const { state } = await bucket(env).read('push-3/log', { drain: true });
    expect(state).toMatchObject({ entries: { own: { user: 'push-3' }, as: { user: 'bob@example.org' } } });
  });

  it('[Q9] takes a change with the name of a method that each object has, as HTTP does', async () => {
    const log = 'push-names/log';
    await bucket(env).push(log, { name: 'toLocaleString' }, { kind: 'debug', precheck: true });
    expect((await bucket(env).read(log, { drain: true })).state).toEqual({ entries: { text: true } });
    const ticket = await new Api(log).push('c1', 1, 'toLocaleString', {}, { Prefer: 'precheck, wait=5' });
    expect([ticket.status, ticket.body.status]).toEqual([200, 'applied']);
  });

  it('[Q11] [O1] waits for the ticket', async () => {
    const ticket = await bucket(env, todos).push('push-4/list', milk, { wait: 5 });
    expect(ticket).toEqual({ status: 'applied', client: '~', n: 1, seq: 1, version: 1 });
  });

  it('[Q17] [D4] throws the rejection of a change that it waits for, and tells that it was accepted', async () => {
    const rejected = await problemOf(bucket(env).push('push-5/x', { name: 'refuse' }, { kind: 'debug', wait: 5 }));
    const detail = 'The application says no.';
    expect(rejected).toEqual({ name: 'change-refused', detail, reason: 'no', seq: 1, accepted: true });
    const refused = await problemOf(bucket(env).push('push-5/x', { name: 'note' }, { wait: 5, precheck: true }));
    expect(refused).toMatchObject({ name: 'invalid-args', accepted: false });
  });

  it('[Q8] applies a push with a key once', async () => {
    const lists = bucket(env, todos);
    const first = await lists.push('push-6/list', milk, { key: 'order-1' });
    const again = await lists.push('push-6/list', milk, { key: 'order-1', wait: 5 });
    expect([first.seq, again.seq, again.status]).toEqual([1, 1, 'applied']);
    const other = { name: 'add', args: { id: 'tea', text: 'Tea' } } as const;
    expect(await problemOf(lists.push('push-6/list', other, { key: 'order-1' }))).toMatchObject({
      name: 'id-conflict',
    });
  });

  it('[Q12] applies a change only to the state that ifMatch names', async () => {
    const lists = bucket(env, todos);
    await lists.push('push-7/list', milk, { wait: 5 });
    const { etag } = await lists.read('push-7/list');
    const second = { name: 'add', args: { id: 'tea', text: 'Tea' } } as const;
    await lists.push('push-7/list', second, { ifMatch: etag, wait: 5 });
    const third = { name: 'add', args: { id: 'jam', text: 'Jam' } } as const;
    const stale = await problemOf(lists.push('push-7/list', third, { ifMatch: etag, wait: 5 }));
    expect(stale).toMatchObject({ name: 'precondition-failed', accepted: true, version: 2 });
  });

  it('[C3] keeps to the budget of the application', async () => {
    const push = () => bucket(env).push('changes-2-bucket/x', { name: 'merge', args: { a: 1 } });
    await push();
    await push();
    expect(await problemOf(push())).toMatchObject({ name: 'budget-exceeded', limit: 2 });
  });

  it('[F4] keeps to the rate of the subject', async () => {
    const push = (as: string) => bucket(env).push('rate-1-bucket/x', { name: 'merge', args: {} }, { as });
    const names = await Promise.all(
      Array.from({ length: 20 }, () =>
        push('alice').then(
          () => 'accepted',
          (error: ProblemError) => error.problem.name,
        ),
      ),
    );
    expect(new Set(names)).toEqual(new Set(['accepted', 'rate-limited']));
    expect((await push('bob')).status).toBe('queued');
  });

  const bad: readonly (readonly [string, { name: string; args?: unknown }, object, Problem['name']])[] = [
    ['[J4] args that are too deep', { name: 'merge', args: nested(64) }, {}, 'too-deep'],
    ['[J4] args that are far too deep', { name: 'merge', args: nested(10_000) }, {}, 'too-deep'],
    ['[J5] args that are no number', { name: 'merge', args: { a: Number.NaN } }, {}, 'number-range'],
    ['[J7] a forbidden key', { name: 'merge', args: JSON.parse('{"__proto__":1}') }, {}, 'forbidden-key'],
    ['[J6] half a surrogate pair', { name: 'merge', args: '\ud800' }, {}, 'ill-formed-string'],
    ['[J3] args that are too large', { name: 'merge', args: 'x'.repeat(262_144) }, {}, 'too-large'],
    ['[J4] args that contain themselves', { name: 'merge', args: cycle() }, {}, 'not-json'],
    ['args that are a function', { name: 'merge', args: { a: () => 1 } }, {}, 'not-json'],
    ['a name that is none', { name: '$migrate' }, {}, 'invalid-change'],
    ['an unknown member', { name: 'merge', argz: 1 } as never, {}, 'invalid-change'],
    ['[I1] a bad key', { name: 'merge' }, { key: '' }, 'invalid-header'],
    ['[Q11] a wait that is no number', { name: 'merge' }, { wait: 1.5 }, 'invalid-header'],
    ['[Q12] an etag without quotes', { name: 'merge' }, { ifMatch: 'abc' }, 'invalid-header'],
    ['[L2] a kind that is no id', { name: 'merge' }, { kind: 'a b' }, 'invalid-header'],
    ['[L2] a kind that is not deployed', { name: 'merge' }, { kind: 'board' }, 'unknown-kind'],
    ['[I4] a subject that is none', { name: 'merge' }, { as: '' }, 'invalid-id'],
  ];

  it.each(bad)('[J11] refuses %s, and creates nothing', async (_, change, options, name) => {
    const push = bucket(env).push('push-bad/x', change as { name: string; args?: Json }, options);
    expect((await problemOf(push)).name).toBe(name);
    expect((await new Api('push-bad/x').call('GET', '')).status).toBe(404);
  });

  it('[D4] leaves out members that are undefined, and names the JSON Pointer of what is no JSON', async () => {
    const args = { a: 1, b: undefined, c: { d: undefined } } as unknown as Json;
    await bucket(env).push('push-9/x', { name: 'merge', args }, { wait: 5 });
    expect((await bucket(env).read('push-9/x')).state).toEqual({ a: 1, c: {} });
    const date = { list: [0, new Date(0)] } as unknown as Json;
    const refused = await problemOf(bucket(env).push('push-9/x', { name: 'merge', args: date }));
    expect(refused).toMatchObject({ name: 'not-json', pointer: '/args/list/1' });
  });

  it('[L2] refuses another kind than the application has', async () => {
    await bucket(env).create('push-8/x', { kind: 'document' });
    expect(await problemOf(bucket(env, todos).push('push-8/x', milk))).toMatchObject({ name: 'kind-conflict' });
  });

  it.each(['list', '/list', 'a/', 'a/b/c', 'a/b c', '../x', 'a/.b'])('[I1] refuses the name %j', async (name) => {
    expect(await problemOf(bucket(env).push(name, { name: 'merge' }))).toMatchObject({ name: 'invalid-id' });
    expect(await problemOf(bucket(env).read(name))).toMatchObject({ name: 'invalid-id' });
    expect(await problemOf(bucket(env).create(name, { kind: 'todos' }))).toMatchObject({ name: 'invalid-id' });
  });
});

describe('bucket(env).read', () => {
  it('[S6] [S8] [S9] reads the newest state, a past one and a part', async () => {
    const docs = bucket(env);
    for (const n of [1, 2]) await docs.push('read-1/x', { name: 'merge', args: { n, deep: { 'a/b': n } } });
    const { epoch, ...newest } = await docs.read('read-1/x', { drain: true });
    expect(newest).toEqual({ state: { n: 2, deep: { 'a/b': 2 } }, version: 2, etag: `"${epoch}.2"` });
    expect(await docs.read('read-1/x', { at: 1 })).toMatchObject({ state: { n: 1 }, version: 1 });
    expect(await docs.read('read-1/x', { path: '/deep/a~1b' })).toMatchObject({ state: 2, version: 2 });
  });

  it('[S7] waits for a version, also over an eviction', async () => {
    const { seq } = await bucket(env).push('read-2/x', { name: 'merge', args: { n: 1 } });
    await alarmsDone('read-2/x');
    await evict('read-2/x');
    expect(await bucket(env).read('read-2/x', { minVersion: seq, wait: 5 })).toMatchObject({ state: { n: 1 } });
    const missing = await problemOf(bucket(env).read('read-2/x', { minVersion: 9 }));
    expect(missing).toMatchObject({ name: 'version-not-reached', retryAfter: 1 });
  });

  it.each<[string, string, BucketReadOptions, Problem['name']]>([
    ['[A3] an application that does not exist', 'read-3/none', {}, 'unknown-application'],
    ['[S9] a path without a value', 'read-3/x', { path: '/nothing' }, 'unknown-path'],
    ['[S9] a path that is no pointer', 'read-3/x', { path: 'nothing' }, 'invalid-query'],
    ['[S8] a version that is not there yet', 'read-3/x', { at: 7 }, 'unknown-version'],
    ['[S8] a version that is none', 'read-3/x', { at: -1 }, 'invalid-query'],
    ['[S7] a lowest version that is none', 'read-3/x', { minVersion: 0.5 }, 'invalid-header'],
  ])('refuses %s', async (_, application, options, name) => {
    await bucket(env).create('read-3/x', { kind: 'document' });
    expect((await problemOf(bucket(env).read(application, options))).name).toBe(name);
  });
});

describe('bucket(env).create', () => {
  it('[L1] creates once, by the definition or by the name of a kind', async () => {
    const first = await bucket(env, todos).create('create-1/list');
    expect(first).toMatchObject({ created: true, version: 0, epoch: expect.stringMatching(/./) });
    const again = await bucket(env).create('create-1/list', { kind: 'todos', as: 'bob' });
    expect(again).toEqual({ ...first, created: false });
    expect((await new Api('create-1/list').call('GET', '')).body).toMatchObject({
      kind: 'todos',
      createdBy: 'create-1',
    });
  });

  it('[L1] refuses another kind than there is, an unknown one and none', async () => {
    await bucket(env).create('create-2/x', { kind: 'todos' });
    const names = await Promise.all(
      ['document', 'board', undefined].map(
        async (kind) => (await problemOf(bucket(env).create('create-2/x', kind === undefined ? {} : { kind }))).name,
      ),
    );
    expect(names).toEqual(['kind-conflict', 'kind-conflict', 'unknown-kind']);
    expect((await problemOf(bucket(env).create('create-3/x', { kind: 'board' }))).name).toBe('unknown-kind');
  });
});

describe('bucket(env).mint', () => {
  it('[A1] [A2] makes tokens that the deployment accepts', async () => {
    await bucket(env).create('mint-1/x', { kind: 'document' });
    const token = await bucket(env).mint({ subject: 'guest', apps: { 'mint-1/x': 'reader' }, lifetimeSeconds: 60 });
    const headers = { Authorization: `Bearer ${token}` };
    expect((await request('/v1/apps/mint-1/x/state', { headers })).status).toBe(200);
    const write = { method: 'DELETE', headers };
    expect((await request('/v1/apps/mint-1/x', write)).status).toBe(403);
  });

  it.each([
    ['no secret', {}, /AUTH_SECRET/],
    ['a short secret', { AUTH_SECRET: 'short' }, /at least 32 bytes/],
    [
      'an identity provider',
      { AUTH_JWKS_URL: 'https://id.example/jwks', AUTH_ISSUER: '*', AUTH_AUDIENCE: '*' },
      /AUTH/,
    ],
  ])('[A5] is not configured with %s', async (_, variables, detail) => {
    const minted = bucket({ APPLICATION: env.APPLICATION, ...variables }).mint({ subject: 'alice' });
    const problem = await problemOf(minted);
    expect([problem.name, problem.detail]).toEqual(['not-configured', expect.stringMatching(detail)]);
  });
});

describe('bucket(env)', () => {
  it('needs the binding of the applications', () => {
    expect(() => bucket({} as Environment)).toThrow('binding APPLICATION');
  });

  it('types changes and state by the definition', async () => {
    const lists = bucket(env, todos);
    // @ts-expect-error: no such change
    const unknown = lists.push('types/list', { name: 'adds', args: {} });
    // @ts-expect-error: text is missing
    const incomplete = lists.push('types/list', { name: 'add', args: { id: 'milk' } });
    await Promise.allSettled([unknown, incomplete]);
    await lists.push('types/list', milk, { wait: 5 });
    expectTypeOf((await lists.read('types/list')).state.items['milk']?.done).toEqualTypeOf<boolean | undefined>();
    expectTypeOf((await lists.read('types/list', { path: '' })).state).toEqualTypeOf<Json>();
    expectTypeOf((await bucket(env).read('types/list')).state).toEqualTypeOf<Json>();
  });
});

function nested(levels: number): unknown {
  return JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
}

function cycle(): unknown {
  const self: { self?: unknown } = {};
  self.self = self;
  return self;
}
