import { describe, expect, it } from 'vitest';
import type { ProblemError } from '../../../src/client/platform/problem-error.ts';
import { memoryStorage } from '../../../src/client/storage/storage.ts';
import { Clock, Page } from './support/clock.ts';
import { networkTo } from './support/network.ts';
import { notes } from './support/notes.ts';
import { CLIENTS, openNotes } from './support/open.ts';
import { ServerDouble } from './support/server.ts';

describe.each(CLIENTS)('another epoch, in %s', (_name, open) => {
  it.each(['poll', 'long-poll'] as const)(
    '[L6] [S11] over %s: shows the new state, and unsent changes arrive once',
    async (transport) => {
      const [clock, server] = [new Clock(), new ServerDouble(notes)];
      const page = new Page(clock);
      const client = open(server, clock, { page, transport, interval: 250 });
      for (const id of ['a', 'b', 'c']) client.push.note({ id });
      await clock.pass(1_000);
      expect(client.status).toMatchObject({ epoch: 'e1', version: 3, pending: 0 });
      page.set({ isOnline: false });
      client.push.note({ id: 'd' });
      server.restore(1);
      page.set({ isOnline: true });
      await clock.pass(3_000);
      expect(client.status).toMatchObject({ epoch: 'e2', signal: 'new-epoch', pending: 0 });
      expect([client.state.list, server.seen.gaps > 0]).toEqual([['a', 'd'], true]);
      expect(client.state).toEqual(server.state);
      client.close();
    },
  );

  it('[L6] a change that was accepted and not confirmed before a restore is sent again, and applied once', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock);
    client.push.note({ id: 'a' });
    await clock.pass(1_000);
    server.isBusy = true;
    const { accepted, applied } = client.push.note({ id: 'b' });
    await clock.pass(1_000);
    expect(await accepted).toMatchObject({ seq: 2 });
    server.isBusy = false;
    server.restore(1);
    await clock.pass(5_000);
    expect(await applied).toMatchObject({ status: 'applied' });
    expect(client.state).toEqual(server.state);
    expect(client.state.list).toEqual(['a', 'b']);
    client.close();
  });

  it('[Q16] a server that has forgotten the client accepts its changes from n = 1', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock);
    client.push.note({ id: 'a' });
    await clock.pass(1_000);
    server.marks.clear();
    server.log = server.log.map((each) => ({ ...each, client: 'forgotten' }));
    const { applied } = client.push.note({ id: 'b' });
    await clock.pass(3_000);
    expect(await applied).toMatchObject({ n: 1, seq: 2 });
    client.close();
  });

  it('[Q4] two clients with the same client id apply each change once', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const clients = [0, 1].map(() => open(server, clock, { clientId: 'same' }));
    const pushed = Array.from({ length: 20 }, (_, index) => clients[index % 2]?.push.note({ id: `n${index}` }).applied);
    await clock.pass(120_000);
    await Promise.all(pushed);
    expect(server.applied).toHaveLength(20);
    for (const client of clients) expect(client.state).toEqual(server.state);
    for (const client of clients) client.close();
  });

  it('[A4] when all pushes are refused each promise rejects, and later pushes go on', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const refused: string[] = [];
    let isReader = true;
    const push = server.push.bind(server);
    const problem = {
      type: 'urn:changebucket:problem:forbidden',
      title: 'no',
      status: 403,
      detail: 'no',
      needed: 'writer',
    };
    server.push = (...args) => (isReader ? { kind: 'refused', problem } : push(...args));
    const client = open(server, clock, {
      onRefused: ({ status }, change) => refused.push(`${status} ${change?.name}`),
    });
    const all = ['a', 'b', 'c'].map((id) =>
      client.push.note({ id }).accepted.catch((error: ProblemError) => error.problem.needed),
    );
    await clock.pass(5_000);
    expect(await Promise.all(all)).toEqual(['writer', 'writer', 'writer']);
    expect([refused.length, client.state.list, client.status.pending]).toEqual([3, [], 0]);
    isReader = false;
    const { applied } = client.push.note({ id: 'd' });
    await clock.pass(1_000);
    expect(await applied).toMatchObject({ n: 1 });
    client.close();
  });
});

describe('a possibly accepted change', () => {
  it('[Q1] is neither dropped nor renumbered when it is sent again and refused', async () => {
    const [clock, server, storage] = [new Clock(), new ServerDouble(notes), memoryStorage()];
    const first = new Page(clock);
    const network = networkTo(server, clock);
    // The change arrives; its answer does not, and the tab is killed.
    const client = openNotes(server, clock, {
      page: first,
      storage,
      fetch: (input, init) => network(input, init).then(() => Promise.reject(new Error('lost'))),
    });
    client.push.note({ id: 'a' });
    await clock.pass(30);
    first.isDead = true;
    expect(server.applied).toHaveLength(1);

    const push = server.push.bind(server);
    const problem = {
      type: 'urn:changebucket:problem:forbidden',
      title: 'no',
      status: 403,
      detail: 'no',
      needed: 'writer',
    };
    server.push = () => ({ kind: 'refused', problem });
    const refused: string[] = [];
    const reopened = openNotes(server, clock, { storage, onRefused: (each) => refused.push(each.title) });
    await reopened.ready;
    const { applied } = reopened.push.note({ id: 'b' });
    await clock.pass(10_000);
    expect([refused, reopened.state.list.includes('a'), reopened.status.pending]).toEqual([[], true, 2]);
    server.push = push;
    await clock.pass(60_000);
    expect(await applied).toMatchObject({ n: 2 });
    expect([server.state, server.seen.repeats > 0]).toMatchObject([{ list: ['a', 'b'] }, true]);
    reopened.close();
  });
});
