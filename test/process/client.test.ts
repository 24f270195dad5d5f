import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import type { Mode } from '../../src/client/live-transports.ts';
import { randomFrom, seedOf } from '../support/seed.ts';
import { Workerd } from '../support/servers.ts';

const KILLS = 6;
const MODES: readonly Mode[] = ['auto', 'socket', 'sse', 'poll', 'long-poll'];

let workerd: Workerd;

beforeAll(async () => {
  workerd = await Workerd.prepare();
});
afterAll(() => workerd.kill());

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const until = async (holds: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 1_200 && !holds(); tries += 1) await sleep(50);
  expect(holds()).toBe(true);
};

describe('clients of a server that is killed again and again', () => {
  it('[Q1] [Q3] [D2] [T1] over every transport: each push is applied once, in order, and all end as the server is', async () => {
    const random = randomFrom(seedOf('clients and kill'));
    await workerd.start();
    const clients = MODES.map((transport) =>
      createClient({ url: workerd.url, application: 'anonymous/killed', transport, interval: 100 }),
    );
    const pushed = MODES.map(() => [] as Promise<unknown>[]);
    const push = (index: number): void => {
      const mine = pushed[index];
      const value = `${MODES[index]}-${mine?.length}`;
      const args = [{ op: 'add', path: '/list/-', value }];
      const applied = clients[index]?.push.patch(args as never).applied;
      if (applied !== undefined) mine?.push(applied);
    };
    await clients[0]?.push.merge({ list: [] }).applied;
    let errors = 0;
    for (const client of clients) client.subscribeStatus(({ error }) => (errors += error === undefined ? 0 : 1));
    for (let kill = 0; kill < KILLS; kill += 1) {
      for (let turn = 0; turn < 20; turn += 1) {
        push(Math.floor(random() * MODES.length));
        await sleep(random() * 60);
      }
      await workerd.kill();
      for (let index = 0; index < MODES.length; index += 1) push(index);
      await sleep(random() * 300);
      await workerd.start();
    }
    const total = pushed.flat().length;
    await until(() => clients.every(({ status }) => status.pending === 0));
    await Promise.all(pushed.flat());
    const answer = await fetch(`${workerd.url}/v1/apps/anonymous/killed/state`, { headers: { Prefer: 'drain' } });
    const state = (await answer.json()) as { list: string[] };
    expect([new Set(state.list).size, state.list.length]).toEqual([total, total]);
    for (const [index, mode] of MODES.entries()) {
      const mine = state.list.filter(
        (value) => value.startsWith(`${mode}-`) && /^\d+$/.test(value.slice(mode.length + 1)),
      );
      expect(mine).toEqual(pushed[index]?.map((_, n) => `${mode}-${n}`));
    }
    await until(() => clients.every((client) => JSON.stringify(client.state) === JSON.stringify(state)));
    expect(errors).toBeGreaterThan(KILLS);
    for (const client of clients) client.close();
  });
});
