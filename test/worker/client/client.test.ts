import * as v from 'valibot';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { infoBoxes } from '../../../src/applications/info-boxes.ts';
import { todos } from '../../../src/applications/todos.ts';
import { createClient } from '../../../src/client/client.ts';
import { createLightClient } from '../../../src/client/light-client.ts';
import type { ProblemError } from '../../../src/client/platform/problem-error.ts';
import { memoryStorage } from '../../../src/client/storage/storage.ts';
import { change } from '../../../src/core/change.ts';
import { defineApplication } from '../../../src/core/define-application.ts';
import { applicationName } from '../../../src/protocol/ids.ts';
import { Api, fresh } from '../../support/api.ts';
import { until } from '../../support/wait.ts';
import { optionsFor, sockets, workerFetch } from '../../support/worker-client.ts';

describe.each(['poll', 'long-poll', 'sse', 'socket', 'auto'] as const)(
  'client over %s against the real Worker',
  (transport) => {
    it('[T1] two clients show each other’s changes, and end with the server’s state', async () => {
      const api = new Api(fresh());
      await api.create('todos');
      const application = api.path.replace('/v1/apps/', '');
      const [a, b] = [0, 1].map(() => createClient({ ...optionsFor(application), definition: todos, transport }));
      if (a === undefined || b === undefined) throw new Error('no clients');
      const pushed = Array.from({ length: 30 }, (_, index) =>
        (index % 2 === 0 ? a : b).push.add({ id: `t${index}`, text: `Todo ${index}` }),
      );
      expect(Object.keys(a.state.items)).toHaveLength(15);
      const tickets = await Promise.all(pushed.map(({ applied }) => applied));
      expect(new Set(tickets.map(({ seq }) => seq)).size).toBe(30);
      await until(() => a.status.version === 30 && b.status.version === 30);
      const state = await api.drained();
      expect([a.state, b.state]).toEqual([state, state]);
      expect(a.status).toMatchObject({
        transport: transport === 'auto' ? 'socket' : transport,
        pending: 0,
        online: true,
        error: undefined,
        signal: undefined,
      });
      b.push.complete({ id: 't0', done: true });
      await until(() => a.state.items['t0']?.done === true);
      a.close();
      b.close();
    });

    it('[I4] an application of any subject is opened by its name', async () => {
      const owner = 'dlvyg+Pk|jörg@example.org/=';
      const application = applicationName({ owner, app: `notes-${transport}` });
      const client = createClient({ ...optionsFor(application, owner), transport });
      const { applied, confirmed } = client.push.merge({ mine: true });
      expectTypeOf(applied).resolves.toHaveProperty('version').toEqualTypeOf<number>();
      expectTypeOf(confirmed).resolves.toHaveProperty('status').toEqualTypeOf<'applied'>();
      expect([(await applied).version, (await confirmed).version]).toEqual([1, 1]);
      await until(() => client.status.version === 1);
      expect(client.state).toEqual({ mine: true });
      client.close();
      expect((await new Api(application, owner).log(0)).body.entries[0].user).toBe(owner);
    });

    it('[O1] a rejected change disappears, and its promise has the application’s own reason', async () => {
      const api = new Api(fresh());
      await api.create('info-boxes');
      const application = api.path.replace('/v1/apps/', '');
      const client = createClient({ ...optionsFor(application), definition: infoBoxes, transport });
      await client.push.force({ box: '1' }).applied;
      const refused = (await client.push.open({ box: '2' }).applied.catch((error: unknown) => error)) as ProblemError;
      expect(refused.problem).toMatchObject({ status: 422, reason: 'box-forced' });
      await until(() => client.status.pending === 0);
      expect(client.state).toEqual({ open: '1', forced: '1' });
      client.close();
    });

    it('[L2] [S3] the first push creates a document, and a patch undoes a change', async () => {
      const application = fresh();
      const client = createClient({ ...optionsFor(application), transport });
      await client.push.merge({ title: 'A', filler: 'x'.repeat(300) }).applied;
      await client.push.merge({ title: 'B' }).applied;
      await client.undo()?.applied;
      await until(() => (client.confirmed as { title?: string } | undefined)?.title === 'A');
      const other = createLightClient({ ...optionsFor(application) });
      await until(() => (other.state as { title?: string }).title === 'A');
      await other.push.merge({ title: 'C' }).applied;
      const failed = await client.redo()?.applied.catch((error: unknown) => error);
      expect((failed as ProblemError).problem.status).toBe(422);
      client.close();
      other.close();
    });
  },
);

/** A kind of the same name is deployed. */
const adding = defineApplication({
  name: 'counter',
  version: 1,
  initial: { count: 0 },
  changes: {
    add: change(v.object({ by: v.number() }), (state: { count: number }, { by }) => {
      state.count += by;
    }),
  },
});

describe.each(['poll', 'socket'] as const)('a copied profile over %s', (transport) => {
  it('[Q18] equal changes of both copies are both applied, each once', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    const options = { ...optionsFor(api.path.replace('/v1/apps/', '')), definition: adding, clientId: 'copied' };
    const copies = [0, 1].map(() => createClient({ ...options, transport, storage: memoryStorage() }));
    const pushed = copies.flatMap(({ push }) => [push.add({ by: 1 }), push.add({ by: 1 })]);
    await Promise.all(pushed.map(({ applied }) => applied));
    expect(await api.drained()).toEqual({ count: 4 });
    for (const copy of copies) copy.close();
  });
});

describe.each(['poll', 'long-poll'] as const)('the light client over %s against the real Worker', (transport) => {
  it('[Q1] [S3] [O1] pushes in order and once, follows by patches, and gets rejections', async () => {
    const api = new Api(fresh());
    await api.create('todos');
    const { WebSocket: _, ...options } = optionsFor(api.path.replace('/v1/apps/', ''));
    const statuses: number[] = [];
    const counted: typeof fetch = async (input, init) => {
      const answer = await workerFetch(input, init);
      statuses.push(answer.status);
      return answer;
    };
    const [a, b] = [
      createLightClient<typeof todos>({ ...options, transport, fetch: counted }),
      createLightClient<typeof todos>({ ...options, transport }),
    ];
    await until(() => a.confirmed !== undefined);
    const pushed = Array.from({ length: 30 }, (_each, index) =>
      (index % 2 === 0 ? a : b).push.add({ id: `t${index}`, text: `Todo ${index}` }),
    );
    const tickets = await Promise.all(pushed.map(({ applied }) => applied));
    expect(tickets.filter((_each, index) => index % 2 === 0).map(({ n }) => n)).toEqual(
      Array.from({ length: 15 }, (_each, index) => index + 1),
    );
    const twice = (await a.push
      .add({ id: 't0', text: 'Again' })
      .applied.catch((error: unknown) => error)) as ProblemError;
    expect(twice.problem.status).toBe(422);
    await until(() => [a, b].every(({ status }) => status.version === 31 && status.pending === 0));
    expect([a.state, b.state]).toEqual([await api.drained(), a.state]);
    expect(statuses).toContain(226);
    expect(a.status).toMatchObject({ transport, online: true, error: undefined, signal: undefined });
    a.close();
    b.close();
  });
});

describe('the socket against the real Worker', () => {
  it('[W10] [W15] brings outcomes, presence and a large state, and nothing is polled', async () => {
    const api = new Api(fresh());
    await api.create('todos');
    const application = api.path.replace('/v1/apps/', '');
    const requested: string[] = [];
    const counted: typeof fetch = (input, init) => {
      requested.push(String(input));
      return workerFetch(input, init);
    };
    const options = { ...optionsFor(application), definition: todos, transport: 'socket', fetch: counted } as const;
    const [a, b] = [createClient(options), createClient(options)];
    await until(() => a.status.transport === 'socket' && b.status.transport === 'socket');
    a.presence.set({ at: 'milk' });
    b.presence.set({ at: 'bread' });
    await until(() => a.presence.peers.peers.length === 2 && b.presence.peers.peers.length === 2);
    const pushed = Array.from({ length: 400 }, (_, index) => a.push.add({ id: `t${index}`, text: 'x'.repeat(500) }));
    const tickets = await Promise.all(pushed.map(({ applied }) => applied));
    expect(tickets.map(({ seq }) => seq)).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
    await until(() => b.status.version === 400 && a.status.version === 400);
    expect(b.state).toEqual(await api.drained());
    expect(requested.filter((url) => url.endsWith('/state') || url.includes('/changes'))).toEqual([]);
    a.close();
    b.close();
    expect(sockets.length).toBeGreaterThan(1);
  });
});
