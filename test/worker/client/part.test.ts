import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { document } from '../../../src/applications/document.ts';
import { todos } from '../../../src/applications/todos.ts';
import { createClient } from '../../../src/client/client.ts';
import { createLightClient } from '../../../src/client/light-client.ts';
import { refresh } from '../../../src/client/refresh.ts';
import type { StateOf } from '../../../src/core/definition.ts';
import type { Json } from '../../../src/protocol/json.ts';
import { Api, fresh, sign } from '../../support/api.ts';
import { sleep, until } from '../../support/wait.ts';
import { optionsFor } from '../../support/worker-client.ts';

const opened: { close(): void }[] = [];
const keep = <Each extends { close(): void }>(client: Each): Each => {
  opened.push(client);
  return client;
};
afterEach(() => {
  for (const client of opened.splice(0)) client.close();
});

type Options = Partial<ReturnType<typeof optionsFor>>;

const full =
  (transport: 'poll' | 'long-poll' | 'sse' | 'socket') => (application: string, path: string, options?: Options) =>
    keep(createClient({ ...optionsFor(application), definition: document, transport, path, ...options }));
const light =
  (transport: 'poll' | 'long-poll') =>
  (application: string, path: string, options: Options = {}) => {
    const { WebSocket: _, ...rest } = { ...optionsFor(application), ...options };
    return keep(createLightClient<typeof document, string>({ kind: 'document', ...rest, transport, path }));
  };

const EVERY = [
  ['poll', full('poll')],
  ['long-poll', full('long-poll')],
  ['poll, light', light('poll')],
  ['long-poll, light', light('long-poll')],
  ['sse', full('sse')],
  ['socket', full('socket')],
] as const;

const nameOf = (api: Api): string => api.path.replace('/v1/apps/', '');

describe.each(EVERY)('a client on a part, over %s', (_, open) => {
  it('[S9] [V8] [W5] follows it alone: a value, a change, its end, another value', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: { n: 1 }, b: 0 }, { Prefer: 'wait=5' });
    const client = open(nameOf(api), '/a');
    const seen: unknown[] = [];
    client.subscribe(
      (state) => state,
      (state) => void seen.push(state),
    );
    await until(() => client.status.loaded);
    expect([client.state, client.confirmed, client.initialState]).toEqual([{ n: 1 }, { n: 1 }, undefined]);
    await api.merge('c1', 2, { b: 1 }, { Prefer: 'wait=5' });
    await api.merge('c1', 3, { a: { n: 2 } }, { Prefer: 'wait=5' });
    await until(() => (client.state as { n: number } | undefined)?.n === 2);
    await api.merge('c1', 4, { a: null }, { Prefer: 'wait=5' });
    await until(() => client.state === undefined);
    expect(client.status).toMatchObject({ loaded: true, error: undefined, signal: undefined });
    await api.merge('c1', 5, { b: 2 }, { Prefer: 'wait=5' });
    await api.merge('c1', 6, { a: [7] }, { Prefer: 'wait=5' });
    await until(() => client.state !== undefined);
    expect(seen).toEqual([{ n: 1 }, { n: 2 }, undefined, [7]]);
  });

  it('[W10] pushes to the whole application, and its own changes are confirmed also where they change other parts', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: 1, b: 0 }, { Prefer: 'wait=5' });
    const client = open(nameOf(api), '/a');
    await until(() => client.status.loaded);
    const elsewhere = client.push.merge({ b: 1 });
    expect([client.state, client.status.pending]).toEqual([1, 1]);
    expect((await elsewhere.applied).status).toBe('applied');
    await until(() => client.status.pending === 0);
    expect(client.status.version).toBe(2);
    const here = client.push.merge({ a: 2 });
    expect(client.state).toBe(1);
    await here.applied;
    await until(() => client.status.pending === 0);
    expect(client.state).toBe(2);
    // What was read beside the transport and what the transport brings fit together.
    for (let n = 2; n < 8; n += 1) {
      await api.merge('c1', n, n % 2 === 0 ? { b: n } : { a: n }, { Prefer: 'wait=5' });
      if (n % 3 === 0) await refresh(client);
    }
    await until(() => client.state === 7);
    expect(client.status.error).toBeUndefined();
  });

  it('[L2] of one’s own that does not exist is undefined, and its first push creates the application', async () => {
    const client = open(fresh(), '/a');
    await client.loaded;
    expect([client.state, client.status.error, client.status.version]).toEqual([undefined, undefined, undefined]);
    await client.push.merge({ a: 'here' }).applied;
    await until(() => client.state === 'here');
    await until(() => client.status.pending === 0);
  });
});

describe('a client on a part', () => {
  it('[S9] has an element of an array, a member with an escape, a null, and nothing behind the end', async () => {
    const api = new Api(fresh());
    await api.merge(
      'c1',
      1,
      { list: ['a', 'b'], 'x/y': 1, nothing: null, deep: { null: [null] } },
      { Prefer: 'wait=5' },
    );
    for (const transport of ['poll', 'socket'] as const) {
      const open = (path: string) => full(transport)(nameOf(api), path);
      const clients = ['/list/1', '/x~1y', '/deep/null/0', '/list/2', '/list/-'].map(open);
      await until(() => clients.every(({ status }) => status.loaded));
      expect(clients.map(({ state }) => state)).toEqual(['b', 1, null, undefined, undefined]);
      const [second] = clients;
      await api.call(
        'POST',
        '/changes',
        { name: 'patch', args: [{ op: 'remove', path: '/list/0' }] },
        { Prefer: 'wait=5' },
      );
      await until(() => second?.state === undefined);
      await api.call('POST', '/changes', { name: 'patch', args: [{ op: 'add', path: '/list/0', value: 'a' }] });
      await until(() => second?.state === 'b');
    }
  });

  it('with the root is one of the whole state: changes show at once', async () => {
    const client = keep(createClient({ ...optionsFor(fresh()), definition: todos, path: '' }));
    expectTypeOf(client.state).toEqualTypeOf<StateOf<typeof todos>>();
    client.push.add({ id: 'a', text: 'A' });
    expect(client.state.items['a']?.text).toBe('A');
    const later = keep(createLightClient({ ...optionsFor(fresh()), kind: 'document', path: '' }));
    expect(later.state).toEqual({});
  });

  it('[J7] with an ill-formed pointer throws, and with a key that is not allowed is a problem', async () => {
    for (const path of ['a', '/a~2', 'a/b', '~1']) {
      expect(() => createClient({ ...optionsFor(fresh()), path })).toThrow(TypeError);
      expect(() => createLightClient<typeof document, string>({ ...optionsFor(fresh()), path })).toThrow(TypeError);
    }
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
    for (const transport of ['poll', 'sse', 'socket'] as const) {
      const client = full(transport)(nameOf(api), '/__proto__');
      await until(() => client.status.error !== undefined);
      expect([client.state, client.status.loaded, client.status.error?.status]).toEqual([undefined, false, 400]);
    }
  });

  it('[A3] of an application that the subject may not read is a problem, as the whole is', async () => {
    const client = full('socket')(fresh('nobody'), '/a', { token: () => sign({ sub: 'alice' }) });
    await until(() => client.status.signal === 'unknown-application');
    expect(client.state).toBeUndefined();
  });

  it('[Q12] has preconditions of the whole application: behind a change of another part, `refresh` has to come first', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
    const client = full('socket')(nameOf(api), '/a');
    await until(() => client.status.transport === 'socket' && client.status.version === 1);
    await api.merge('c1', 2, { b: 1 }, { Prefer: 'wait=5' });
    const early = client.push.merge({ a: 2 }, { ifUnchanged: true });
    await expect(early.applied).rejects.toMatchObject({ name: 'precondition-failed' });
    await refresh(client);
    await client.push.merge({ a: 3 }, { ifUnchanged: true }).confirmed;
    expect(client.state).toBe(3);
  });

  it('[S11] follows into a new epoch', async () => {
    for (const transport of ['poll', 'sse', 'socket'] as const) {
      const api = new Api(fresh());
      await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
      const client = full(transport)(nameOf(api), '/a');
      await until(() => client.state === 1);
      await api.call('DELETE', '');
      await until(() => client.status.version === undefined && client.state === undefined);
      await api.merge('c2', 1, { a: 2 }, { Prefer: 'wait=5' });
      await until(() => client.state === 2);
    }
  });

  it('[V8] [W5] costs an idle reader nothing while other parts change, and no polls beside a live transport', async () => {
    for (const transport of ['sse', 'socket'] as const) {
      const api = new Api(fresh());
      await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
      const requests: string[] = [];
      const noted: typeof fetch = (input, init) => {
        requests.push(`${init?.method ?? 'GET'} ${new URL(String(input)).search}`);
        return optionsFor('').fetch(input, init);
      };
      const client = full(transport)(nameOf(api), '/a', { fetch: noted });
      await until(() => client.status.transport === transport && client.status.loaded);
      await client.push.merge({ b: 1 }).applied;
      await until(() => client.status.pending === 0);
      let before = -1;
      while (before !== requests.length) {
        before = requests.length;
        await sleep(200);
      }
      for (let n = 2; n < 5; n += 1) await api.merge('c1', n, { b: n }, { Prefer: 'wait=5' });
      await sleep(300);
      expect(requests.slice(before)).toEqual([]);
      expect(client.state).toBe(1);
    }
  });

  it('types its state by the pointer', () => {
    const options = { ...optionsFor(fresh()), definition: todos } as const;
    type Item = StateOf<typeof todos>['items'][string];
    const item = keep(createClient({ ...options, path: '/items/milk' }));
    expectTypeOf(item.state).toEqualTypeOf<Item | undefined>();
    const id: string = 'x';
    const text = keep(createClient({ ...options, path: `/items/${id}/text` }));
    expectTypeOf(text.state).toEqualTypeOf<string | undefined>();
    const typing = keep(createClient({ ...options, path: '/itmes' }));
    expectTypeOf(typing.state).toEqualTypeOf<undefined>();
    const any = keep(createClient({ ...options, path: id === 'x' ? (`/${id}` as string) : '' }));
    expectTypeOf(any.state).toEqualTypeOf<unknown>();
    const untyped = keep(createClient({ ...optionsFor(fresh()), path: '/a/b' }));
    expectTypeOf(untyped.state).toEqualTypeOf<Json | undefined>();
    expect(item.state).toBeUndefined();
  });
});
