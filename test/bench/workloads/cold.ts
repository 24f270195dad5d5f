import { temporaryFolder } from '../../support/temporary-folder.ts';
import { sleep } from '../../support/wait.ts';
import type { Sent } from '../connection.ts';
import { ITEMS, itemsOf } from '../items.ts';
import { Meter, type Run, send } from '../load.ts';
import { type Server, startBare, startOurs } from '../servers.ts';
import { ITEMS_PER_MB, seed, seedLarge, type Workload } from '../workload.ts';

const COLD = '/v1/apps/bench/cold';
const WARM = '/v1/apps/bench/warm';

interface Sleeper {
  readonly start: (data: string) => Promise<Server>;
  readonly fill: (server: Server) => Promise<void>;
  /** Another object: so that what is measured is not the start of the isolate. */
  readonly warm: Sent;
  readonly ask: Sent;
}

const ours = (items: number): Sleeper => ({
  start: (data) => startOurs([], data),
  fill: async (server) => {
    await seed(server, WARM);
    await seedLarge(server, COLD, items);
  },
  warm: { method: 'GET', path: `${WARM}/state` },
  ask: { method: 'GET', path: `${COLD}/state`, headers: { 'If-None-Match': '*' } },
});

/** The same bytes, in one table. */
const bare = (items: number): Sleeper => ({
  start: startBare,
  fill: async (server) => {
    const body = JSON.stringify({ items: itemsOf(0, items) });
    await send(server, { method: 'PUT', path: '/keep?app=cold', body });
  },
  warm: { method: 'GET', path: '/state' },
  ask: { method: 'GET', path: '/wake?app=cold' },
});

const folders = new Map<Sleeper, string>();

/** A folder that has the large state in it. */
const filled = async (sleeper: Sleeper): Promise<string> => {
  const known = folders.get(sleeper);
  if (known !== undefined) return known;
  const data = temporaryFolder();
  const server = await sleeper.start(data);
  await sleeper.fill(server);
  // An alarm that is still to go off would wake the object before we do.
  await sleep(2_000);
  await server.end();
  folders.set(sleeper, data);
  return data;
};

/** The first answer of an object that has just been brought to life. */
const wake = async (sleeper: Sleeper): Promise<Run> => {
  const server = await sleeper.start(await filled(sleeper));
  await send(server, sleeper.warm);
  const meter = new Meter(server);
  const begun = performance.now();
  const status = await send(server, sleeper.ask);
  if (status >= 400) throw new Error(`answered ${status}`);
  meter.note(performance.now() - begun);
  const run = meter.read();
  await server.end();
  return run;
};

const coldStart = (size: string, items: number, target: number | undefined): Workload => {
  const [mine, theirs] = [ours(items), bare(items)];
  return {
    name: `cold start with ${size} of state, and of log as it comes`,
    against: 'reading and parsing the same bytes from SQLite',
    ...{ target, figures: ['p50'] },
    ours: () => wake(mine),
    other: () => wake(theirs),
  };
};

export const coldWorkloads: readonly Workload[] = [
  coldStart('10 kB', ITEMS, undefined),
  coldStart('1 MB', ITEMS_PER_MB, undefined),
  coldStart('10 MB', 10 * ITEMS_PER_MB, 0.77),
];
