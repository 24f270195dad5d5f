import { describe, expect, it } from 'vitest';
import { createClient } from '../../../src/client/client.ts';
import type { LightClient } from '../../../src/client/client-api.ts';
import { createLightClient, type LightClientOptions } from '../../../src/client/light-client.ts';
import { type ClientStorage, memoryStorage } from '../../../src/client/storage/storage.ts';
import { randomFrom, seedOf } from '../../support/seed.ts';
import { Clock, Page } from './support/clock.ts';
import { type Fate, networkTo } from './support/network.ts';
import { notes } from './support/notes.ts';
import { ServerDouble } from './support/server.ts';
import { socketTo } from './support/socket-double.ts';

const HISTORIES = Number(process.env['HISTORIES'] ?? 200);

/** Counts of the events in all histories together: a count of 0 would mean that the test has tested nothing. */
const NO_EVENTS = {
  lost: 0,
  twice: 0,
  repeats: 0,
  batches: 0,
  rejectedBatches: 0,
  patches: 0,
  kills: 0,
  rejected: 0,
  refused: 0,
  applied: 0,
  offline: 0,
  cuts: 0,
  live: 0,
};

type EventCounts = typeof NO_EVENTS;

/** The client that the browsers of a history run. */
type ClientKind = 'full' | 'light';

interface Tracked {
  readonly id: string;
  /** Neither refused nor rejected. */
  readonly isGood: boolean;
  /** The ids of the changes that were pushed together. */
  unit: readonly string[];
  /** Whether the promise `confirmed` has resolved. */
  isContained: boolean;
  outcome: 'open' | 'applied' | 'rejected' | 'lost with its tab';
}

type Handle = { readonly applied: Promise<unknown>; readonly confirmed: Promise<unknown> };
type PushByName = Record<string, (args: unknown) => Handle>;

interface BrowserOptions {
  readonly kind: ClientKind;
  readonly counts: EventCounts;
  readonly fate: () => Fate;
}

/** One browser: a page that may be killed and opened again over the same storage. */
class Browser {
  readonly storage: ClientStorage = memoryStorage();
  readonly tracked: Tracked[] = [];
  readonly flickers: string[] = [];
  readonly #name: string;
  readonly #server: ServerDouble;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #fate: () => Fate;
  readonly #kind: ClientKind;
  readonly #counts: EventCounts;
  page: Page;
  client: LightClient<typeof notes>;
  #made = 0;
  #latest = -1;

  constructor(name: string, server: ServerDouble, clock: Clock, random: () => number, options: BrowserOptions) {
    this.#name = name;
    this.#server = server;
    this.#clock = clock;
    this.#random = random;
    this.#fate = options.fate;
    this.#kind = options.kind;
    this.#counts = options.counts;
    this.page = new Page(clock, random);
    this.client = this.#open();
  }

  push(): void {
    const made = this.#make();
    this.#track([made], (this.client.push as unknown as PushByName)[made.name]?.({ id: made.id }));
  }

  /** Pushes up to four changes as one. */
  pushBatch(): void {
    const made = Array.from({ length: 1 + Math.floor(this.#random() * 4) }, () => this.#make());
    const handle = this.client.batch((push) => {
      for (const { name, id } of made) (push as unknown as PushByName)[name]?.({ id });
    });
    this.#track(made, handle);
    this.#counts.batches += 1;
  }

  #make(): { readonly id: string; readonly name: string } {
    this.#made += 1;
    const mood = this.#random();
    return {
      id: `${this.#name}-${this.#made}${mood < 0.1 ? '!' : ''}`,
      name: mood > 0.93 ? 'bad name' : 'note',
    };
  }

  #track(made: readonly { readonly id: string; readonly name: string }[], handle: Handle | undefined): void {
    const unit = made.map(({ id }) => id);
    const isGood = made.every(({ id, name }) => name === 'note' && !id.endsWith('!'));
    const tracked = unit.map((id): Tracked => ({ id, unit, outcome: 'open', isContained: false, isGood }));
    this.tracked.push(...tracked);
    const end = (outcome: 'applied' | 'rejected') => () => {
      for (const each of tracked) if (each.outcome === 'open') each.outcome = outcome;
    };
    handle?.applied.then(end('applied'), end('rejected'));
    const { client, page } = this;
    handle?.confirmed.then(
      () => {
        for (const each of tracked) each.isContained = true;
        const missing = unit.filter((id) => !client.confirmed?.list.includes(id));
        if (!page.isDead && missing.length > 0) this.flickers.push(`${missing} is said to be confirmed`);
      },
      () => undefined,
    );
  }

  /** The tab is killed, and another one is opened over its storage. */
  async reopen(): Promise<void> {
    this.page.isDead = true;
    for (const each of this.tracked) {
      if (each.outcome === 'open') each.outcome = 'lost with its tab';
      // No promise of that tab is kept any more.
      each.isContained = true;
    }
    this.#counts.kills += 1;
    await this.#clock.pass(100);
    this.page = new Page(this.#clock, this.#random);
    this.client = this.#open();
    await this.client.ready;
  }

  #open(): LightClient<typeof notes> {
    const page = this.page;
    this.#latest = -1;
    const client = this.#kind === 'full' ? this.#openFull(page) : this.#openLight(page);
    client.subscribeStatus(({ version = -1 }) => {
      if (page.isDead) return;
      if (version < this.#latest) this.flickers.push(`went back from ${this.#latest} to ${version}`);
      this.#latest = version;
    });
    client.subscribe(
      (state) => state,
      ({ list }) => this.#checkShown(page, list),
    );
    return client;
  }

  #openFull(page: Page): LightClient<typeof notes> {
    const transport = (['poll', 'long-poll', 'auto', 'socket'] as const)[Math.floor(this.#random() * 4)] ?? 'poll';
    const [server, clock] = [this.#server, this.#clock];
    return createClient({
      ...this.#common(page),
      definition: notes,
      transport,
      storage: this.storage,
      WebSocket: socketTo(server, clock, { random: this.#random, isDead: () => page.isDead, counts: this.#counts }),
    });
  }

  #openLight(page: Page): LightClient<typeof notes> {
    const transport = this.#random() < 0.5 ? 'poll' : 'long-poll';
    return createLightClient<typeof notes>({ ...this.#common(page), transport });
  }

  #common(page: Page): LightClientOptions {
    const network = networkTo(this.#server, this.#clock, {
      fate: this.#fate,
      delay: () => 1 + Math.floor(this.#random() * 80),
    });
    return {
      url: 'http://double.test',
      application: 'alice/notes',
      environment: page.environment,
      fetch: (input, init) => (page.isDead ? new Promise(() => undefined) : network(input, init)),
    };
  }

  /** Each pushed change must show until it is refused or rejected. */
  #checkShown(page: Page, list: readonly string[]): void {
    // The light client shows what is confirmed.
    if (page.isDead || this.#kind === 'light') return;
    for (const { id, outcome, isGood } of this.tracked) {
      const mustShow = isGood && (outcome === 'open' || outcome === 'applied');
      if (mustShow && !list.includes(id)) this.flickers.push(`${id} has disappeared`);
    }
  }
}

const runHistory = async (seed: number, kind: ClientKind, counts: EventCounts): Promise<void> => {
  const random = randomFrom(seed);
  const [clock, server] = [new Clock(), new ServerDouble(notes)];
  let faultRate = 0.35;
  const fate = (): Fate => {
    if (random() > faultRate) return 'fine';
    const result =
      (['request lost', 'answer lost', 'twice', 'unavailable', 'not ours'] as const)[Math.floor(random() * 5)] ??
      'fine';
    if (result.endsWith('lost')) counts.lost += 1;
    if (result === 'twice') counts.twice += 1;
    return result;
  };
  const browsers = ['a', 'b'].map((name) => new Browser(name, server, clock, random, { kind, counts, fate }));
  const steps = 20 + Math.floor(random() * 40);
  for (let step = 0; step < steps; step += 1) {
    const browser = browsers[Math.floor(random() * browsers.length)] as Browser;
    const dice = random();
    if (dice < 0.45) browser.push();
    else if (dice < 0.55) browser.pushBatch();
    else if (dice < 0.62) {
      browser.page.set({ isOnline: false });
      counts.offline += 1;
    } else if (dice < 0.72) browser.page.set({ isOnline: true });
    else if (dice < 0.76) browser.page.set({ visibility: random() < 0.5 ? 'hidden' : 'visible' });
    else if (dice < 0.8) server.isBusy = !server.isBusy;
    else if (dice < 0.85) server.drain();
    else if (dice < 0.88) await browser.reopen();
    else await clock.pass(Math.floor(random() * 1_500));
  }
  // Then all faults end: everything that was pushed must be applied without any further call.
  faultRate = 0;
  server.isBusy = false;
  server.drain();
  for (const { page } of browsers) page.set({ isOnline: true, visibility: 'visible' });
  await clock.until(() => browsers.every(({ client }) => client.status.pending === 0));
  await clock.until(() =>
    browsers.every(({ client }) => JSON.stringify(client.state) === JSON.stringify(server.state)),
  );
  await clock.until(() => browsers.every(({ tracked }) => tracked.every(({ outcome }) => outcome !== 'open')));
  await clock.until(() =>
    browsers.every(({ tracked }) => tracked.every((each) => each.isContained || each.outcome !== 'applied')),
  );

  const applied = server.applied.map(({ args }) => (args as { id: string }).id);
  expect(new Set(applied).size).toBe(applied.length);
  for (const { tracked, client, flickers } of browsers) {
    const pushed = tracked.map(({ id }) => id);
    const mine = applied.filter((id) => pushed.includes(id));
    // In the order in which they were pushed, each with the outcome of its promise.
    expect(mine).toEqual(pushed.filter((id) => mine.includes(id)));
    for (const { id, outcome } of tracked) {
      if (outcome === 'applied') expect(mine).toContain(id);
      if (outcome === 'rejected') expect(mine).not.toContain(id);
      if (outcome === 'rejected') counts[id.endsWith('!') ? 'rejected' : 'refused'] += 1;
    }
    for (const { unit } of tracked) expectWhole(unit, server);
    counts.rejectedBatches += tracked.filter(({ unit, outcome }) => unit.length > 1 && outcome === 'rejected').length;
    counts.applied += mine.length;
    expect(flickers).toEqual([]);
    client.close();
  }
  for (const { args } of server.log) expect((args as { id: string }).id).not.toBe('');
  expect(server.pushesMost).toBeLessThanOrEqual(browsers.length * 3);
  counts.repeats += server.seen.repeats;
  counts.patches += server.seen.patches;
  await clock.pass(120_000);
  expect(clock.pending).toBe(0);
};

/** A batch was accepted as one, and applied as a whole or not at all. */
const expectWhole = (unit: readonly string[], server: ServerDouble): void => {
  const idOf = (args: unknown): string => (args as { id: string }).id;
  const accepted = server.log.filter(({ args }) => unit.includes(idOf(args)));
  if (accepted.length === 0) return;
  const first = accepted[0]?.seq ?? 0;
  expect(accepted.map(({ args, seq }) => [idOf(args), seq])).toEqual(unit.map((id, index) => [id, first + index]));
  expect(new Set(accepted.map(({ ticket }) => ticket.status)).size).toBe(1);
};

interface Restores {
  times: number;
  arrived: number;
}

/** The same with restores in between. They undo applied changes, so promises from before a restore are not checked. */
const runWithRestores = async (seed: number, kind: ClientKind, restores: Restores): Promise<void> => {
  const counts = { ...NO_EVENTS };
  const random = randomFrom(seed);
  const [clock, server] = [new Clock(), new ServerDouble(notes)];
  let faultRate = 0.3;
  const fate = (): Fate =>
    random() > faultRate
      ? 'fine'
      : ((['request lost', 'answer lost', 'unavailable'] as const)[Math.floor(random() * 3)] ?? 'fine');
  const browsers = ['a', 'b'].map((name) => new Browser(name, server, clock, random, { kind, counts, fate }));
  let open: Tracked[] = [];
  for (let step = 0; step < 40; step += 1) {
    const browser = browsers[Math.floor(random() * browsers.length)] as Browser;
    const dice = random();
    if (dice < 0.4) browser.push();
    else if (dice < 0.5) browser.pushBatch();
    else if (dice < 0.6) browser.page.set({ isOnline: random() < 0.6 });
    else if (dice < 0.65) server.isBusy = !server.isBusy;
    else if (dice < 0.7) await browser.reopen();
    else if (dice < 0.75) {
      server.restore(Math.floor(random() * (server.version + 1)));
      restores.times += 1;
      // Changes that were never accepted: they must arrive, whatever was undone.
      const isUnsent = ({ id, outcome, isGood }: Tracked): boolean =>
        outcome === 'open' && isGood && !server.everAccepted.has(JSON.stringify({ id }));
      open = browsers.flatMap(({ tracked }) => tracked.filter(isUnsent));
    } else await clock.pass(Math.floor(random() * 1_500));
  }
  faultRate = 0;
  server.isBusy = false;
  server.drain();
  for (const { page } of browsers) page.set({ isOnline: true });
  await clock.until(() => browsers.every(({ client }) => client.status.pending === 0));
  await clock.until(() =>
    browsers.every(({ client }) => JSON.stringify(client.state) === JSON.stringify(server.state)),
  );
  await clock.until(() => browsers.every(({ tracked }) => tracked.every(({ outcome }) => outcome !== 'open')));
  const applied = server.applied.map(({ args }) => (args as { id: string }).id);
  expect(new Set(applied).size).toBe(applied.length);
  for (const { tracked } of browsers) for (const { unit } of tracked) expectWhole(unit, server);
  for (const { id, outcome } of open) {
    if (outcome === 'lost with its tab') continue;
    expect([id, outcome, applied.includes(id)]).toEqual([id, 'applied', true]);
    restores.arrived += 1;
  }
  for (const { client, flickers } of browsers) {
    expect(flickers.filter((each) => each.includes('confirmed'))).toEqual([]);
    client.close();
  }
};

describe.each(['full', 'light'] as const)('random histories of the %s client', (kind) => {
  it('[L6] [S11] with restores in between: nothing is applied twice, and every unsent change arrives', async () => {
    const seed = seedOf(`${kind} client histories with restores`);
    const restores = { times: 0, arrived: 0 };
    for (let history = 0; history < HISTORIES; history += 1) {
      await runWithRestores(seed + history, kind, restores).catch((error: unknown) => {
        throw new Error(`SEED=${seed + history} (history ${history})`, { cause: error });
      });
    }
    console.log(JSON.stringify(restores));
    expect(restores.times).toBeGreaterThan(HISTORIES);
    expect(restores.arrived).toBeGreaterThan(HISTORIES / 2);
  }, 300_000);

  it('[Q1] [Q2] [Q3] [T1] with lost and repeated requests, kills and cuts: each change is applied once, in order, and shows', async () => {
    const seed = seedOf(`${kind} client histories`);
    const counts = { ...NO_EVENTS };
    for (let history = 0; history < HISTORIES; history += 1) {
      await runHistory(seed + history, kind, counts).catch((error: unknown) => {
        throw new Error(`SEED=${seed + history} (history ${history})`, { cause: error });
      });
    }
    console.log(JSON.stringify(counts));
    const { cuts: _, live: __, ...always } = counts;
    for (const [what, times] of Object.entries(kind === 'full' ? counts : always))
      expect([what, times > 0]).toEqual([what, true]);
  }, 300_000);
});
