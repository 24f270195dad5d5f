import { describe, expect, expectTypeOf, it } from 'vitest';
import { type Api, type ApplicationApi, createApi, ProblemError, type Step } from '../../../src/api/index.ts';
import { todos } from '../../../src/applications/todos.ts';
import { patchImmutably } from '../../../src/client/state/immutable-patch.ts';
import type { StateOf } from '../../../src/core/definition.ts';
import type { Json } from '../../../src/protocol/json.ts';
import { fresh, sign } from '../../support/api.ts';
import { fetchWorker } from '../../support/fetch-worker.ts';
import { until } from '../../support/wait.ts';

// `fetch` as a Worker has it: nothing of what the API asks of it is left out.
const apiOf = (sub: string, options: { readonly fetch?: typeof fetch } = {}): Api =>
  createApi({
    url: 'https://changebucket.test/',
    token: () => sign({ sub }),
    fetch: (input, init) => fetchWorker(String(input), init),
    ...options,
  });

const alice = apiOf('alice');
const newTodos = (): ApplicationApi<typeof todos> => alice.application(fresh(), todos);
const ADD = (id: string) => ({ name: 'add', args: { id, text: id } }) as const;

const nameOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no problem',
    (error: unknown) => (error instanceof ProblemError ? error.name : error),
  );

describe('a push', () => {
  it('[L2] [Q8] names the kind of its definition, waits for the outcome, and tells position and cost', async () => {
    const list = newTodos();
    const queued = await list.push(ADD('a'));
    expect(queued).toMatchObject({ client: '~', n: 1, seq: 1, status: 'queued', position: { head: 1 } });
    const applied = await list.push(ADD('b'), { wait: 5 });
    expect(applied).toMatchObject({ seq: 2, status: 'applied', version: 2, position: { version: 2, queue: 0 } });
    // [C2]
    expect(applied.cost).toMatchObject({ requests: 2, rowsRead: expect.any(Number), awakeMs: expect.any(Number) });
    expect(applied.cost?.rowsWritten).toBeGreaterThan(0);
    expect((await list.info()).kind).toBe('todos');
    expect(await list.ticket('~', 2)).toEqual({ client: '~', n: 2, seq: 2, status: 'applied', version: 2 });
  });

  it('[Q3] [Q8] [Q18] of a client and n, or with a key, is applied once however often it is sent', async () => {
    const list = newTodos();
    await list.push(ADD('a'), { client: 'c1', n: 1, nonce: 'x' });
    expect(await list.push(ADD('a'), { client: 'c1', n: 1, nonce: 'x' })).toMatchObject({ seq: 1, repeated: true });
    expect(await nameOf(list.push(ADD('a'), { client: 'c1', n: 1, nonce: 'y' }))).toBe('id-conflict');
    await list.push(ADD('b'), { idempotencyKey: 'k' });
    expect(await list.push(ADD('b'), { idempotencyKey: 'k', wait: 5 })).toMatchObject({ seq: 2, repeated: true });
    expect((await list.info()).head).toBe(2);
  });

  it('[Q11] answers with the state that contains it', async () => {
    const list = newTodos();
    const answer = await list.push(ADD('a'), { returnState: true });
    if (!('state' in answer)) throw new Error('no state');
    expectTypeOf(answer.state.items).toEqualTypeOf<StateOf<typeof todos>['items']>();
    expect([Object.keys(answer.state.items), answer.version, answer.status]).toEqual([['a'], 1, 'applied']);
    expect(answer.etag).toBe((await list.state()).etag);
    const batch = await list.batch({ client: 'c', n: 1, changes: [ADD('b')], returnState: true });
    expect('state' in batch && Object.keys(batch.state.items)).toEqual(['a', 'b']);
  });

  it('[Q12] [Q13] [Q17] throws the problem of what is refused or rejected, and says which it was', async () => {
    const list = newTodos();
    const { etag } = await list.push(ADD('a'), { returnState: true }).then(() => list.state());
    await list.push(ADD('b'));
    const rejected = await list.push(ADD('c'), { ifMatch: etag, wait: 5 }).catch((error: unknown) => error);
    expect(rejected).toMatchObject({ name: 'precondition-failed', problem: { accepted: true, version: 2 } });
    const refused = await list.push(ADD('c'), { ifMatch: etag, wait: 5, precheck: true }).catch((each) => each);
    expect(refused).toMatchObject({ name: 'precondition-failed', problem: { accepted: false } });
    expect(await nameOf(list.push({ name: 'add', args: { id: 'x', text: 0n as never } }))).toBe('not-json');
  });
});

describe('a batch', () => {
  it('[Q6] [Q7] tells the ticket of each change, and is applied whole or not at all when it is atomic', async () => {
    const list = newTodos();
    const { tickets, position } = (await list.batch({ client: 'c', n: 1, changes: [ADD('a'), ADD('b')] })) as {
      tickets: unknown;
      position: unknown;
    };
    expect(tickets).toEqual([
      { client: 'c', n: 1, seq: 1, status: 'queued' },
      { client: 'c', n: 2, seq: 2, status: 'queued' },
    ]);
    expect(position).toMatchObject({ head: 2 });
    const changes = [ADD('d'), { name: 'complete', args: { id: 'gone', done: true } }] as const;
    const loose = await list.batch({ client: 'c', n: 3, changes, wait: 5 });
    expect(loose).toMatchObject({ tickets: [{ status: 'applied' }, { status: 'rejected' }] });
    const atomic = list.batch({ client: 'c', n: 5, changes: [ADD('e'), changes[1]], atomic: true, wait: 5 });
    expect(await nameOf(atomic)).toBe('change-refused');
    expect(Object.keys((await list.state()).state.items)).toEqual(['a', 'b', 'd']);
  });
});

describe('a read', () => {
  it('[S2] [S3] [S4] is a state, a patch or not modified, and its type says which are possible', async () => {
    const list = newTodos();
    await list.push(ADD('a'), { wait: 5 });
    const first = await list.state();
    expectTypeOf(first.kind).toEqualTypeOf<'state'>();
    expect(first).toMatchObject({ kind: 'state', version: 1, etag: `"${first.epoch}.1"`, position: { head: 1 } });
    const same = await list.state({ ifNoneMatch: first.etag });
    expectTypeOf(same.kind).toEqualTypeOf<'state' | 'not-modified'>();
    expect(same).toMatchObject({ kind: 'not-modified', version: 1 });
    const soon = list.state({ ifNoneMatch: first.etag, patch: true, wait: 20 });
    await list.push(ADD('b'));
    const next = await soon;
    expectTypeOf(next.kind).toEqualTypeOf<'state' | 'patch' | 'not-modified'>();
    if (next.kind !== 'patch') throw new Error(next.kind);
    const patched = patchImmutably(first.state as unknown as Json, next.patch);
    expect(patched).toEqual((await list.state()).state);
  });

  it('[S6] [S7] [S8] [S9] [S13] drained, from a version on, as it was, a part of it, or an older one', async () => {
    const list = newTodos();
    for (const id of ['a', 'b', 'c']) await list.push(ADD(id));
    expect(Object.keys((await list.state({ drain: true })).state.items)).toEqual(['a', 'b', 'c']);
    expect((await list.state({ minVersion: 3, wait: 5 })).version).toBe(3);
    const past = await list.state({ at: 1 });
    expect([Object.keys(past.state.items), past.version, past.position?.version]).toEqual([['a'], 1, 3]);
    const part = await list.state({ path: '/items/b/text' });
    expectTypeOf(part.state).toEqualTypeOf<string>();
    expect(part.state).toBe('b');
    expect((await list.state({ maxStale: 10_000 })).version).toBe(3);
    expect(await nameOf(list.state({ path: '/nowhere' }))).toBe('unknown-path');
    expect(await nameOf(list.state({ at: 9 }))).toBe('unknown-version');
    const impatient = createApi({
      url: 'https://changebucket.test',
      token: await sign({ sub: 'alice' }),
      fetch: (input, init) => fetchWorker(String(input), init),
      retryMs: 0,
    });
    const { owner, app } = await list.info();
    expect(await nameOf(impatient.application(`${owner}/${app}`).state({ minVersion: 9 }))).toBe('version-not-reached');
  });

  it('[V1] [V3] [V8] [L3] follows a part without a gap until the application is deleted', async () => {
    const list = newTodos();
    await list.push(ADD('a'), { wait: 5 });
    const seen: Step['kind'][] = [];
    let state: Json | undefined;
    const steps = list.follow({ path: '/items/b' });
    const told = (async () => {
      for await (const step of steps) {
        seen.push(step.kind);
        if (step.kind === 'state') state = { ...step.state };
        if (step.kind === 'gone') state = undefined;
        if (step.kind === 'patch') state = patchImmutably(state ?? null, step.patch);
        if (step.kind === 'gone' && seen.length === 1) await list.push(ADD('b'), { wait: 5 });
        if (step.kind === 'state') await list.push({ name: 'complete', args: { id: 'b', done: true } }, { wait: 5 });
        if (step.kind === 'patch') await list.delete();
      }
    })();
    expect(await nameOf(told)).toBe('unknown-application');
    expect(seen).toEqual(['gone', 'state', 'patch']);
    expect(state).toMatchObject({ text: 'b', done: true });
  });
});

describe('an application', () => {
  it('[L1] [L3] is created, described and deleted', async () => {
    const list = newTodos();
    expect(await nameOf(list.info())).toBe('unknown-application');
    expect(await list.create()).toMatchObject({ created: true, info: { kind: 'todos', version: 0 } });
    expect((await list.create()).created).toBe(false);
    expect(await nameOf(list.create('document'))).toBe('kind-conflict');
    expect(await list.info()).toMatchObject({ owner: 'alice', queue: { changes: 0 }, budget: expect.any(Object) });
    await list.delete();
    expect(await nameOf(list.info())).toBe('unknown-application');
  });

  it('[L16] [L17] [L18] comes back once it was deleted, is listed meanwhile, and is purged', async () => {
    const list = newTodos();
    await list.push(ADD('a'), { wait: 5 });
    const { app, epoch } = await list.info();
    await list.delete();
    const isListed = async (): Promise<boolean> =>
      (await alice.deletedApplications('alice')).some((each) => each.app === app && each.epoch === epoch);
    await until(isListed);
    expect(await list.undelete({ epoch })).toMatchObject({ kind: 'todos', version: 1 });
    expect(await nameOf(list.undelete())).toBe('already-exists');
    await list.delete();
    await list.purge();
    expect(await nameOf(list.undelete())).toBe('deletion-final');
    expect(await isListed()).toBe(false);
  });

  it('[L7] has a log, by the page and change by change', async () => {
    const list = newTodos();
    const changes = ['a', 'b', 'c', 'd', 'e'].map(ADD);
    await list.batch({ client: 'c', n: 1, changes, wait: 5 });
    expect(await list.log({ limit: 2 }).page()).toMatchObject({ entries: [{ seq: 1 }, { seq: 2 }], floor: 0, next: 2 });
    const seen: unknown[] = [];
    for await (const { seq, outcome } of list.log({ after: 1, limit: 2 })) seen.push([seq, outcome]);
    expect(seen).toEqual([2, 3, 4, 5].map((seq) => [seq, 'applied']));
  });

  it('[O3] [O4] lists rejections, queues one again, discards one', async () => {
    const list = newTodos();
    const lost = { name: 'complete', args: { id: 'later', done: true } } as const;
    expect(await nameOf(list.push(lost, { wait: 5 }))).toBe('change-refused');
    const { rejections, more } = await list.rejections();
    expect([rejections, more]).toMatchObject([[{ seq: 1, name: 'complete', status: 'rejected' }], false]);
    await list.push(ADD('later'), { wait: 5 });
    expect(await list.retryRejection(1)).toMatchObject([{ seq: 3 }]);
    expect((await list.state({ drain: true })).state.items['later']?.done).toBe(true);
    expect(await nameOf(list.push({ ...lost, args: { id: 'never', done: true } }, { wait: 5 }))).toBe('change-refused');
    await list.discardRejection(4);
    expect((await list.rejections()).rejections).toEqual([]);
    expect(await nameOf(list.discardRejection(4))).toBe('unknown-rejection');
  });

  it('[L6] [L10] is exported as a stream and imported from one, or from a text', async () => {
    const [from, to] = [newTodos(), newTodos()];
    await from.push(ADD('a'), { wait: 5 });
    const stream = await from.export();
    const [one, two] = stream.tee();
    expect(await to.import(one)).toMatchObject({ kind: 'todos', version: 1 });
    expect((await to.state()).state).toEqual((await from.state()).state);
    const text = await new Response(two).text();
    expect((await to.import(() => text)).epoch).not.toBe((await from.info()).epoch);
    expect(await nameOf(to.import(text.slice(0, -20)))).toBe('invalid-import');
  });

  it('[L4] is listed with the others of its owner', async () => {
    const api = apiOf('lister');
    for (const app of ['a', 'b', 'c']) await api.application(`lister/${app}`).create('document');
    expect(await api.applications('lister', { limit: 2 }).page()).toMatchObject({ next: 'b' });
    const seen: string[] = [];
    for await (const { app } of api.applications('lister', { limit: 2 })) seen.push(app);
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(await nameOf(apiOf('other').applications('lister').page())).toBe('unknown-application');
  });

  it('[I4] has an owner in any spelling, and a name that is none is refused before anything is sent', async () => {
    const api = apiOf('ann@example.org');
    const list = api.application('ann@example.org/notes');
    await list.create('document');
    expect((await api.application('ann%40example.org/notes').info()).owner).toBe('ann@example.org');
    for (const name of ['notes', '/notes', 'ann/', 'ann/no tes', '../x']) {
      expect(() => api.application(name)).toThrow(TypeError);
    }
    expect(() => api.applications('')).toThrow(TypeError);
  });
});
