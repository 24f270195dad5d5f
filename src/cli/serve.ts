import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, root } from './bundle.ts';
import { workerdConfig } from './workerd-config.ts';

// Runs the production bundle under plain workerd, for a deployment on one machine. Its SQLite files are in one folder.
// Secrets are environment variables, with the names that `wrangler secret put` gives them.

/** As in wrangler.toml: plain workerd has no rate limit binding. */
const RATE_DEFAULT = '200';

const HELP = `Runs Changebucket on this machine.

Usage: npm run serve -- [--port 8787] [--host 127.0.0.1] [--data .data] [--open]

  --port   port to listen on (default 8787)
  --host   address to listen on (default 127.0.0.1); put a proxy with TLS in front of any other address
  --data   folder for all data (default .data)
  --open   accept requests from this machine to localhost without a token (for development); forwarded ones need one

Environment: AUTH_SECRET, or AUTH_JWKS_URL; AUTH_ISSUER, AUTH_AUDIENCE, AUTH_ALGORITHM, CORS_ORIGINS,
TRUST_PROXY, MAX_STALE_MS, BUDGET_ROWS_PER_DAY, BUDGET_CHANGES_PER_MINUTE,
RATE_REQUESTS_PER_SECOND (default ${RATE_DEFAULT}; none with --open)
`;

/** Environment variables that are passed on to the Worker. */
const VARIABLES = [
  'AUTH_SECRET',
  'AUTH_JWKS_URL',
  'AUTH_ISSUER',
  'AUTH_AUDIENCE',
  'AUTH_ALGORITHM',
  'CORS_ORIGINS',
  'TRUST_PROXY',
  'MAX_STALE_MS',
  'BUDGET_ROWS_PER_DAY',
  'BUDGET_CHANGES_PER_MINUTE',
  'RATE_REQUESTS_PER_SECOND',
];

const main = (): void => {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8787' },
      host: { type: 'string', default: '127.0.0.1' },
      data: { type: 'string', default: '.data' },
      open: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  // The child inherits it.
  if (!values.open) process.env['RATE_REQUESTS_PER_SECOND'] ??= RATE_DEFAULT;
  const address = `${values.host}:${values.port}`;
  const config = writeConfig(address, resolve(values.data), values.open ? 'open' : 'closed');
  if (!values.open && process.env['AUTH_SECRET'] === undefined && process.env['AUTH_JWKS_URL'] === undefined) {
    console.log('All requests are refused: set AUTH_SECRET or AUTH_JWKS_URL in the environment, or use --open.');
  }
  run(config, `http://${address}`);
};

const writeConfig = (address: string, data: string, access: 'open' | 'closed'): string => {
  mkdirSync(data, { recursive: true });
  const config = join(bundle(`serve-${address.replace(/\W/g, '-')}`), 'workerd.capnp');
  const variables = VARIABLES.filter((name) => process.env[name] !== undefined);
  writeFileSync(config, workerdConfig({ address, data, assets: join(root, 'public'), variables, access }));
  return config;
};

const run = (config: string, url: string): void => {
  const workerd = createRequire(import.meta.url)('workerd') as { default: string };
  const child = spawn(workerd.default, ['serve', config], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 0));
  void announce(url);
};

/** Prints the URL once the server answers: a request before that would fail. */
const announce = async (url: string): Promise<void> => {
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await fetch(`${url}/healthz`).catch(() => undefined);
    if (answer?.ok) return console.log(`Changebucket is ready on ${url}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

main();
