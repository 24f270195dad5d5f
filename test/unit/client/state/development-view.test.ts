import { Script } from 'node:vm';
import { build } from 'esbuild';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { createClient } from '../../../../src/client/client.ts';
import { memoryStorage } from '../../../../src/client/storage/storage.ts';
import { change } from '../../../../src/core/change.ts';
import { defineApplication } from '../../../../src/core/define-application.ts';
import type { Definition } from '../../../../src/core/definition.ts';
import { reject } from '../../../../src/core/json/problem-error.ts';
import { Clock, Page } from '../support/clock.ts';
import { networkTo } from '../support/network.ts';
import { ServerDouble } from '../support/server.ts';

interface State {
  values: Record<string, number>;
}

const args = v.object({ id: v.string() });
const one = (
  reducer: (state: State, id: string, now: number) => void,
  schema: v.GenericSchema<{ id: string }> = args,
) =>
  defineApplication({
    name: 'values',
    version: 1,
    initial: { values: {} } as State,
    changes: {
      put: change(schema, (state: State, { id }, context) => reducer(state, id, 0 * context.seq)),
      stamp: change(schema, (state: State, { id }, { now }) => reducer(state, id, now)),
    },
  });
type Kind = ReturnType<typeof one>;

let errors: MockInstance<typeof console.error>;
beforeEach(() => {
  errors = vi.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => errors.mockRestore());

const told = (): string[] => errors.mock.calls.map(([text]) => String(text));

const setting = (definition: Kind, served: Definition = definition, options = {}) => {
  const [clock, server] = [new Clock(), new ServerDouble(served)];
  const page = new Page(clock);
  const client = createClient({
    url: 'http://double.test',
    application: 'alice/values',
    definition,
    transport: 'poll',
    storage: memoryStorage(),
    fetch: networkTo(server, clock),
    environment: page.environment,
    ...options,
  });
  return { clock, server, client };
};

describe('a development build', () => {
  it('tells once when the function that fetches tokens fails, with what it has thrown', async () => {
    const mine = new Error('The login is down.');
    const { clock, client } = setting(
      one(() => undefined),
      undefined,
      { token: () => Promise.reject(mine) },
    );
    client.push.put({ id: 'a' });
    await clock.pass(20_000);
    expect(errors.mock.calls).toEqual([[expect.stringMatching(/no token.*pushes wait.*The login is down/), mine]]);
    expect(told()[0]).toContain('urn:changebucket:client:no-token');
  });

  it('tells once when the server wants a token, and there is none', async () => {
    const problem = { type: 'urn:changebucket:problem:unauthorized', title: 'T', status: 401, detail: 'Send a token.' };
    const { clock, client } = setting(
      one(() => undefined),
      undefined,
      { fetch: () => Promise.resolve(Response.json(problem, { status: 401 })) },
    );
    client.push.put({ id: 'a' });
    await clock.pass(20_000);
    expect(told()).toEqual([expect.stringMatching(/pushes wait: Send a token\./)]);
  });

  it('tells once for each cause what a reducer has thrown, with the change and the stack', async () => {
    const { clock, client } = setting(
      one((_, id) => {
        throw new TypeError(`no value ${id}`);
      }),
    );
    for (const id of ['a', 'b', 'c']) client.push.put({ id });
    await clock.pass(5_000);
    expect(told()).toEqual([expect.stringContaining('the schema or the reducer of the change "put" has thrown')]);
    const [, shown, error] = errors.mock.calls[0] ?? [];
    expect(shown).toEqual({ name: 'put', args: { id: 'a' } });
    expect((error as Error).stack).toContain('development-view.test.ts');
    expect(errors.mock.calls[0]).toHaveLength(3);
    client.push.stamp({ id: 'd' });
    expect(told()).toHaveLength(2);
    client.close();
  });

  it.each<[string, (item: { n?: number; list: number[] }) => unknown]>([
    ['changes it', (item) => Object.assign(item, { list: [] })],
    ['adds to it', (item) => Object.assign(item, { more: 1 })],
    ['pushes into it', (item) => item.list.push(1)],
    ['deletes from it', (item) => delete item.n],
  ])('says what to do when a reducer has assigned a value and then %s', (_, write) => {
    const { client } = setting(
      one((state, id) => {
        const item = { n: 0, list: [] };
        state.values[id] = item as never;
        write(item);
      }),
    );
    client.push.put({ id: 'a' });
    expect(String(errors.mock.calls[0]?.[3])).toContain('read it from the state again before you change it');
    client.close();
  });

  it.each([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['a date', new Date(0)],
  ])('tells that a reducer has written %s, which is no JSON', (_, value) => {
    const { client } = setting(
      one((state, id) => {
        state.values[id] = value as number;
      }),
    );
    client.push.put({ id: 'a' });
    expect(told()).toEqual([expect.stringContaining('the schema or the reducer of the change "put" has thrown')]);
    expect(String(errors.mock.calls[0]?.[2])).toContain('is not JSON. It is at /values/a.');
    client.close();
  });

  it('tells what a schema and an `inverse` have thrown', async () => {
    const broken = v.pipe(
      args,
      v.check((): boolean => {
        throw new Error('schema');
      }),
    );
    const { client } = setting(one(() => undefined, broken));
    client.push.put({ id: 'a' });
    expect(told()).toEqual([expect.stringContaining('"put" has thrown')]);
    client.close();
    const uncaught: unknown[] = [];
    const note = (error: unknown): void => void uncaught.push(error);
    process.on('uncaughtException', note);
    const inverse = (): never => {
      throw new Error('inverse');
    };
    const other = setting(
      one((state, id) => {
        state.values[id] = 1;
      }),
      undefined,
      { inverse },
    );
    other.client.push.put({ id: 'a' });
    await other.clock.pass(1_000);
    expect(other.client.undo()).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve));
    expect(told().at(-1)).toContain('the inverse of the change "put" has thrown');
    expect(uncaught.length).toBeGreaterThan(0);
    process.off('uncaughtException', note);
    other.client.close();
  });

  it('says nothing of rejections, which are meant, nor of args that do not fit', async () => {
    const { clock, client } = setting(one(() => reject('no', 'No.')));
    client.push.put({ id: 'a' });
    client.push.put({ id: 7 as unknown as string });
    await clock.pass(5_000);
    expect(told()).toEqual([]);
    client.close();
  });

  it.each([
    ['Math.random()', () => Math.random()],
    [
      'captured state that changes',
      (
        (n) => () =>
          ++n.count
      )({ count: 0 }),
    ],
  ])('tells of %s in a reducer, once', async (_, next) => {
    const definition = one((state, id) => {
      state.values[id] = next();
    });
    const { clock, client } = setting(definition);
    for (const id of ['a', 'b']) client.push.put({ id });
    await clock.pass(5_000);
    expect(told()).toEqual([expect.stringContaining('the change "put" does something else when it is run again')]);
    client.close();
  });

  it('tells of a clock in a reducer when the server has come to something else, once', async () => {
    const time = { now: () => 0 };
    const { clock, client } = setting(
      one((state, id) => {
        state.values[id] = time.now();
      }),
    );
    time.now = () => clock.now;
    for (const id of ['a', 'b']) {
      client.push.put({ id });
      await clock.pass(2_000);
    }
    expect(told()).toEqual([expect.stringContaining('the change "put" did something else on the server than here')]);
    client.close();
  });

  it('gives no false alarm for `now`, for what others have changed, or for what the server has rejected', async () => {
    const sum = one((state, id, now) => {
      state.values[id] = now + Object.keys(state.values).length;
    });
    const { clock, server, client } = setting(sum);
    await clock.pass(1_000);
    for (let n = 1; n <= 20; n += 1) {
      server.push('other', n, [{ name: 'put', args: { id: `other-${n}` } }]);
      client.push.put({ id: `mine-${n}` });
      client.push.stamp({ id: `now-${n}` });
      await clock.pass(n * 13);
    }
    await clock.pass(5_000);
    expect([client.status.pending, server.applied.length]).toEqual([0, 60]);
    client.close();
    const strict = setting(
      sum,
      one(() => reject('full', 'The server has a limit.')),
    );
    strict.client.push.put({ id: 'a' });
    await strict.clock.pass(5_000);
    expect(told()).toEqual([]);
    strict.client.close();
  });
});

describe('what is for developers', () => {
  /** @param environment the value of `NODE_ENV` that the bundler puts in; undefined: none */
  const bundled = async (environment?: string): Promise<string> => {
    const define = environment === undefined ? {} : { 'process.env.NODE_ENV': JSON.stringify(environment) };
    const stdin = {
      contents: `
        import { createClient, memoryStorage } from './src/client/index.ts';
        import { change, defineApplication } from './src/core/define.ts';
        const schema = { '~standard': { version: 1, vendor: 'none', validate: (value) => ({ value }) } };
        const changes = { put: change(schema, () => { throw new Error('a bug'); }) };
        const definition = defineApplication({ name: 'bug', version: 1, initial: {}, changes });
        const fetch = () => new Promise(() => undefined);
        const client = createClient({ url: 'http://double.test', application: 'a/b', definition, fetch, storage: memoryStorage() });
        client.push.put({ id: 'a' });
        client.close();`,
      resolveDir: process.cwd(),
    };
    // For browsers, esbuild would set it by itself.
    const options = { bundle: true, minify: true, format: 'iife', platform: 'neutral', write: false } as const;
    const { outputFiles } = await build({ ...options, stdin, define });
    return outputFiles[0]?.text ?? '';
  };
  /** Runs it as in a page: with no `process`. */
  const printedBy = (code: string): string[] => {
    const printed: string[] = [];
    const console = { error: (...parts: unknown[]) => void printed.push(parts.join(' ')) };
    const page = { console, setTimeout, clearTimeout, queueMicrotask, AbortController, Headers, TextEncoder, crypto };
    new Script(code).runInNewContext({ ...page, URL, navigator: {} });
    return printed;
  };

  it('is told in a page without a bundler, where there is no `process`', async () => {
    expect(printedBy(await bundled())).toEqual([expect.stringContaining('the change "put" has thrown')]);
  });

  it('is not part of a production build', async () => {
    const code = await bundled('production');
    expect(printedBy(code)).toEqual([]);
    const texts = /has thrown|does something else|console\.error/;
    expect([texts.test(code), texts.test(await bundled('development'))]).toEqual([false, true]);
  });
});
