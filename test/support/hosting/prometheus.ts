import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../src/cli/bundle.ts';
import { Command, freePort } from '../servers.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { hostingFile } from './page.ts';

export const ALERTS = join(root, 'examples/monitoring/alerts.yml');

/** A series at the time of a query, as the API of Prometheus has it. */
export interface QueriedSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

/** A rule as the API of Prometheus has it. */
export interface LoadedRule {
  readonly name: string;
  readonly health: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Debian's Prometheus on a port of this machine. */
export interface Prometheus {
  readonly url: string;
  readonly query: (expression: string) => Promise<readonly QueriedSeries[]>;
  readonly rules: () => Promise<readonly LoadedRule[]>;
  readonly stop: () => Promise<void>;
}

/** Starts it with the configuration of docs/operate.md; target, files and times are those of the test. */
export const startPrometheus = async (target: string, token: string): Promise<Prometheus> => {
  const folder = temporaryFolder();
  const port = await freePort();
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const config = hostingFile('prometheus.yml', 'docs/operate.md')
    .replace('/etc/prometheus/changebucket-alerts.yml', ALERTS)
    .replace('/etc/prometheus/changebucket-token', file('token', `${token}\n`))
    .replace('scheme: https', 'scheme: http')
    .replace('state.example.com', new URL(target).host)
    .replace('60s', '1s');
  const path = file('prometheus.yml', `global: { evaluation_interval: 1s }\n${config}`);
  promtool(['check', 'config', path]);
  const places = [`--config.file=${path}`, `--storage.tsdb.path=${folder}`, `--web.listen-address=127.0.0.1:${port}`];
  const command = new Command(places, {}, { node: 'prometheus' });
  await command.prints(/ready to receive web requests/);
  const url = `http://127.0.0.1:${port}`;
  const ask = async (path: string): Promise<unknown> =>
    ((await (await fetch(`${url}/api/v1/${path}`)).json()) as { data: unknown }).data;
  return {
    url,
    query: async (expression) =>
      ((await ask(`query?${new URLSearchParams({ query: expression })}`)) as { result: QueriedSeries[] }).result,
    rules: async () => ((await ask('rules')) as { groups: { rules: LoadedRule[] }[] }).groups.flatMap((g) => g.rules),
    stop: () => command.stop(),
  };
};

/** Runs Debian's promtool. @returns what it prints @throws Error with that when it finds a fault */
export const promtool = (args: readonly string[], input: string = ''): string => {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`promtool ${args.join(' ')}:\n${stdout}${stderr}`);
  return stdout + stderr;
};
