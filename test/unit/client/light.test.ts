import { describe, expect, it } from 'vitest';
import { createLightClient, type LightOptions } from '../../../src/client/light.ts';
import type { ProblemError } from '../../../src/client/problem-error.ts';
import { randomFrom, seedOf } from '../../support/seed.ts';
import { Clock, Page } from './clock.ts';
import { type Fate, networkTo } from './network.ts';
import { notes } from './notes.ts';
import { ServerDouble } from './server.ts';

type Rest = Partial<LightOptions<typeof notes>> & { readonly page?: Page; readonly fetch?: typeof fetch };

const open = (server: ServerDouble, clock: Clock, { page = new Page(clock), fetch, ...rest }: Rest = {}) =>
  createLightClient<typeof notes>({
    ...{ url: 'http://double.test', application: 'alice/notes' },
    environment: { ...page.environment, fetch: fetch ?? networkTo(server, clock) },
    ...rest,
  });

const HISTORIES = 100;
const FATES: readonly Fate[] = ['request lost', 'answer lost', 'twice', 'unavailable', 'not ours'];

describe('the light client', () => {
  it.each(['poll', 'long-poll'] as const)(
    '[Q1] [Q2] [T1] by %s it pushes, shows and tells how it does',
    async (transport) => {
      const [clock, server] = [new Clock(), new ServerDouble(notes)];
      const client = open(server, clock, { transport });
      const lists: string[][] = [];
      client.subscribe(
        ({ list = [] }) => list.length,
        () => lists.push([...client.state.list]),
      );
      expect([client.state, client.confirmed, client.status.pending]).toEqual([{}, undefined, 0]);
      const pushed = ['a', 'b', 'c'].map((id) => client.push.note({ id }));
      expect([client.state, client.status.pending]).toEqual([{}, 3]);
      await clock.pass(2_000);
      const tickets = await Promise.all(pushed.map(({ applied }) => applied));
      expect(tickets.map(({ n, status }) => [n, status])).toEqual([1, 2, 3].map((n) => [n, 'applied']));
      expect(await pushed[0]?.accepted).toMatchObject({ n: 1, seq: 1 });
      expect(lists.at(-1)).toEqual(['a', 'b', 'c']);
      expect(client.status).toMatchObject({ transport, online: true, pending: 0, version: 3, epoch: 'e1' });
      server.push('other', 1, [{ name: 'note', args: { id: 'd' } }]);
      await clock.pass(26_000);
      expect(client.confirmed?.list).toEqual(['a', 'b', 'c', 'd']);
      expect(server.seen.patches).toBeGreaterThan(0);
      client.close();
      client.close();
      await clock.pass(30_000);
      expect(clock.pending).toBe(0);
    },
  );

  it('[O1] a rejection rejects with the reason and names the change; what stands behind it goes on', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const refused: unknown[] = [];
    const client = open(server, clock, { onRefused: ({ reason }, change) => refused.push([reason, change]) });
    const bad = client.push.note({ id: 'no!' }).applied.catch((error: ProblemError) => error.problem.status);
    const good = client.push.note({ id: 'a' });
    await clock.pass(3_000);
    expect([await bad, (await good.applied).status, client.state.list]).toEqual([422, 'applied', ['a']]);
    expect(refused).toEqual([['no', { name: 'note', args: { id: 'no!' } }]]);
    client.close();
  });

  it('what is pushed offline waits and arrives in one batch; what waits at the end rejects with "closed"', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const page = new Page(clock);
    const client = open(server, clock, { page });
    await clock.pass(1_000);
    page.set({ isOnline: false });
    expect(client.status).toMatchObject({ transport: 'none', online: false });
    const pushed = Array.from({ length: 50 }, (_, index) => client.push.note({ id: `n${index}` }).applied);
    await clock.pass(10_000);
    expect(server.applied).toHaveLength(0);
    page.set({ isOnline: true });
    await clock.pass(2_000);
    expect(await Promise.all(pushed)).toHaveLength(50);
    expect(server.pushesMost).toBe(1);
    page.set({ isOnline: false });
    const last = client.push.note({ id: 'last' });
    client.close();
    for (const promise of [last.applied, last.accepted, client.push.note({ id: 'later' }).applied])
      expect((await promise.catch((error: ProblemError) => error.problem.type)) as string).toMatch(/:closed$/);
  });

  it('[L6] another history is told, and what was not seen in it is sent again', async () => {
    const [clock, server] = [new Clock(), new ServerDouble(notes)];
    const client = open(server, clock);
    for (const id of ['a', 'b']) client.push.note({ id });
    await clock.pass(2_000);
    server.restore(1);
    client.push.note({ id: 'c' });
    await clock.pass(10_000);
    expect(client.status).toMatchObject({ signal: 'new-epoch', epoch: server.epoch, pending: 0 });
    expect(client.state).toEqual(server.state);
    expect(client.state.list).toContain('c');
    client.close();
  });

  it('[Q1] [Q2] [Q3] [S10] over random networks and histories nothing is lost or done twice, and no version goes back', async () => {
    const seed = seedOf('light histories');
    const seen = new Map<string, number>();
    for (let history = 0; history < HISTORIES; history += 1) await live(randomFrom(seed + history), seen);
    for (const fate of [...FATES, 'repeats', 'patches', 'rejected', 'offline'])
      expect([fate, (seen.get(fate) ?? 0) > 0]).toEqual([fate, true]);
  }, 30_000);
});

/** Three clients on a bad network that is good in the end. */
const live = async (random: () => number, seen: Map<string, number>): Promise<void> => {
  const count = (what: string, by = 1): unknown => seen.set(what, (seen.get(what) ?? 0) + by);
  const [clock, server] = [new Clock(), new ServerDouble(notes)];
  let isBad = true;
  const fate = (): Fate => {
    const its = isBad && random() < 0.4 ? FATES[Math.floor(random() * FATES.length)] : undefined;
    if (its !== undefined) count(its);
    return its ?? 'fine';
  };
  const clients = (['poll', 'long-poll', 'poll'] as const).map((transport) => {
    const page = new Page(clock, random);
    const network = networkTo(server, clock, { fate, delay: () => 1 + Math.floor(random() * 80) });
    const client = open(server, clock, { page, fetch: network, transport });
    let latest = -1;
    client.subscribeStatus(({ version = -1 }) => {
      expect(version).toBeGreaterThanOrEqual(latest);
      latest = version;
    });
    return { page, client };
  });
  const outcomes: Promise<string>[] = [];
  for (let step = 0; step < 40; step += 1) {
    const { page, client } = clients[Math.floor(random() * 3)] as (typeof clients)[number];
    const mood = random();
    if (mood < 0.15) {
      page.set({ isOnline: !page.isOnline });
      count('offline');
    } else {
      const id = `s${step}${mood < 0.25 ? '!' : ''}`;
      outcomes.push(
        client.push.note({ id }).applied.then(
          () => id,
          () => `not ${id}`,
        ),
      );
    }
    await clock.pass(Math.floor(random() * 700));
  }
  isBad = false;
  for (const { page } of clients) page.set({ isOnline: true });
  await clock.pass(200_000);
  const told = await Promise.all(outcomes);
  const applied = told.filter((each) => !each.startsWith('not'));
  count('rejected', told.length - applied.length);
  count('repeats', server.seen.repeats);
  count('patches', server.seen.patches);
  expect([...(server.state as { list: string[] }).list].sort()).toEqual([...applied].sort());
  for (const { client } of clients) {
    expect([client.state, client.status.pending]).toEqual([server.state, 0]);
    client.close();
  }
};
