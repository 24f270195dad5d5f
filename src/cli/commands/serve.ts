import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { checkSettings } from '../check-settings.ts';
import { type Command, readArguments } from '../command-line/command.ts';
import { CommandError } from '../command-line/command-error.ts';
import { checkPackages, findPackage } from '../processes/find-package.ts';
import { lockFolder } from '../processes/folder-lock.ts';
import { freePortOn } from '../processes/free-port.ts';
import { supervise } from '../processes/supervise.ts';
import { tidyBackups } from '../processes/tidy-backups.ts';
import { BUILT_IN, bundleWorker } from '../worker/bundle-worker.ts';
import { entryOf, wranglerConfigIn } from '../worker/project.ts';
import { copyLines, sourcesOf } from '../worker/stack-sources.ts';
import { workerdConfig } from '../workerd-config.ts';

/** As in wrangler.toml: plain workerd has no rate limit binding. */
const RATE_DEFAULT = '200';

const HELP = `Runs a Worker with Changebucket on this machine, under plain workerd. SIGTERM ends it within a second.

Usage: npx changebucket serve [--entry src/worker.ts] [--port 8787] [--host 127.0.0.1] [--data .data]

  --entry   module of your Worker (default: the \`main\` of wrangler's configuration in this folder; where there is
            none, a Worker with the kinds of this package: document, info-boxes, todos)
  --assets  folder of static files to serve, such as the pages of your application
  --port    port to listen on (default 8787; 0 for any free one)
  --host    address to listen on (default 127.0.0.1); put a proxy with TLS in front of any other address
  --data    folder for all data (default .data); one serve at a time works in it
  --backups  folder for scheduled backups of all applications, one run a day (BACKUP_EVERY_HOURS)
  --var     name of one more environment variable that your Worker gets; repeat it for several
  --open    accept requests from this machine to localhost without a token (for development); forwarded ones need one

Environment: AUTH_SECRET (and AUTH_SECRET_PREVIOUS), or AUTH_JWKS_URL; AUTH_ISSUER, AUTH_AUDIENCE, AUTH_ALGORITHM,
AUTH_OPERATOR_CLAIM, OPERATOR_TOKEN (and OPERATOR_TOKEN_PREVIOUS), CORS_ORIGINS, TRUST_PROXY, MAX_STALE_MS,
BUDGET_ROWS_PER_DAY, BUDGET_CHANGES_PER_MINUTE, BACKUP_KEEP, BACKUP_EVERY_HOURS, BACKUP_LATE_HOURS, DELETED_DAYS,
RATE_REQUESTS_PER_SECOND (default ${RATE_DEFAULT}; none with --open)

It needs workerd and esbuild, which wrangler brings: npm i -D wrangler, or npm i workerd esbuild
`;

/** Environment variables that are passed on to the Worker. */
const VARIABLES = [
  'AUTH_SECRET',
  'AUTH_JWKS_URL',
  'AUTH_ISSUER',
  'AUTH_AUDIENCE',
  'AUTH_ALGORITHM',
  'AUTH_SECRET_PREVIOUS',
  'AUTH_OPERATOR_CLAIM',
  'OPERATOR_TOKEN',
  'OPERATOR_TOKEN_PREVIOUS',
  'CORS_ORIGINS',
  'TRUST_PROXY',
  'MAX_STALE_MS',
  'BUDGET_ROWS_PER_DAY',
  'BUDGET_CHANGES_PER_MINUTE',
  'RATE_REQUESTS_PER_SECOND',
  'BACKUP_KEEP',
  'BACKUP_EVERY_HOURS',
  'BACKUP_LATE_HOURS',
  'DELETED_DAYS',
];

const OPTIONS = {
  entry: { type: 'string' },
  assets: { type: 'string' },
  port: { type: 'string', default: '8787' },
  host: { type: 'string', default: '127.0.0.1' },
  data: { type: 'string', default: '.data' },
  backups: { type: 'string' },
  var: { type: 'string', multiple: true, default: [] as string[] },
  open: { type: 'boolean', default: false },
} as const;

const run = async (args: readonly string[]): Promise<void> => {
  const { values } = readArguments(args, OPTIONS);
  checkPackages(['workerd', 'esbuild'], 'changebucket serve');
  const { host, open } = values;
  const port = portFrom(values.port);
  // The child inherits it.
  if (!open) process.env['RATE_REQUESTS_PER_SECOND'] ??= RATE_DEFAULT;
  if (values.backups !== undefined) process.env['BACKUP_EVERY_HOURS'] ??= '24';
  checkSettings(process.env);
  const workerd: { default: string } = createRequire(import.meta.url)(
    findPackage('workerd', 'changebucket serve').folder,
  );
  const folder = mkdtempSync(join(tmpdir(), 'changebucket-serve-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const assets = values.assets === undefined ? undefined : folderFrom(values.assets);
  bundleWorker(entryFrom(values.entry), folder);
  const data = resolve(values.data);
  const backups = values.backups === undefined ? undefined : resolve(values.backups);
  for (const each of [data, backups]) if (each !== undefined) mkdirSync(each, { recursive: true });
  const lock = await lockFolder(data);
  if (backups !== undefined) tidyBackups(backups);
  const variables = [...VARIABLES, ...values.var].filter((name) => process.env[name] !== undefined);
  const address = `${host.includes(':') ? `[${host}]` : host}:${await freePortOn(host, port)}`;
  const config = join(folder, 'workerd.capnp');
  writeFileSync(config, workerdConfig({ address, data, assets, backups, variables, access: open ? 'open' : 'closed' }));
  if (!open) warnWithoutKeys();
  const { child, ended } = supervise(workerd.default, ['serve', config], {
    group: 'shared',
    options: { stdio: ['inherit', 'pipe', 'pipe'] },
  });
  if (child.pid !== undefined) lock.passTo(child.pid);
  const copied = printWithSources(child, join(folder, 'index.js.map'));
  void announce(`http://${address}`, backups === undefined ? '/healthz' : '/healthz?backup');
  const status = await ended;
  await copied;
  if (status !== 0)
    console.error(`workerd has ended unasked, with exit status ${status}. What it has acknowledged is kept.`);
  process.exit(status);
};

/** Runs a Worker under plain workerd, for a deployment on one machine. Its SQLite files are in one folder. */
export const serve: Command = { summary: 'run your Worker on this machine, for production too', help: HELP, run };

/** What a Worker prints, with the places in stacks as `changebucket dev` shows them. */
const printWithSources = async ({ stdout, stderr }: ChildProcess, map: string): Promise<void> => {
  const change = sourcesOf(map);
  await Promise.all([
    stdout === null ? undefined : copyLines(stdout, process.stdout, change),
    stderr === null ? undefined : copyLines(stderr, process.stderr, change),
  ]);
};

const portFrom = (text: string): number => {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new CommandError('usage', `--port must be a number from 0 to 65535`);
  return port;
};

const entryFrom = (given: string | undefined): string => {
  if (given !== undefined) return resolve(given);
  const config = wranglerConfigIn(process.cwd());
  const entry = config === undefined ? undefined : entryOf(config);
  if (config === undefined || entry === undefined) return BUILT_IN;
  console.log(`Serving ${relative('.', entry)}, the main module of ${relative('.', config)}`);
  return entry;
};

const folderFrom = (path: string): string => {
  const folder = resolve(path);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new CommandError('usage', `--assets must be a folder: ${folder} is none`);
  return folder;
};

const warnWithoutKeys = (): void => {
  if (process.env['AUTH_SECRET'] === undefined && process.env['AUTH_JWKS_URL'] === undefined)
    console.log('All requests are refused: set AUTH_SECRET or AUTH_JWKS_URL in the environment, or use --open.');
};

/** Prints the URL once the server answers: a request before that would fail. The path with `?backup` begins the first run [K2]. */
const announce = async (url: string, path: string): Promise<void> => {
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await fetch(url + path).catch(() => undefined);
    if (answer !== undefined) return console.log(`Changebucket is ready on ${url}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
