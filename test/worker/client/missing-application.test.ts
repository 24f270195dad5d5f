import { describe, expect, it, vi } from 'vitest';
import { infoBoxes } from '../../../src/applications/info-boxes.ts';
import { todos } from '../../../src/applications/todos.ts';
import { createClient } from '../../../src/client/client.ts';
import { createLightClient } from '../../../src/client/light-client.ts';
import type { ProblemError } from '../../../src/client/platform/problem-error.ts';
import { Api, fresh, sign } from '../../support/api.ts';
import { sleep, until } from '../../support/wait.ts';
import { optionsFor, workerFetch } from '../../support/worker-client.ts';

const TRANSPORTS = ['poll', 'long-poll', 'sse', 'socket', 'auto'] as const;
const nameOf = (transport: (typeof TRANSPORTS)[number]) => (transport === 'auto' ? 'socket' : transport);

const problemOf = (promise: Promise<unknown> | undefined) =>
  (promise as Promise<unknown>).then(
    () => undefined,
    (error: unknown) => (error as ProblemError).problem,
  );

/** A `fetch` that notes what was requested. */
const noting = () => {
  const requests: { method: string; path: string; status: number; kind: string | null }[] = [];
  const noted: typeof fetch = async (input, init) => {
    const answer = await workerFetch(input, init);
    const path = new URL(String(input)).pathname.split('/').slice(5).join('/');
    const kind = new Headers(init?.headers).get('Changebucket-Kind');
    requests.push({ method: init?.method ?? 'GET', path, status: answer.status, kind });
    return answer;
  };
  return { requests, noted };
};

describe.each(TRANSPORTS)('an own application that does not exist, over %s', (transport) => {
  it('[L2] shows the initial state and no problem, and the first push creates it as the definition’s kind', async () => {
    const application = fresh();
    const { requests, noted } = noting();
    const client = createClient({ ...optionsFor(application), definition: infoBoxes, transport, fetch: noted });
    await client.ready;
    await until(() => client.status.online);
    await sleep(300);
    expect(client.status).toMatchObject({ error: undefined, signal: undefined, pending: 0, version: undefined });
    expect([client.state, client.confirmed]).toEqual([infoBoxes.initial(), undefined]);
    await client.push.open({ box: '2' }).applied;
    await until(() => client.status.transport === nameOf(transport) && client.status.version === 1);
    expect([client.state, client.status.pending]).toEqual([{ open: '2', forced: null }, 0]);
    expect(requests.find(({ method }) => method === 'PUT')?.kind).toBe('info-boxes');
    expect((await new Api(application).info()).kind).toBe('info-boxes');
    client.close();
  });

  it('[L2] waits without haste until another client creates it, and then follows over its own transport', async () => {
    const application = fresh();
    const { requests, noted } = noting();
    const waiting = createClient({ ...optionsFor(application), definition: todos, transport, fetch: noted });
    await until(() => waiting.status.online);
    const [begun, first] = [performance.now(), requests.length];
    await sleep(1_000);
    // 50 ms between polls: the interval of these clients, as of an application that nobody changes.
    expect(requests.length - first).toBeLessThan(10 + (performance.now() - begun) / 50);
    const other = createClient({ ...optionsFor(application), definition: todos, transport: 'poll' });
    await other.push.add({ id: 'milk', text: 'Milk' }).applied;
    await until(() => Object.keys(waiting.state.items).length === 1);
    await until(() => waiting.status.transport === nameOf(transport));
    expect(waiting.status).toMatchObject({ error: undefined, signal: undefined });
    await waiting.push.complete({ id: 'milk', done: true }).applied;
    await until(() => other.state.items['milk']?.done === true);
    waiting.close();
    other.close();
  });

  it('[L3] [L9] deleted while it is open, it shows as empty, and the next push creates it anew', async () => {
    const application = fresh();
    const client = createClient({ ...optionsFor(application), definition: todos, transport });
    await client.push.add({ id: 'a', text: 'A' }).applied;
    await client.push.add({ id: 'b', text: 'B' }).applied;
    await until(() => client.status.version === 2 && client.status.transport === nameOf(transport));
    const before = client.status.epoch;
    await new Api(application).call('DELETE', '');
    await until(() => client.status.version === undefined);
    await until(() => client.status.online && client.status.error === undefined);
    expect(client.state).toEqual(todos.initial());
    await client.push.add({ id: 'c', text: 'C' }).applied;
    await until(() => client.status.version === 1 && client.status.transport === nameOf(transport));
    expect([Object.keys(client.state.items), client.status.epoch === before]).toEqual([['c'], false]);
    client.close();
  });

  it('[A3] somebody else’s that does not exist is a problem, and the change waits', async () => {
    const client = createClient({ ...optionsFor(fresh(), 'nobody'), definition: todos, transport });
    client.push.add({ id: 'milk', text: 'Milk' });
    await until(() => client.status.signal === 'unknown-application');
    expect(client.status.pending).toBe(1);
    expect(client.status.error?.type).toBe('urn:changebucket:problem:unknown-application');
    client.close();
  });

  it('[L2] a light client that names no kind for its own is told how, and its push is applied once it is there', async () => {
    const application = fresh();
    const client = createLightClient<typeof todos>(optionsFor(application));
    const seen: unknown[] = [];
    client.subscribeStatus(({ error }) => seen.push(error));
    const { applied } = client.push.add({ id: 'milk', text: 'Milk' });
    const detail = expect.stringContaining('no change "add"');
    await until(() => seen.some((error) => (error as { kinds?: unknown } | undefined)?.kinds !== undefined));
    expect(seen).toContainEqual(expect.objectContaining({ detail, kinds: expect.arrayContaining(['todos']) }));
    await new Api(application).create('todos');
    expect((await applied).status).toBe('applied');
    client.close();
  });
});

describe('the kind that a push names', () => {
  it('[L2] [A2] an admin by the claim `apps` may create it, a writer may not', async () => {
    const application = fresh();
    const open = (role: string) =>
      createClient({
        ...optionsFor(application),
        definition: todos,
        transport: 'poll',
        token: () => sign({ sub: `${role}-of-it`, apps: { [application]: role } }),
      });
    const writer = open('writer');
    await until(() => writer.status.signal === 'unknown-application');
    const admin = open('admin');
    await until(() => admin.status.online);
    expect(admin.status).toMatchObject({ error: undefined, signal: undefined });
    await admin.push.add({ id: 'milk', text: 'Milk' }).applied;
    await until(() => writer.status.signal === undefined && writer.state.items['milk'] !== undefined);
    writer.close();
    admin.close();
  });

  it.each(['poll', 'socket'] as const)(
    '[L2] over %s, another kind than the application’s refuses the push',
    async (transport) => {
      // Its author is told that the reducer does not fit that state.
      const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
      const api = new Api(fresh());
      await api.create('info-boxes');
      const application = api.path.replace('/v1/apps/', '');
      const client = createClient({ ...optionsFor(application), definition: todos, transport });
      if (transport === 'socket') await until(() => client.status.transport === 'socket');
      const { accepted, applied } = client.push.add({ id: 'milk', text: 'Milk' });
      const problem = { type: 'urn:changebucket:problem:kind-conflict', status: 409 };
      expect([await problemOf(accepted), await problemOf(applied)]).toMatchObject([problem, problem]);
      expect((await problemOf(applied))?.detail).toContain('info-boxes');
      expect(client.status.pending).toBe(0);
      client.close();
      // The server under test logs there, too.
      const said = told.mock.calls.map(([text]) => String(text)).filter((text) => text.startsWith('Changebucket,'));
      expect(said.every((text) => text.includes('the change "add"'))).toBe(true);
      told.mockRestore();
    },
  );

  it('[L2] a kind that the deployment does not have is the server’s own problem, with the kinds that it has', async () => {
    const missing = { ...todos, name: 'tasks' };
    const client = createClient({ ...optionsFor(fresh()), definition: missing, transport: 'poll' });
    const seen: unknown[] = [];
    client.subscribeStatus(({ error }) => seen.push(error));
    const problem = await problemOf(client.push.add({ id: 'milk', text: 'Milk' }).accepted);
    expect(problem).toMatchObject({ type: 'urn:changebucket:problem:unknown-kind', status: 422 });
    expect(problem?.detail).toContain('info-boxes');
    expect(seen).toContainEqual(problem);
    client.close();
  });

  it('[L2] the light client creates the kind that it was given, and a document without one', async () => {
    const application = fresh();
    const { WebSocket: _, ...options } = optionsFor(application);
    const client = createLightClient<typeof todos>({ ...options, kind: 'todos' });
    await until(() => client.status.online);
    expect(client.status).toMatchObject({ error: undefined, signal: undefined });
    expect((await client.push.add({ id: 'milk', text: 'Milk' }).applied).status).toBe('applied');
    await until(() => client.state.items?.['milk'] !== undefined);
    client.close();
    const other = fresh();
    const light = createLightClient(optionsFor(other));
    await light.push.merge({ title: 'A' }).applied;
    await until(() => (light.state as { title?: string }).title === 'A');
    expect((await new Api(other).info()).kind).toBe('document');
    light.close();
  });

  it('[L2] a light client that names no kind is told why its push waits', async () => {
    const application = fresh();
    const client = createLightClient<typeof todos>(optionsFor(application));
    client.push.add({ id: 'milk', text: 'Milk' });
    await until(() => client.status.signal === 'unknown-application');
    await sleep(500);
    expect(client.status).toMatchObject({ signal: 'unknown-application', pending: 1 });
    expect(client.status.error?.type).toBe('urn:changebucket:problem:unknown-application');
    client.close();
  });
});
