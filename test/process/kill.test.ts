import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { positionIn } from '../support/position.ts';
import { randomFrom, seedOf } from '../support/seed.ts';
import { Workerd } from '../support/servers.ts';
import { sleep, until } from '../support/wait.ts';

const KILLS = 12;
const CLIENTS = 8;
/** Changes that are acknowledged in each life at least, however slow the machine is. */
const ACKNOWLEDGED_MIN = 15;
const MERGE = { 'Content-Type': 'application/json-patch+json' };

let workerd: Workerd;

beforeAll(async () => {
  workerd = await Workerd.prepare();
});
afterAll(() => workerd.kill());

interface Acknowledged {
  readonly name: string;
  readonly seq: number;
}

/** Pushes until told to stop; what was not answered is sent again under the same n. */
class Pusher {
  readonly acknowledged: Acknowledged[] = [];
  repeated = 0;
  unknown = 0;
  #n = 1;
  readonly #url: string;
  readonly #client: string;

  constructor(url: string, client: string) {
    this.#url = url;
    this.#client = client;
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const receipt = await this.#push().catch(() => undefined);
      if (receipt === undefined) {
        this.unknown += 1;
        await sleep(20);
        continue;
      }
      if (receipt.repeated) this.repeated += 1;
      this.acknowledged.push({ name: `${this.#client}:${this.#n}`, seq: receipt.seq });
      this.#n += 1;
    }
  }

  async #push(): Promise<{ seq: number; repeated?: true }> {
    const body = JSON.stringify([{ op: 'add', path: '/list/-', value: `${this.#client}:${this.#n}` }]);
    const url = `${this.#url}/changes/${this.#client}/${this.#n}`;
    const answer = await fetch(url, { method: 'PUT', headers: MERGE, body, signal: AbortSignal.timeout(5_000) });
    if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { seq: number };
  }
}

const acknowledgedBy = (pushers: readonly Pusher[]): Acknowledged[] =>
  pushers.flatMap(({ acknowledged }) => acknowledged);

describe('kill -9', () => {
  it('[Q1] [Q3] [Q5] [D1] [D2] every acknowledged change is applied exactly once, in the order of its seq', async () => {
    const seed = seedOf('kill');
    const random = randomFrom(seed);
    const app = `${workerd.url}/v1/apps/me/killed`;
    await workerd.start();
    const first = await fetch(`${app}/changes/first/1`, {
      method: 'PUT',
      headers: MERGE,
      body: '[{"op":"add","path":"/list","value":[]}]',
    });
    expect(first.status).toBe(202);
    let isOver = false;
    const pushers = Array.from({ length: CLIENTS }, (_, i) => new Pusher(app, `p${i}`));
    const running = pushers.map((pusher) => pusher.run(() => isOver));
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = acknowledgedBy(pushers).length;
      await sleep(50 + random() * 250);
      await until(() => acknowledgedBy(pushers).length >= before + ACKNOWLEDGED_MIN);
      await workerd.kill();
      await workerd.start();
    }
    await sleep(100);
    isOver = true;
    await Promise.all(running);
    await workerd.kill();
    await workerd.start();
    const { list } = (await (await fetch(`${app}/state`, { headers: { Prefer: 'drain' } })).json()) as {
      list: string[];
    };
    const acknowledged = acknowledgedBy(pushers);
    expect(list.length).toBe(new Set(list).size);
    const bySeq = acknowledged.toSorted((a, b) => a.seq - b.seq).map(({ name }) => name);
    expect(list).toEqual(bySeq);
    for (const { acknowledged: own } of pushers) {
      expect(own.every(({ seq }, i) => i === 0 || seq > (own[i - 1] as Acknowledged).seq)).toBe(true);
    }
    // It was no walk in the park: answers were lost, and some lost ones had been taken.
    expect(pushers.reduce((sum, { unknown }) => sum + unknown, 0)).toBeGreaterThan(KILLS);
    console.log(
      `${acknowledged.length} acknowledged, ${KILLS} kills, ${pushers.reduce((s, p) => s + p.repeated, 0)} repeated`,
    );
  });

  it('[D2] what was acknowledged right before a kill is applied after the restart without any request about it', async () => {
    const app = `${workerd.url}/v1/apps/me/silent`;
    const push = { method: 'PUT', headers: { 'Content-Type': 'application/merge-patch+json' } };
    await fetch(`${app}/changes/a/1`, { ...push, body: '{"a":1}', headers: { ...push.headers, Prefer: 'wait=5' } });
    const answer = await fetch(`${app}/changes/a/2`, { ...push, body: '{"a":2}' });
    expect(answer.status).toBe(202);
    await workerd.kill();
    await workerd.start();
    // The list is asked, not the application: that tells it when it has applied something.
    type Listed = { readonly applications: readonly { readonly app: string; readonly version: number }[] };
    await until(async () => {
      const { applications } = (await (await fetch(`${workerd.url}/v1/apps/me`)).json()) as Listed;
      return applications.some(({ app: name, version }) => name === 'silent' && version === 2);
    });
    const state = await fetch(`${app}/state`);
    expect([await state.json(), positionIn(state.headers).queue]).toEqual([{ a: 2 }, 0]);
  });
});
