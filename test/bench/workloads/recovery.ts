import { positionIn } from '../../support/position.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { sleep } from '../../support/wait.ts';
import { Meter, type Run } from '../load.ts';
import { type Server, startOurs } from '../servers.ts';
import { CAREFUL_MS, freshClient, patchOf, seed, type Workload } from '../workload.ts';

const APP = '/v1/apps/bench/recovery';
const QUEUED = 10_000;
const BATCH = 1_000;
const call = async (server: Server, method: string, path: string, rest: RequestInit = {}): Promise<Response> => {
  const headers = { Authorization: `Bearer ${server.token}`, ...rest.headers };
  const answer = await fetch(server.url + APP + path, { ...rest, method, headers });
  const text = await answer.text();
  if (answer.status >= 400) throw new Error(`${answer.status} ${text}`);
  return answer;
};

const JSON_BODY = { 'Content-Type': 'application/json' };

/** Resolves when a full queue has been acknowledged. */
const fill = async (server: Server): Promise<void> => {
  const batches = Array.from({ length: QUEUED / BATCH }, (_, part) => {
    const changes = Array.from({ length: BATCH }, (__, i) => `{"name":"merge","args":${patchOf(part * BATCH + i)}}`);
    return `{"n":1,"changes":[${changes}]}`;
  });
  await Promise.all(
    batches.map((body) => call(server, 'PUT', `/changes/${freshClient()}`, { headers: JSON_BODY, body })),
  );
};

/** From the first request on until everything is applied: changes a second. */
const drained = async (server: Server): Promise<Run> => {
  const meter = new Meter(server);
  const begun = performance.now();
  const { version, head } = positionIn((await call(server, 'GET', '/state')).headers);
  await call(server, 'GET', '/state', { headers: { Prefer: 'drain' } });
  const passed = performance.now() - begun;
  meter.note(passed, head - version);
  console.error(`recovery: ${head - version} changes in ${Math.round(passed)} ms`);
  return meter.read();
};

/** A server with a small state that is past its careful beginning [D12]. */
const warm = async (data: string): Promise<Server> => {
  const server = await startOurs([], data);
  await seed(server, APP);
  await sleep(CAREFUL_MS);
  return server;
};

const afterKill = async (): Promise<Run> => {
  const data = temporaryFolder();
  const server = await warm(data);
  await fill(server);
  await server.kill();
  const next = await startOurs([], data);
  const run = await drained(next);
  await next.end();
  return run;
};

const undisturbed = async (): Promise<Run> => {
  const server = await warm(temporaryFolder());
  await fill(server);
  const run = await drained(server);
  await server.end();
  return run;
};

/** Recovery of a full queue, whose changes are suspects [D5]. */
export const recoveryWorkloads: readonly Workload[] = [
  {
    name: 'recovery of 10,000 queued changes after SIGKILL',
    against: 'the drain of the same queue without one',
    ...{ target: 0.33, figures: ['rate'] },
    ours: afterKill,
    other: undisturbed,
  },
];
