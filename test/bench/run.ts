import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { root } from '../../src/cli/bundle.ts';
import { openSocket, type Run } from './load.ts';
import { markdown, type Result, ratiosOf } from './report.ts';
import { type Server, startBare, startOurs } from './servers.ts';
import { seed, workloads } from './workloads.ts';

/** `npm run bench -- 5` for five rounds, `npm run bench -- 5 sockets` for those with this in their name. */
const [, , rounds = '3', only = ''] = process.argv;
const ROUNDS = Number(rounds);
/** A life that began without sockets is careful for 10 s [D12]; nobody should measure that. */
const CAREFUL_MS = 11_000;

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const etagOf = async ({ url, token }: Server): Promise<string> => {
  const answer = await fetch(`${url}/v1/apps/bench/state/state`, { headers: { Authorization: `Bearer ${token}` } });
  await answer.text();
  return answer.headers.get('ETag') ?? '';
};

const [ours, bare] = [await startOurs(), await startBare()];
try {
  await seed(ours);
  // Stays open: it keeps the object from sleeping between two workloads, as a reader would.
  await openSocket(ours, '/v1/apps/bench/state/socket', () => undefined);
  say('warming up');
  await new Promise((resolve) => setTimeout(resolve, CAREFUL_MS));
  const results: Result[] = [];
  for (const workload of workloads(() => etagOf(ours)).filter(({ name }) => name.includes(only))) {
    const runs: { readonly ours: Run[]; readonly bare: Run[] } = { ours: [], bare: [] };
    await workload.ours(ours);
    await workload.bare(bare);
    for (let round = 0; round < ROUNDS; round += 1) {
      runs.ours.push(await workload.ours(ours));
      runs.bare.push(await workload.bare(bare));
    }
    const result = { workload, ...runs };
    results.push(result);
    say(`${workload.name}: ${ratiosOf(result).median.toFixed(2)} of ${workload.against}`);
  }
  const folder = join(root, '.wrangler/bench-report');
  mkdirSync(folder, { recursive: true });
  const machine = `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;
  writeFileSync(
    join(folder, 'result.json'),
    JSON.stringify({ machine, at: new Date().toISOString(), results }, null, 2),
  );
  writeFileSync(join(folder, 'report.md'), `${machine}, ${ROUNDS} rounds\n\n${markdown(results)}`);
  process.stdout.write(markdown(results));
} finally {
  ours.stop();
  bare.stop();
}
process.exit();
