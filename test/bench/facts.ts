import { freePort } from '../support/servers.ts';
import { sleep } from '../support/wait.ts';
import { clientFacts } from './client-facts.ts';
import { drains } from './drains.ts';
import { heapUsed } from './heap.ts';
import { openSocket, overHttp, send } from './load.ts';
import { revocations } from './revocations.ts';
import { type Server, startOurs } from './servers.ts';
import { APP, CAREFUL_MS, freshClient, ITEMS_PER_MB, MERGE, patchOf, type Servers, seedLarge } from './workload.ts';
import { LARGE } from './workloads/sizes.ts';

/** A number that is compared with nothing. */
export interface Fact {
  readonly name: string;
  readonly value: string;
}

const SOCKETS = 1_000;
const CHANGES = 400;
const GAP_MS = 5;
const IDLE_MS = 15_000;
const HOURS_PER_DAY_MS = 86_400_000;

const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

interface Cost {
  readonly requests: number;
  readonly alarms: number;
  readonly rowsWritten: number;
}

const costOf = async ({ url, token }: Server, app: string): Promise<Cost> => {
  const answer = await fetch(url + app, { headers: { Authorization: `Bearer ${token}` } });
  return ((await answer.json()) as { cost: Cost }).cost;
};

/**
 * One object with 10 MB of state and 1,000 readers that all hear 200 changes a second; then nothing at all. In a process
 * of its own: what others have left in memory says nothing.
 */
const crowd = async (): Promise<Fact[]> => {
  const inspector = `127.0.0.1:${await freePort()}`;
  const server = await startOurs([`--inspector-addr=${inspector}`]);
  const app = LARGE['10 MB'];
  await seedLarge(server, app, 10 * ITEMS_PER_MB);
  const before = server.memory;
  const sockets = [];
  for (let index = 0; index < SOCKETS; index += 1)
    sockets.push(await openSocket(server, `${app}/socket`, () => undefined));
  for (const socket of sockets) socket.send('{"type":"subscribe","path":"/items/item-1"}');
  await sleep(CAREFUL_MS);
  const opened = server.memory;
  const client = freshClient();
  for (let n = 1; n <= CHANGES; n += 1) {
    const path = `${app}/changes/${client}/${n}`;
    await send(server, {
      method: 'PUT',
      path,
      headers: MERGE,
      body: patchOf(1).replace(/\d{7}/, String(2_000_000 + n)),
    });
    await sleep(GAP_MS);
  }
  const busy = server.memory;
  const heap = await heapUsed(inspector);
  const idle = await idleness(server, app);
  for (const socket of sockets) socket.close();
  server.stop();
  return [
    { name: 'memory of the process (resident), 10 MB of state', value: mb(before) },
    { name: `the same with ${SOCKETS} sockets open`, value: mb(opened) },
    { name: `the same after ${CHANGES} changes that each socket was sent`, value: mb(busy) },
    { name: 'of that, what JavaScript uses after a collection', value: mb(heap) },
    ...idle,
  ];
};

/** What a day of silence costs, from some seconds of it. */
const idleness = async (server: Server, app: string): Promise<Fact[]> => {
  const cost = await costOf(server, app);
  const cpu = server.cpu;
  await sleep(IDLE_MS);
  const spent = server.cpu - cpu;
  const after = await costOf(server, app);
  // Asking is a request of its own; when the object has slept meanwhile, the first of the two is forgotten [C1].
  const requests = Math.max(0, after.requests - cost.requests - 1);
  const counts = `${requests} requests, ${after.rowsWritten - cost.rowsWritten} rows, ${after.alarms - cost.alarms} alarms`;
  const day = (spent / IDLE_MS) * (HOURS_PER_DAY_MS / 1e6);
  return [
    {
      name: `idle for ${IDLE_MS / 1_000} s with ${SOCKETS} sockets`,
      value: `${counts}; ${day.toFixed(0)} s of CPU a day`,
    },
  ];
};

const BATCHES = 3_000;
const BATCH = 100;

/** What reaches the disk for each change, checkpoints included. */
const written = async (server: Server, app: string, size: string): Promise<Fact[]> => {
  const client = freshClient();
  const before = server.written;
  let index = 0;
  let bytes = 0;
  let longest = 0;
  const body = (n: number): string => {
    const changes = Array.from({ length: BATCH }, (_, i) => `{"name":"merge","args":${patchOf(n + i)}}`);
    return `{"n":${n},"changes":[${changes}]}`;
  };
  while (index < BATCHES) {
    const text = body(index * BATCH + 1);
    bytes += text.length;
    index += 1;
    const headers = { 'Content-Type': 'application/json' };
    const begun = performance.now();
    const status = await send(server, { method: 'PUT', path: `${app}/changes/${client}`, headers, body: text });
    longest = Math.max(longest, performance.now() - begun);
    if (status >= 400) throw new Error(`answered ${status}`);
  }
  await overHttp(server, { connections: 1, ms: 50 }, () => ({
    method: 'GET',
    path: `${app}/state?path=/items/item-1`,
  }));
  const each = (server.written - before) / (BATCHES * BATCH);
  const sent = bytes / (BATCHES * BATCH);
  return [
    {
      name: `bytes that reach the disk for each change of ${Math.round(sent)} bytes, in batches, at ${size}`,
      value: `${Math.round(each)} (${(each / sent).toFixed(1)} times)`,
    },
    {
      name: `the longest that one of these ${BATCHES} batches took, checkpoints included, at ${size}`,
      value: `${Math.round(longest)} ms`,
    },
  ];
};

export const facts = async ({ large }: Servers): Promise<Fact[]> => [
  ...drains(),
  ...(await clientFacts()),
  ...(await written(large, APP, '10 kB')),
  ...(await written(large, LARGE['10 MB'], '10 MB')),
  ...(await crowd()),
  ...(await revocations()),
];
