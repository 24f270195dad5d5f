import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomFrom, seedOf } from '../support/seed.ts';
import { Workerd } from '../support/servers.ts';
import { Copy } from '../support/transport-copy.ts';
import { pidOf, placeAt, RawWire, residentBytes } from '../support/transport-node.ts';
import type { Change, Place } from '../support/transport-place.ts';
import { type Reader, readBy, TRANSPORTS, type Transport } from '../support/transport-readers.ts';
import { HttpWriter, type Logged, logTrouble, SocketWriter, type Writer } from '../support/transport-writers.ts';
import { sleep } from '../support/wait.ts';

const KILLS = 8;
const SAMPLES = 100;

let workerd: Workerd;

beforeAll(async () => {
  workerd = await Workerd.prepare();
});
afterAll(() => workerd.kill());

/** What every reader waits for in the end. */
const DONE: Change = { name: 'merge', args: { done: true } };

/** Reads by one transport, over as many connections as it takes, until the last change has been seen. */
class Follower {
  readonly transport: Transport;
  readonly copy = new Copy();
  lost = 0;
  resumed = 0;
  readonly #reader: Reader;

  constructor(transport: Transport, place: Place, texts: 'kept' | 'not kept' = 'kept') {
    this.transport = transport;
    this.copy.keepsTexts = texts === 'kept';
    this.#reader = readBy(transport, place, this.copy);
  }

  async run(): Promise<void> {
    let isLost = false;
    while ((this.copy.state as { done?: true } | null)?.done === undefined) {
      const told = await this.#reader.next();
      expect(this.copy.faults).toEqual([]);
      if (told === 'ended') this.lost += 1;
      if (told === 'patch' && isLost) this.resumed += 1;
      if (told !== 'nothing') isLost = told === 'ended';
      if (told === 'nothing' || told === 'ended') await sleep(10);
    }
    this.#reader.cut();
  }
}

/** Some of these are rejected: the test fails, or the list is too short. */
const changeOf = (client: string, n: number): Change => {
  if (n % 3 === 0) return { name: 'merge', args: { [client]: n } };
  const add = { op: 'add', path: '/list/0', value: `${client}:${n}` };
  if (n % 7 === 0) return { name: 'patch', args: [add, { op: 'test', path: '/list', value: null }] };
  return { name: 'patch', args: [n % 3 === 1 ? add : { op: 'remove', path: '/list/5' }] };
};

const work = async (writer: Writer, atOnce: number, isOver: () => boolean): Promise<void> => {
  while (!isOver()) {
    const pushes = Array.from({ length: atOnce }, () => writer.push(changeOf(writer.client, writer.sent.length + 1)));
    await Promise.all(pushes);
  }
};

const wholeLog = async (app: string): Promise<Logged[]> => {
  const log: Logged[] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const answer = await fetch(`${app}/log?after=${after}&limit=500`);
    const { entries, next } = (await answer.json()) as { entries: Logged[]; next?: number };
    log.push(...entries);
    after = next;
  }
  return log;
};

/** All that was seen of each version, by whomever; one version has one content. */
const contents = (followers: readonly Follower[]): Map<number, string> => {
  const texts = new Map<number, string>();
  for (const { version, text } of followers.flatMap(({ copy }) => copy.seen)) {
    expect([version, text]).toEqual([version, texts.get(version) ?? text]);
    texts.set(version, text);
  }
  return texts;
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

describe('kill -9 while everybody is at work', () => {
  it('[T1] [Q1] [Q3] [D1] [V2] [V3] [W6] [W10] no reader goes back, no acknowledged change is lost or comes twice', async () => {
    const random = randomFrom(seedOf('live'));
    const app = `${workerd.url}/v1/apps/me/live`;
    const place = placeAt(app);
    await workerd.start();
    const first = new HttpWriter(place, 'first');
    await first.push({ name: 'merge', args: { list: [], filler: 'x'.repeat(1_000) } });
    const writers = [
      new HttpWriter(place, 'plain'),
      new HttpWriter(place, 'waiting', { Prefer: 'wait=5' }),
      new SocketWriter(place, 'socket-a'),
      new SocketWriter(place, 'socket-b'),
    ];
    const followers = TRANSPORTS.map((transport) => new Follower(transport, place));
    let isOver = false;
    const working = writers.map((writer) => work(writer, writer instanceof SocketWriter ? 8 : 1, () => isOver));
    const following = followers.map((follower) => follower.run());
    for (let kill = 0; kill < KILLS; kill += 1) {
      await sleep(150 + random() * 300);
      await workerd.kill();
      await workerd.start();
    }
    await sleep(300);
    isOver = true;
    await Promise.all(working);
    await first.push(DONE);
    await Promise.all(following);
    for (const writer of writers) writer.close();

    const state = await (await fetch(`${app}/state`, { headers: { Prefer: 'drain' } })).text();
    for (const { copy } of followers) expect([copy.faults, copy.text]).toEqual([[], state]);
    expect(logTrouble(await wholeLog(app), [first, ...writers])).toEqual([]);
    const texts = [...contents(followers)];
    const every = Math.ceil(texts.length / SAMPLES);
    for (const [version, text] of texts.filter((_, index) => index % every === 0)) {
      expect([version, await (await fetch(`${app}/state?at=${version}`)).text()]).toEqual([version, text]);
    }
    for (const { transport, copy, lost, resumed } of followers) {
      console.log(`${transport}: ${copy.seen.length} versions, ${lost} connections lost, ${resumed} resumed by patch`);
      expect(copy.seen.length).toBeGreaterThan(KILLS);
      expect([lost >= KILLS, resumed > 0]).toEqual([true, true]);
    }
    const [repeated, unknown] = [sum(writers.map((each) => each.repeated)), sum(writers.map((each) => each.unknown))];
    const heard = writers.flatMap((each) => [...each.heard.values()]);
    console.log(
      `${sum(writers.map(({ acknowledged }) => acknowledged.size))} acknowledged, ${repeated} repeated, ${unknown} unknown, ${heard.length} outcomes heard, ${heard.filter((each) => each === 'rejected').length} of them rejections`,
    );
    expect([repeated > 0, unknown > KILLS, new Set(heard)]).toEqual([true, true, new Set(['applied', 'rejected'])]);
  });
});

const BIG = 200_000;
const WARM = 60;
/** Fewer than a slow machine makes in 30 s: a stream that has taken nothing for so long is ended. */
const CHANGES = 300;
const MB = 1_000_000;

/** A change that goes to every reader as 200 KB. */
const bigChange = (n: number): Change => ({ name: 'merge', args: { big: `${n}${'y'.repeat(BIG)}`, n } });

describe('readers that do not read', () => {
  it('[V7] [W11] [T1] they cost the server no memory and nobody else anything, and come back to the present', async () => {
    const app = `${workerd.url}/v1/apps/me/slow`;
    const place = placeAt(app);
    await workerd.kill();
    await workerd.start();
    const writer = new HttpWriter(place, 'writer', { Prefer: 'wait=5' });
    await writer.push({ name: 'merge', args: { filler: 'x'.repeat(BIG), more: 'z'.repeat(BIG / 5) } });
    expect(writer.faults).toEqual([]);
    const followers = TRANSPORTS.map((transport) => new Follower(transport, place, 'not kept'));
    const following = followers.map((follower) => follower.run());
    for (let n = 1; n <= WARM; n += 1) await writer.push(bigChange(n));

    const frames: string[] = [];
    const wire = await RawWire.open(app);
    wire.addEventListener('message', ({ data }) => frames.push(String(/"type":"(\w+)"/.exec(String(data))?.[1])));
    const [bySocket, byEvents] = [new Copy(), new Copy()];
    const slow = readBy('socket', { ...place, socket: async () => wire }, bySocket);
    const slower = readBy('events', place, byEvents);
    for (const copy of [bySocket, byEvents]) copy.keepsTexts = false;
    expect([await slow.next(), await slower.next()]).toEqual(['state', 'state']);
    wire.stopReading();

    const pid = pidOf(workerd.url);
    const before = residentBytes(pid);
    const seenBefore = followers.map(({ copy }) => copy.seen.length);
    let most = before;
    for (let n = WARM + 1; n <= WARM + CHANGES; n += 1) {
      await writer.push(bigChange(n));
      most = Math.max(most, residentBytes(pid));
    }
    const seen = followers.map(({ copy }, index) => copy.seen.length - (seenBefore[index] as number));
    console.log(
      `${(CHANGES * BIG) / MB} MB of changes, server from ${Math.round(before / MB)} to at most ${Math.round(most / MB)} MB; ` +
        TRANSPORTS.map((transport, index) => `${transport} saw ${seen[index]}`).join(', '),
    );
    expect(CHANGES * BIG).toBeGreaterThan(50 * MB);
    expect(most - before).toBeLessThan(80 * MB);
    for (const each of seen) expect(each).toBeGreaterThan(CHANGES / 10);

    const present = WARM + CHANGES + 1;
    wire.readOn();
    while (bySocket.version?.version !== present) expect(await slow.next()).not.toBe('ended');
    while (byEvents.version?.version !== present) expect(await slower.next()).not.toBe('ended');
    const sincePaused = frames
      .slice(frames.indexOf('paused') + 1)
      .filter((type) => type === 'state' || type === 'patch');
    console.log(`the slow socket took ${bySocket.seen.length} steps, the slow stream ${byEvents.seen.length}`);
    expect([frames.includes('mark'), frames.filter((type) => type === 'paused'), sincePaused.length]).toEqual([
      true,
      ['paused'],
      1,
    ]);
    for (const { seen: steps } of [bySocket, byEvents]) expect(steps.length).toBeLessThan(CHANGES / 3);

    await writer.push(DONE);
    await Promise.all(following);
    expect([await slow.next(), await slower.next()]).toEqual(['patch', 'patch']);
    const state = await (await fetch(`${app}/state`)).text();
    for (const copy of [bySocket, byEvents, ...followers.map((each) => each.copy)]) {
      expect([copy.faults, copy.text === state]).toEqual([[], true]);
    }
    slow.cut();
    slower.cut();
  });
});
