import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { type FoundPackage, findPackage } from '../processes/find-package.ts';
import { supervise } from '../processes/supervise.ts';
import { wranglerConfigIn } from '../worker/project.ts';
import { wranglerConfig } from '../worker/wrangler-config.ts';
import { firstSteps } from './first-steps.ts';

const HELP = `Runs a Worker with Changebucket in development, by wrangler: it is built anew when a file changes. Requests from
this machine need no token.

Usage: npx changebucket dev [--entry src/worker.ts] [flags of wrangler dev]

  --entry   module of your Worker (default: the \`main\` of wrangler's configuration in this folder; where there is
            none, a Worker with the kinds of this package: document, info-boxes, todos)

All other flags are wrangler's, for example --port 9000 or --persist-to ./state. Without a configuration of wrangler, the
bindings that Changebucket needs are set, and data is in .wrangler/state.

It needs wrangler (npm i -D wrangler), which needs Node 22.12 or newer (npm i -D node@24 brings one to a
project).
`;

const run = async (args: readonly string[]): Promise<void> => {
  const wrangler = findPackage('wrangler', 'changebucket dev');
  checkNode(wrangler);
  const { entry, others } = withoutEntry(args);
  const flags = ['dev', ...projectFlags(entry, others), '--var', 'CHANGEBUCKET_OPEN:loopback', ...others];
  const command = [join(wrangler.folder, 'bin/wrangler.js'), ...flags];
  const { child, ended } = supervise(process.execPath, command, {
    group: 'own',
    options: { stdio: ['ignore', 'pipe', 'inherit'] },
  });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    process.stdout.write(text);
    const [, url] = /Ready on (http:\/\/\S+)/.exec(text) ?? [];
    if (url !== undefined) void firstSteps(url.replace(/\/$/, '')).then(console.log);
  });
  process.exit(await ended);
};

/** Runs a Worker by `wrangler dev`, without tokens for requests from this machine, and prints commands to try. */
export const dev: Command = { summary: 'run your Worker in development', help: HELP, run };

/** The lowest Node that wrangler runs on, as its `engines` say. */
const checkNode = ({ version, engines }: FoundPackage): void => {
  const [, major = '0', minor = '0'] = /(\d+)(?:\.(\d+))?/.exec(engines?.node ?? '') ?? [];
  const [ours = 0, ourMinor = 0] = process.versions.node.split('.').map(Number);
  if (ours > Number(major) || (ours === Number(major) && ourMinor >= Number(minor))) return;
  throw new CommandError(
    'failed',
    `wrangler ${version} needs Node ${major}.${minor} or newer, and this is Node ${process.versions.node}. Bring a newer one to this project: npm i -D node@24`,
  );
};

const withoutEntry = (args: readonly string[]): { entry: string | undefined; others: readonly string[] } => {
  const index = args.findIndex((arg) => arg === '--entry' || arg.startsWith('--entry='));
  const flag = args[index];
  if (flag === undefined) return { entry: undefined, others: args };
  const words = flag.includes('=') ? 1 : 2;
  const entry = words === 1 ? flag.slice('--entry='.length) : args[index + 1];
  if (entry === undefined || !existsSync(entry))
    throw new CommandError(
      'usage',
      `--entry must be the module of a Worker: there is no ${entry === undefined ? 'name of one' : 'such file'}.`,
    );
  return { entry: resolve(entry), others: args.toSpliced(index, words) };
};

/** The module to run, and the configuration where the project has none. */
const projectFlags = (entry: string | undefined, others: readonly string[]): readonly string[] => {
  if (wranglerConfigIn(process.cwd()) !== undefined) return entry === undefined ? [] : [entry];
  const folder = resolve('.wrangler/changebucket');
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'wrangler.json');
  writeFileSync(config, JSON.stringify(wranglerConfig(entry === undefined ? {} : { main: entry }), null, 2));
  const secrets = ['.env', '.dev.vars']
    .filter((name) => existsSync(name))
    .flatMap((name) => ['--env-file', resolve(name)]);
  // Beside the configuration, where wrangler would keep the data, nobody would look for it.
  const data = others.some((arg) => arg.startsWith('--persist-to')) ? [] : ['--persist-to', '.wrangler/state'];
  return ['--config', config, ...data, ...secrets];
};
