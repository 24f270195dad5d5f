import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/protocol/json.ts';
import { Api, fresh } from '../support/api.ts';
import { abortAll, evict, hibernate } from '../support/objects.ts';
import { PATIENCE_MS, RUNS_MS } from '../support/patience.ts';
import { positionIn } from '../support/position.ts';
import { seedOf } from '../support/seed.ts';
import { Copy } from '../support/transport-copy.ts';
import type { Change, Place } from '../support/transport-place.ts';
import { type Reader, readBy, TRANSPORTS, type Transport } from '../support/transport-readers.ts';
import { placeOf } from '../support/transport-worker.ts';
import { HttpWriter, type Logged, logTrouble, SocketWriter, type Writer } from '../support/transport-writers.ts';

/** A merge patch, a JSON patch, or a restore of the application from its own backup, which begins an epoch. */
type Scripted =
  | { readonly kind: 'merge'; readonly args: Json }
  | { readonly kind: 'patch'; readonly args: Json }
  | { readonly kind: 'import' };

const merge = (args: Json): Scripted => ({ kind: 'merge', args });
const patch = (...args: Json[]): Scripted => ({ kind: 'patch', args });
const add = (path: string, value: Json): Json => ({ op: 'add', path, value });
const replace = (path: string, value: Json): Json => ({ op: 'replace', path, value });
const remove = (path: string): Json => ({ op: 'remove', path });

const SCRIPT: readonly Scripted[] = [
  merge({ list: [], filler: 'x'.repeat(400) }),
  merge({ title: 'One', author: { name: 'Ada', born: 1815 } }),
  patch(add('/list/-', 'a'), add('/list/-', 'c')),
  patch(add('/list/1', 'b')),
  patch(add('/list/0', { deep: [1, 2, 3] })),
  patch(remove('/list/0')),
  patch(remove('/nothing/here')),
  patch({ op: 'test', path: '/title', value: 'Two' }, add('/half', true)),
  merge({ author: { born: null, died: 1852 } }),
  merge({ ключ: 'значение', 鍵: ['値'], '😀': { '👩‍👩‍👧': 1 } }),
  merge({ 'a/b': 1, 'm~n': 2, '': 3, '~1': 4, ' ': 5, '\u2028': 'a line\u2029break\nand\r\n\r\nmore' }),
  patch(replace('/a~1b', { 'c/d': [] }), add('/a~1b/c~1d/-', 'ü'), remove('/m~0n'), replace('/', 'empty')),
  patch({ op: 'move', from: '/list/2', path: '/list/0' }),
  patch({ op: 'copy', from: '/author', path: '/list/-' }),
  patch({ op: 'move', from: '/list/0', path: '/moved' }),
  merge({ title: 'One' }),
  patch(),
  merge({}),
  merge({ '10': 'ten', '2': 'two', z: 0, '1': 'one' }),
  merge({ title: null }),
  merge({ title: 'Again, and now at the end' }),
  patch(add('/list/99', 'beyond the end')),
  { kind: 'import' },
  patch(add('/list/-', 'after the import')),
  patch(replace('/list', ['p', 'q', 'r', 's', 't'])),
  patch(remove('/list/4'), remove('/list/0'), remove('/list/1')),
  patch(add('/list/1', null), add('/list/1', false), add('/list/1', 1e300), add('/list/1', -0.5)),
  merge({ author: 'no longer an object' }),
  merge({ author: { name: 'an object again' } }),
  merge({ filler: null }),
  merge({ filler: 'y'.repeat(2_000) }),
  patch({ op: 'replace', path: '', value: { list: [1], filler: 'z'.repeat(500) } }),
  patch(add('/list/-', 2), remove('/list/7')),
  merge({ nested: { a: { b: { c: { d: 'e' } } } } }),
  merge({ nested: { a: { b: { c: null, x: [] } } } }),
  merge({ nested: { a: { b: { x: null } } } }),
  patch({ op: 'copy', from: '/nested', path: '/nested/a/again' }),
  patch({ op: 'move', from: '/nested/b', path: '/nested/c' }),
  { kind: 'import' },
  merge(['an array', 'as the root']),
  patch(add('/0', 'first')),
  merge({ back: 'to an object' }),
  patch(remove('/back')),
];

const TYPES = { merge: 'application/merge-patch+json', patch: 'application/json-patch+json' };
const NDJSON = { 'Content-Type': 'application/x-ndjson' };

/** Plays one line of the script. */
const play = async (api: Api, n: number, scripted: Scripted): Promise<number> => {
  if (scripted.kind === 'import') {
    const backup = (await api.call('GET', '/export')).text;
    return (await api.call('PUT', '/import', backup, NDJSON)).status;
  }
  const { kind, args } = scripted;
  return (await api.call('PUT', `/changes/writer/${n}`, args, { 'Content-Type': TYPES[kind] })).status;
};

/** A version and its content; epochs have other names in each application, so they are counted. */
type Line = readonly [epoch: number, version: number, text: string];

const transcript = (
  versions: readonly { readonly epoch: string; readonly version: number; readonly text: string }[],
): Line[] => {
  const epochs = [...new Set(versions.map(({ epoch }) => epoch))];
  return versions.map(({ epoch, version, text }) => [epochs.indexOf(epoch), version, text]);
};

/** Plays the script to a reader: what it saw, and what a full `GET` said after each line. */
const playTo = async (transport: Transport): Promise<{ copy: Copy; seen: Line[]; full: Line[] }> => {
  const path = fresh(`owner-${crypto.randomUUID()}`);
  const api = new Api(path);
  await api.create('document');
  const copy = new Copy();
  const reader = readBy(transport, await placeOf(path), copy);
  const full = [];
  await reader.next();
  let n = 0;
  for (const [line, scripted] of [undefined, ...SCRIPT].entries()) {
    // Who can wait waits already when the change comes.
    const waiting = transport === 'poll' || scripted === undefined ? undefined : reader.next();
    if (scripted !== undefined) {
      if (scripted.kind !== 'import') n += 1;
      expect([line, await play(api, n, scripted)]).toEqual([line, scripted.kind === 'import' ? 200 : 202]);
    }
    await waiting;
    const { headers, text } = await api.state({ Prefer: 'drain' });
    const etag = headers.get('ETag') as string;
    while (copy.etag !== etag && copy.faults.length === 0) await reader.next();
    expect(copy.faults).toEqual([]);
    const version = copy.version as { epoch: string; version: number };
    full.push({ ...version, text });
  }
  reader.cut();
  return { copy, seen: transcript(copy.seen), full: transcript(full) };
};

describe('four transports', () => {
  it('[T1] [S4] [V3] [W6] one script, four transports: the same versions with the same content', async () => {
    const played = await Promise.all(TRANSPORTS.map(playTo));
    for (const [index, { copy, seen, full }] of played.entries()) {
      console.info(
        `${TRANSPORTS[index]}: ${seen.length} versions, ${copy.seen.filter(({ how }) => how === 'patch').length} by patch`,
      );
      expect(seen).toEqual(full);
      expect(seen).toEqual(played[0]?.seen);
      expect(seen).toHaveLength(SCRIPT.length + 1);
      expect(new Set(copy.seen.map(({ how }) => how)).size).toBe(2);
    }
    // Both kinds of step, three epochs.
    expect(new Set(played[0]?.seen.map(([epoch]) => epoch)).size).toBe(3);
  });
});

const SEED = seedOf('transports');
const HISTORIES = 20;

/** What happens to the application between two looks of the reader. */
type Turn = 'nothing' | 'evict' | 'hibernate' | 'abort' | 'import' | 'flood';

interface Step {
  /** What the writers push, each at its own pace. */
  readonly pushes: readonly { readonly writer: number; readonly change: Change }[];
  readonly turn: Turn;
  /** Before the next connection or while it is open. */
  readonly when: 'between' | 'during';
  /** How many transports further the reader goes. */
  readonly further: number;
  /** Whether the old connection is cut in the middle of a read, or left open and never read again. */
  readonly leave: 'cut' | 'abandon';
  readonly looks: number;
}

const totals = {
  ...{ observations: 0, compared: 0, outOfReach: 0 },
  ...{ byPatch: 0, byState: 0, epochs: 0, heardAfterSleep: 0 },
  ...{ evict: 0, hibernate: 0, abort: 0, import: 0, flood: 0, nothing: 0, abandoned: 0 },
  ...{ acknowledged: 0, rejected: 0, outcomesHeard: 0 },
};
const cuts = new Map<string, number>(TRANSPORTS.map((transport) => [`cut ${transport}`, 0]));
const switches = new Map<string, number>();
const resumed = new Map<string, number>();

const count = <Key>(counts: Map<Key, number>, key: Key): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

/** One application, its writers, and the one reader that goes from transport to transport. */
class History {
  readonly #api: Api;
  readonly #place: Place;
  readonly #writers: readonly Writer[];
  readonly #copy = new Copy();
  /** One version has one content. */
  readonly #texts = new Map<string, string>();
  readonly #log: Logged[] = [];
  readonly #left: Reader[] = [];
  readonly #abandoned: Reader[] = [];
  #transport: Transport = 'poll';
  #reader: Reader;
  #isFresh = true;
  /** The object has slept since the last read. */
  #isAwoken = false;
  #compared = 0;

  constructor(api: Api, place: Place) {
    this.#api = api;
    this.#place = place;
    this.#writers = [
      new HttpWriter(place, 'plain'),
      new HttpWriter(place, 'waiting', { Prefer: 'wait=5' }),
      new SocketWriter(place, 'socket'),
    ];
    this.#reader = readBy(this.#transport, place, this.#copy);
  }

  /** So that patches are shorter than the state, most of the time. */
  async begin(): Promise<void> {
    const [writer] = this.#writers as readonly [Writer];
    await writer.push({ name: 'merge', args: { list: [], map: {}, filler: 'x'.repeat(400) } });
  }

  async take({ pushes, turn, when, further, leave, looks }: Step): Promise<void> {
    const [early, late] = [pushes.slice(0, pushes.length / 2), pushes.slice(pushes.length / 2)];
    const pushing = await this.#leave(leave, () => this.#push(early));
    if (when === 'between') await this.#turn(turn, pushing);
    this.#goTo(TRANSPORTS[(TRANSPORTS.indexOf(this.#transport) + further) % TRANSPORTS.length] as Transport);
    if (when === 'during') await this.#look().then(() => this.#turn(turn, pushing));
    const more = this.#push(late);
    for (let look = 0; look < looks; look += 1) await this.#look();
    await Promise.all([...pushing, ...more]);
    await this.#readLog();
    await this.#compare();
  }

  async end(): Promise<void> {
    const { headers, text } = await this.#api.state({ Prefer: 'drain' });
    const etag = headers.get('ETag') as string;
    while (this.#copy.etag !== etag && this.#copy.faults.length === 0) await this.#look();
    await this.#compare();
    expect(this.#copy.text).toBe(text);
    await this.#readLog();
    expect(logTrouble(this.#log, this.#writers)).toEqual([]);
    for (const each of [this.#reader, ...this.#left, ...this.#abandoned]) each.cut();
    for (const writer of this.#writers) writer.close();
    totals.acknowledged += this.#log.length;
    totals.rejected += this.#log.filter(({ outcome }) => outcome === 'rejected').length;
    totals.outcomesHeard += this.#writers.reduce((sum, { heard }) => sum + heard.size, 0);
    totals.epochs += new Set(this.#copy.seen.map(({ epoch }) => epoch)).size;
  }

  #push(pushes: Step['pushes']): Promise<void>[] {
    return pushes.map(({ writer, change }) => (this.#writers[writer] as Writer).push(change));
  }

  /** Ends the old connection while changes are on their way to it. */
  async #leave(how: Step['leave'], push: () => Promise<void>[]): Promise<Promise<void>[]> {
    const isOpen = !this.#isFresh && (this.#transport === 'events' || this.#transport === 'socket');
    if (how === 'abandon' && isOpen) {
      totals.abandoned += 1;
      // A socket outlives the sleep of its object, a stream does not: only the one is left alone for good.
      (this.#transport === 'events' ? this.#left : this.#abandoned).push(this.#reader);
      return push();
    }
    const reading = this.#reader.next();
    const pushing = push();
    // Somewhere in the middle: before the request has arrived, or after the answer has left.
    if (pushing.length % 2 === 1) await Promise.race([reading, ...pushing]);
    this.#reader.cut();
    if ((await reading) === 'ended') count(cuts, `cut ${this.#transport}`);
    return pushing;
  }

  async #turn(turn: Turn, pushing: readonly Promise<void>[]): Promise<void> {
    totals[turn] += 1;
    if (turn === 'evict') await this.#letGo(pushing).then(() => evict(this.#api.path));
    if (turn === 'hibernate') {
      await this.#letGo(pushing).then(() => hibernate(this.#api.path));
      this.#isAwoken = true;
    }
    if (turn === 'abort') await abortAll();
    // A backup holds what was accepted before it: whoever pushes meanwhile would push to what goes away.
    if (turn === 'import') await Promise.all(pushing).then(() => this.#import());
    if (turn === 'flood') await this.#flood();
  }

  /** What writes to a stream or holds a request does not sleep; it sees that they are gone when it answers them. */
  async #letGo(pushing: readonly Promise<void>[]): Promise<void> {
    for (const each of this.#left.splice(0)) each.cut();
    if (this.#transport === 'events') this.#hangUp();
    await Promise.all(pushing);
    await (this.#writers[1] as Writer).push({ name: 'merge', args: { turns: totals.evict + totals.hibernate } });
  }

  #hangUp(): void {
    this.#reader.cut();
    this.#isFresh = true;
  }

  async #import(): Promise<void> {
    const backup = (await this.#api.call('GET', '/export')).text;
    await this.#readLog();
    expect((await this.#api.call('PUT', '/import', backup, NDJSON)).status).toBe(200);
  }

  /** More than history keeps: two checkpoints, and what stands behind them. */
  async #flood(): Promise<void> {
    const [writer] = this.#writers as readonly [Writer];
    await writer.push({ name: 'merge', args: { floods: totals.flood } });
    // What is rejected fills the log and leaves the patch short: so that it is history that does not reach.
    const unlike: Json = { op: 'test', path: '/list', value: 'f'.repeat(250_000) };
    for (let n = 1; n <= 9; n += 1) {
      await writer.push({ name: 'patch', args: [unlike] });
      // Each step of it before history forgets it.
      await this.#api.drained();
      await this.#readLog();
    }
  }

  #goTo(transport: Transport): void {
    count(switches, `${this.#transport} to ${transport}`);
    this.#transport = transport;
    this.#reader = readBy(transport, this.#place, this.#copy);
    this.#isFresh = true;
    this.#isAwoken = false;
  }

  /** One read, unless there is nothing to hear and the transport would wait for ever. */
  async #look(): Promise<void> {
    const { epoch, head } = await this.#api.info();
    const { version } = this.#copy;
    const isBehind = version?.epoch !== epoch || version?.version !== head;
    if (!isBehind && this.#transport !== 'poll' && !(this.#transport === 'socket' && this.#isFresh)) return;
    const told = await this.#reader.next();
    if (this.#isAwoken && this.#transport === 'socket' && !this.#isFresh && told !== 'ended')
      totals.heardAfterSleep += 1;
    this.#isAwoken = false;
    const isResumed = this.#isFresh && version !== undefined;
    this.#isFresh = told === 'ended';
    if (isResumed && (told === 'patch' || told === 'state')) count(resumed, `resumed ${this.#transport} by ${told}`);
  }

  /** What was seen since the last time, with what the server says of those versions now. */
  async #compare(): Promise<void> {
    expect(this.#copy.faults).toEqual([]);
    for (const { epoch, version, how, text } of this.#copy.seen.slice(this.#compared)) {
      totals.observations += 1;
      totals[how === 'patch' ? 'byPatch' : 'byState'] += 1;
      const name = `${epoch}.${version}`;
      expect([name, text]).toEqual([name, this.#texts.get(name) ?? text]);
      this.#texts.set(name, text);
      const past = await this.#api.state({}, `?at=${version}`);
      if (positionIn(past.headers).epoch !== epoch || past.status === 410) totals.outOfReach += 1;
      else {
        expect([name, past.status, past.text]).toEqual([name, 200, text]);
        totals.compared += 1;
      }
    }
    this.#compared = this.#copy.seen.length;
  }

  async #readLog(): Promise<void> {
    for (let isMore = true; isMore; ) {
      const { entries, next } = (await this.#api.log(this.#log.at(-1)?.seq ?? 0)).body;
      this.#log.push(...entries);
      isMore = next !== undefined;
    }
  }
}

const keys = fc.constantFrom('a', 'b', 'c', 'ключ', 'a/b', '~', '');
const values = fc.oneof(
  fc.integer(),
  fc.string({ maxLength: 8 }),
  fc.constant({}),
  fc.constant([1, null]),
) as fc.Arbitrary<Json>;
const operations = fc.oneof(
  fc.tuple(fc.constantFrom('/list/-', '/list/0', '/list/1'), values).map(([path, value]) => add(path, value)),
  fc.constantFrom(remove('/list/0'), remove('/list/2'), remove('/nothing/here')),
  fc.constantFrom('/list/0', '/list').map((path) => replace(path, [])),
  fc.constant<Json>({ op: 'move', from: '/list/0', path: '/list/1' }),
  fc.constant<Json>({ op: 'copy', from: '/map', path: '/list/-' }),
  fc.constant<Json>({ op: 'test', path: '/list', value: 'no list' }),
);
const changes = fc.oneof(
  fc
    .tuple(keys, fc.option(values))
    .map(([key, value]) => ({ name: 'merge' as const, args: { map: { [key]: value } } })),
  fc.array(operations, { minLength: 1, maxLength: 3 }).map((args) => ({ name: 'patch' as const, args })),
  fc.integer({ min: 0, max: 9 }).map((length) => ({ name: 'merge' as const, args: { more: 'x'.repeat(10 * length) } })),
) as fc.Arbitrary<Change>;
const turns: fc.Arbitrary<Turn> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom<Turn[]>('nothing', 'evict', 'hibernate', 'hibernate', 'abort') },
  { weight: 4, arbitrary: fc.constant<Turn>('import') },
  { weight: 1, arbitrary: fc.constant<Turn>('flood') },
);
const steps: fc.Arbitrary<Step> = fc.record({
  pushes: fc.array(fc.record({ writer: fc.nat(2), change: changes }), { maxLength: 7, size: 'max' }),
  turn: turns,
  when: fc.constantFrom<Step['when'][]>('between', 'during', 'during'),
  further: fc.integer({ min: 1, max: 3 }),
  leave: fc.constantFrom<Step['leave'][]>('cut', 'cut', 'abandon'),
  looks: fc.integer({ min: 1, max: 3 }),
});

describe('one reader that changes its transport', () => {
  it(
    '[T1] [S8] [S10] [Q1] [Q3] [Q5] [W14] random histories: nothing is lost, nothing comes twice, nothing goes back',
    async () => {
      let histories = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(steps, { minLength: 7, maxLength: 12, size: 'max' }), async (history) => {
          histories += 1;
          // Each as somebody else: requests are limited per subject.
          const path = fresh(`owner-${histories}-${crypto.randomUUID()}`);
          const api = new Api(path);
          await api.create('document');
          const played = new History(api, await placeOf(path));
          await played.begin();
          for (const step of history) await played.take(step);
          await played.end();
        }),
        { seed: SEED, numRuns: HISTORIES, timeout: PATIENCE_MS, endOnFailure: true },
      );
      const all = { ...totals, ...Object.fromEntries([...cuts, ...switches, ...resumed]) };
      console.info(JSON.stringify(all));
      for (const transport of TRANSPORTS) expect([...resumed.keys()]).toContain(`resumed ${transport} by patch`);
      expect([...resumed.keys()].some((name) => name.endsWith('by state'))).toBe(true);
      expect(switches.size).toBe(TRANSPORTS.length * (TRANSPORTS.length - 1));
      for (const [name, total] of Object.entries(all)) expect([name, total > 0]).toEqual([name, true]);
    },
    RUNS_MS,
  );
});
