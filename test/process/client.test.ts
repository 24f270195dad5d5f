import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import type { LightClient } from '../../src/client/client-api.ts';
import { createLightClient } from '../../src/client/light-client.ts';
import type { DocumentKind } from '../../src/client/options.ts';
import type { TransportMode } from '../../src/client/transport/live-transports.ts';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { RUNS_MS } from '../support/patience.ts';
import { randomFrom, seedOf } from '../support/seed.ts';
import { Workerd } from '../support/servers.ts';
import { sleep, until } from '../support/wait.ts';

/** Default: 15 s; a long run sets `CHAOS_SECONDS=120`. */
const CHAOS_MS = 1_000 * Number(process.env['CHAOS_SECONDS'] ?? 15);
const KILL_EACH_MS = 2_000;
/** Half a second for each start. */
const KILLS = Math.floor(CHAOS_MS / (KILL_EACH_MS + 500));
/** Each transport of the full client, and the light client. */
const MODES: readonly (TransportMode | 'light')[] = ['auto', 'socket', 'sse', 'poll', 'long-poll', 'light'];

let workerd: Workerd;

beforeAll(async () => {
  workerd = await Workerd.prepare();
});
afterAll(() => workerd.kill());

/** A client for each mode. All push onto one list, each its own numbers. */
class ClientGroup {
  readonly clients: readonly LightClient<DocumentKind>[];
  readonly pushed = MODES.map(() => [] as Promise<unknown>[]);
  errors = 0;

  constructor(url: string) {
    const options = { url, application: 'anonymous/chaos', interval: 100 };
    this.clients = MODES.map((transport) =>
      transport === 'light' ? createLightClient(options) : createClient({ ...options, transport }),
    );
    for (const client of this.clients) {
      client.subscribeStatus(({ error }) => {
        this.errors += error === undefined ? 0 : 1;
      });
    }
  }

  push(index: number): void {
    const mine = this.pushed[index] as Promise<unknown>[];
    const args = [{ op: 'add', path: '/list/-', value: `${MODES[index]} ${mine.length}` }];
    mine.push((this.clients[index] as LightClient<DocumentKind>).push.patch(args as never).applied);
  }

  /** Pushes at random times for so many ms. */
  async work(ms: number, random: () => number): Promise<void> {
    for (const end = Date.now() + ms; Date.now() < end; ) {
      this.push(Math.floor(random() * MODES.length));
      await sleep(random() * 120);
    }
  }

  close(): void {
    for (const client of this.clients) client.close();
  }
}

describe('clients of a server that is killed every 2 s, over connections that are cut', () => {
  it(
    '[Q1] [Q3] [D2] [T1] over every transport: each push is applied once, in order, and all end with the server’s state',
    async () => {
      const random = randomFrom(seedOf('chaos'));
      await workerd.start();
      const proxy = new CuttingProxy(workerd.url, random);
      const group = new ClientGroup(await proxy.listen());
      await group.clients[0]?.push.merge({ list: [] }).applied;
      const cutting = setInterval(() => proxy.cut(0.1), 200);
      for (let kill = 0; kill < KILLS; kill += 1) {
        await group.work(KILL_EACH_MS, random);
        await workerd.kill();
        for (let index = 0; index < MODES.length; index += 1) group.push(index);
        await sleep(random() * 300);
        await workerd.start();
      }
      clearInterval(cutting);
      const { clients, pushed } = group;
      await until(() => clients.every(({ status }) => status.pending === 0), 60_000);
      await Promise.all(pushed.flat());
      const answer = await fetch(`${workerd.url}/v1/apps/anonymous/chaos/state`, { headers: { Prefer: 'drain' } });
      const state = (await answer.json()) as { list: string[] };
      for (const [index, mode] of MODES.entries()) {
        const mine = state.list.filter((value) => value.startsWith(`${mode} `));
        expect(mine).toEqual(pushed[index]?.map((_, n) => `${mode} ${n}`));
      }
      expect(state.list.length).toBe(pushed.flat().length);
      await until(() => clients.every((client) => JSON.stringify(client.state) === JSON.stringify(state)), 60_000);
      console.info(`${state.list.length} changes, ${KILLS} kills, ${proxy.cuts} cuts, ${group.errors} errors reported`);
      expect(Math.min(proxy.cuts, group.errors)).toBeGreaterThan(KILLS);
      group.close();
      proxy.close();
    },
    RUNS_MS,
  );
});
