import { randomBytes } from 'node:crypto';
import { freePort } from '../support/servers.ts';
import { sleep } from '../support/wait.ts';
import { heapUsed } from './heap.ts';
import { startOurs } from './servers.ts';
import { MERGE } from './workload.ts';

// `node test/bench/memory.ts 15 30`: the memory that backup, restore, fork, diff and import take with a state of 15 MB and a
// log of 30 MB, beyond what the loaded application takes. What is held is read after full collections while it goes on; the
// peak of the process is the kernel's, with garbage and SQLite's pages.

const [, , stateMb = '15', logMb = '30'] = process.argv;
const APP = '/v1/apps/bench/large';
const MB = 1_000_000;
/** One change may have so many bytes. */
const VALUE_BYTES = 200_000;

const inspector = `127.0.0.1:${await freePort()}`;
const server = await startOurs([`--inspector-addr=${inspector}`]);
process.on('exit', () => server.stop());

const call = (method: string, path: string, body?: BodyInit, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${server.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${server.token}`, ...headers },
    ...(body === undefined ? {} : { body, duplex: 'half' }),
  } as RequestInit);

const expectOk = async (answer: Response): Promise<Response> => {
  if (!answer.ok) throw new Error(`answered ${answer.status} ${await answer.text()}`);
  return answer;
};

let n = 0;
/** Items of 200 bytes under a key, as rows of a table are; each time others. */
const write = async (key: number): Promise<void> => {
  n += 1;
  const items = Array.from({ length: VALUE_BYTES / 250 }, (_, index) => ({
    id: `${key}-${index}`,
    value: randomBytes(100).toString('hex'),
  }));
  const body = JSON.stringify({ [`part${key}`]: items });
  await expectOk(await call('PUT', `${APP}/changes/filler/${n}`, body, { ...MERGE, Prefer: 'wait=20' })).then((a) =>
    a.text(),
  );
};

// workerd's inspector answers only while requests come.
setInterval(() => void fetch(`${server.url}/healthz`).catch(() => undefined), 25).unref();

const mb = (bytes: number): string => `${(bytes / MB).toFixed(1)} MB`;

const measure = async (name: string, work: () => Promise<unknown>): Promise<void> => {
  const before = await heapUsed(inspector);
  server.forgetHighest();
  const resident = server.memory;
  let [held, isOver] = [before, false];
  const working = work().finally(() => {
    isOver = true;
  });
  while (!isOver) {
    // While it computes the inspector may not answer in time.
    held = Math.max(held, await heapUsed(inspector).catch(() => 0));
    await Promise.race([working, sleep(20)]);
  }
  await working;
  const after = await heapUsed(inspector);
  console.log(
    `${name}: held ${mb(held - before)} more, process ${mb(server.highestMemory - resident)} more, after it ${mb(after - before)} ` +
      `(heap before ${mb(before)})`,
  );
};

const parts = Math.ceil((Number(stateMb) * MB) / (VALUE_BYTES * 0.96));
await expectOk(await call('PUT', APP, '{"kind":"document"}', { 'Content-Type': 'application/json' }));
for (let key = 0; key < parts; key += 1) await write(key);
for (let written = 0; written < Number(logMb) * MB; written += VALUE_BYTES) await write(n % parts);
const info = (await (await call('GET', APP)).json()) as { version: number; history: { oldest: number } };
const { oldest } = info.history;
const read = async (answer: Response): Promise<void> => void (await (await expectOk(answer)).arrayBuffer());
const get = async (rest: string): Promise<void> => read(await call('GET', `${APP}${rest}`));
const post = async (rest: string, body: object): Promise<void> =>
  read(await call('POST', `${APP}${rest}`, JSON.stringify(body), { 'Content-Type': 'application/json' }));
const NDJSON = { 'Content-Type': 'application/x-ndjson' };

await measure('state', () => get('/state'));
await measure('backup', () => get('/export'));
const backup = await (await call('GET', `${APP}/export`)).blob();
console.log(`the backup has ${mb(backup.size)}`);
await measure('state of the oldest version', () => get(`/state?at=${oldest}`));
await measure('diff from the oldest', () => get(`/diff?from=${oldest}`));
await measure('fork of now', () => post('/fork', { to: 'bench/fork-of-now' }));
await measure('fork of the oldest', () => post('/fork', { to: 'bench/fork-of-then', version: oldest }));
await measure('restore of the oldest', () => post('/restore', { version: oldest }));
await measure('restore of a backup', async () => read(await call('POST', `${APP}/restore`, backup, NDJSON)));
await measure('import of a backup', async () => read(await call('PUT', `${APP}/import`, backup, NDJSON)));
server.stop();
process.exit();
