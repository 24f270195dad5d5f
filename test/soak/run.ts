import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { heapUsed } from '../bench/heap.ts';
import { type Server, startOurs } from '../bench/servers.ts';
import { freePort } from '../support/servers.ts';
import { sleep } from '../support/wait.ts';
import { attacks } from './attacks/attacks.ts';
import { Honest, type Waits } from './honest.ts';

// `npm run soak -- --minutes 30`: honest people beside three hostile clients of one kind after the other, in turns of a
// quiet quarter and a hostile three quarters. Prints what each was answered, what honest people waited for, and the memory
// after each turn. `--together` lets all kinds in at once: how far one thread goes, not how fairly it is shared.

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    /** How often each kind has its turn. */
    rounds: { type: 'string', default: '1' },
    together: { type: 'boolean', default: false },
    /** Only attacks with this in their name. */
    only: { type: 'string', default: '' },
    /** Hostile clients of each kind. */
    each: { type: 'string', default: '3' },
  },
});
const kinds = values.together
  ? [values.only]
  : attacks.map(({ name }) => name).filter((name) => name.includes(values.only));
const turnKinds = Array.from({ length: Number(values.rounds) }, () => kinds).flat();
const TURN_MS = (Number(values.minutes) * 60_000) / turnKinds.length;
/** After hostile clients have left, before memory is read: streams and sockets that nobody reads are let go. */
const SETTLE_MS = 5_000;
/** The rate that `npm run serve` sets. */
const RATE = '200';
/** Honest people may wait three times as long as in quiet, and what no machine notices. */
const SLOWER_MAX = 3;
const NOTICEABLE_MS = 50;

const say = (text: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);
const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

const quantile = (waits: readonly number[], part: number): number =>
  waits.toSorted((a, b) => a - b)[Math.min(waits.length - 1, Math.floor(waits.length * part))] ?? Number.NaN;

const describe = (waits: Waits): string =>
  Object.entries(waits)
    .map(([name, all]) => `${name} ${[0.5, 0.99].map((part) => quantile(all, part).toFixed(1)).join('/')} ms`)
    .join(', ');

/** At the lowest priority: it is not to take the server's CPU. */
const startAttackers = (url: string, kind: string): ChildProcess => {
  const args = ['-n', '19', process.execPath, join(import.meta.dirname, 'attackers.ts'), url, kind, values.each];
  return spawn('nice', args, { stdio: ['ignore', 'pipe', 'inherit'] });
};

const endAttackers = async (attackers: ChildProcess): Promise<void> => {
  let printed = '';
  attackers.stdout?.on('data', (text) => {
    printed += text;
  });
  attackers.kill('SIGTERM');
  await once(attackers, 'close');
  for (const [name, counts] of Object.entries(JSON.parse(printed) as Record<string, Record<string, number>>)) {
    say(`  ${name}: ${JSON.stringify(counts)}`);
  }
};

interface Turn {
  /** Of the hostile clients. */
  readonly kind: string;
  readonly quiet: Waits;
  readonly hostile: Waits;
  /** Bytes after a full collection, and bytes resident. */
  readonly heap: number;
  readonly resident: number;
}

const turn = async (server: Server, inspector: string, honest: Honest, kind: string): Promise<Turn> => {
  await sleep(TURN_MS / 4);
  const quiet = honest.takeWaits();
  say(`quiet: ${describe(quiet)}`);
  const attackers = startAttackers(server.url, kind);
  const { cpu } = server;
  await sleep((TURN_MS * 3) / 4 - SETTLE_MS);
  const hostile = honest.takeWaits();
  const share = (server.cpu - cpu) / 10 / ((TURN_MS * 3) / 4 - SETTLE_MS);
  say(`hostile: ${describe(hostile)}; ${share.toFixed(0)} % of a core, ${mib(server.memory)} resident`);
  await endAttackers(attackers);
  await sleep(SETTLE_MS);
  const heap = await heapUsed(inspector);
  say(`after: heap ${mib(heap)}, ${mib(server.memory)} resident`);
  honest.takeWaits();
  return { kind, quiet, hostile, heap, resident: server.memory };
};

const WAITS = ['accepted', 'visible', 'polled', 'neighbour'] as const;

/** Against all quiet phases together: one of them may have met a busy machine. */
const slowerThan = (turns: readonly Turn[], { kind, hostile }: Turn): string[] =>
  WAITS.flatMap((wait) => {
    const quiet = quantile(
      turns.flatMap((each) => each.quiet[wait]),
      0.5,
    );
    const waited = quantile(hostile[wait], 0.5);
    const isHeld = waited <= Math.max(NOTICEABLE_MS, SLOWER_MAX * quiet);
    return isHeld ? [] : [`${kind}: ${wait} took ${waited.toFixed(1)} ms, ${quiet.toFixed(1)} in quiet`];
  });

/** @returns what did not hold */
const judge = (turns: readonly Turn[], lost: readonly string[], honest: Honest): string[] => [
  ...turns.flatMap((each) => slowerThan(turns, each)),
  ...lost.map((person) => `a change of ${person} was lost`),
  ...(honest.wentBack > 0 ? [`a reader went back ${honest.wentBack} times`] : []),
];

process.env['RATE_REQUESTS_PER_SECOND'] = RATE;
const inspector = `127.0.0.1:${await freePort()}`;
const server = await startOurs([`--inspector-addr=${inspector}`], undefined, ['RATE_REQUESTS_PER_SECOND']);
process.on('exit', () => server.stop());
const honest = await Honest.begin(server.url);
const turns: Turn[] = [];
for (const kind of turnKinds) turns.push(await turn(server, inspector, honest, kind));
const lost = await honest.end();
say(`honest people were refused: ${JSON.stringify(honest.refused)}`);
say(`heap after each turn: ${turns.map(({ heap }) => mib(heap)).join(', ')}`);
say(`resident after each turn: ${turns.map(({ resident }) => mib(resident)).join(', ')}`);
const faults = judge(turns, lost, honest);
for (const fault of faults) say(`NOT HELD: ${fault}`);
say(faults.length === 0 ? 'held' : `${faults.length} did not hold`);
process.exit(faults.length === 0 ? 0 : 1);
