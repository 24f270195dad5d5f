import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { root } from '../../src/cli/bundle.ts';
import { sleep } from '../support/wait.ts';
import { type Fact, facts } from './facts.ts';
import { openSocket, type Run } from './load.ts';
import { markdown, type Result, ratiosOf, titleOf } from './report.ts';
import { page } from './report-page.ts';
import { revocations } from './revocations.ts';
import { type Server, startBare, startOurs } from './servers.ts';
import { APP, CAREFUL_MS, ITEMS_PER_MB, type Servers, seed, seedLarge, type Workload } from './workload.ts';
import { articleWorkloads, stopArticle } from './workloads/article.ts';
import { coldWorkloads } from './workloads/cold.ts';
import { httpWorkloads } from './workloads/http.ts';
import { liveWorkloads } from './workloads/live.ts';
import { peerWorkloads, stopPeers } from './workloads/peers.ts';
import { recoveryWorkloads } from './workloads/recovery.ts';
import { LARGE, sizeWorkloads } from './workloads/sizes.ts';

/**
 * `npm run bench -- 5` for five rounds, `npm run bench -- 5 sockets` for those with this in their name or opponent,
 * `npm run bench -- 1 revocations` for how soon a revocation is felt.
 */
const [, , rounds = '2', only = ''] = process.argv;
const ROUNDS = Number(rounds);
const HAS_FACTS = only === '' || only === 'facts';

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** The socket stays open: it keeps the object from sleeping between two workloads, as readers would. */
const open = (server: Server, app: string): Promise<unknown> => openSocket(server, `${app}/socket`, () => undefined);

const prepare = async ({ ours, large, young }: Servers): Promise<void> => {
  for (const server of new Set([ours, large, young])) {
    await seed(server);
    await open(server, APP);
  }
  if (large !== ours) {
    await seedLarge(large, LARGE['1 MB'], ITEMS_PER_MB);
    await seedLarge(large, LARGE['10 MB'], 10 * ITEMS_PER_MB);
    for (const app of Object.values(LARGE)) await open(large, app);
  }
  await sleep(CAREFUL_MS);
};

/** A, B, A, B: what else the machine does falls upon both. */
const measure = async (servers: Servers, workload: Workload): Promise<Result[]> => {
  const runs: { readonly ours: Run[]; readonly other: Run[] } = { ours: [], other: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    runs.ours.push(await workload.ours(servers));
    runs.other.push(await workload.other(servers));
  }
  const results = workload.figures.map((figure, index): Result => {
    const target = index === 0 ? workload.target : undefined;
    return { name: workload.name, against: workload.against, target, figure, ...runs };
  });
  for (const result of results) say(`${titleOf(result)}: ${ratiosOf(result).median.toFixed(2)} of ${workload.against}`);
  return results;
};

/** One that fails costs no other its figures. */
const measured = (servers: Servers, workload: Workload): Promise<Result[]> =>
  measure(servers, workload).catch((error: unknown) => {
    say(`${workload.name} is left out: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  });

const write = (results: readonly Result[], told: readonly Fact[]): void => {
  const folder = join(root, '.wrangler/bench-report');
  const machine = `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}, ${ROUNDS} rounds`;
  const at = new Date().toISOString();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'result.json'), JSON.stringify({ machine, at, results, facts: told }, null, 2));
  writeFileSync(join(folder, 'report.md'), `${machine}\n\n${markdown(results, told)}`);
  writeFileSync(join(folder, 'report.html'), page(results, told, `${machine}, ${at}`));
  say(`written: ${folder}/report.html`);
};

const isWanted = ({ name, against }: Workload): boolean => `${name} | ${against}`.includes(only);
const peers = await peerWorkloads(isWanted, say);
const workloads = [
  ...[...httpWorkloads, ...liveWorkloads, ...sizeWorkloads, ...coldWorkloads, ...recoveryWorkloads].filter(isWanted),
  ...peers,
  ...articleWorkloads(say).filter(isWanted),
];
const needsLarge = HAS_FACTS || workloads.some((workload) => sizeWorkloads.includes(workload));
const ours = await startOurs();
const servers: Servers = {
  ...{ ours, bare: await startBare() },
  large: needsLarge ? await startOurs() : ours,
  young: peers.length > 0 ? await startOurs() : ours,
};
const stop = async (): Promise<void> => {
  for (const server of Object.values(servers)) server.stop();
  await stopPeers();
  await stopArticle();
};
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => void stop().finally(() => process.exit(1)));
try {
  say(`${workloads.length} workloads; warming up`);
  await prepare(servers);
  const results: Result[] = [];
  for (const workload of workloads) results.push(...(await measured(servers, workload)));
  const told = HAS_FACTS ? await facts(servers) : only === 'revocations' ? await revocations() : [];
  write(results, told);
  process.stdout.write(markdown(results, told));
} finally {
  await stop();
}
process.exit();
