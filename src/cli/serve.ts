import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildSync } from 'esbuild';
import { workerdConfig } from './workerd-config.ts';

// The one-machine deployment: the production bundle under plain workerd, with its SQLite files in one folder.
// Secrets come from the environment, by the names that `wrangler secret put` would give them.

const HELP = `Usage: npm run serve -- [--port 8787] [--host 127.0.0.1] [--data .data] [--open]

  --port   where to listen
  --host   on which address; anything but loopback wants a proxy with TLS in front
  --data   the folder that holds everything
  --open   no tokens for requests to this machine itself (development)

Environment: AUTH_SECRET, or AUTH_JWKS_URL; AUTH_ISSUER, AUTH_AUDIENCE, AUTH_ALGORITHM, CORS_ORIGINS
`;

const VARIABLES = ['AUTH_SECRET', 'AUTH_JWKS_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_ALGORITHM', 'CORS_ORIGINS'];

const root = resolve(import.meta.dirname, '../..');

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
  const data = resolve(values.data);
  mkdirSync(data, { recursive: true });
  const config = join(bundle(), 'workerd.capnp');
  const variables = VARIABLES.filter((name) => process.env[name] !== undefined);
  const address = `${values.host}:${values.port}`;
  writeFileSync(
    config,
    workerdConfig({ address, data, assets: join(root, 'public'), variables, access: values.open ? 'open' : 'closed' }),
  );
  run(
    config,
    `http://${address}`,
    values.open || variables.includes('AUTH_SECRET') || variables.includes('AUTH_JWKS_URL'),
  );
};

/** What `wrangler deploy` would upload, and the small Worker that stands in for Cloudflare's static assets. */
const bundle = (): string => {
  const out = join(root, '.wrangler', 'serve');
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const args = [`--env-file=${join(root, '.tools.env')}`, wrangler, 'deploy', '--dry-run', '--outdir', out];
  const built = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`The bundle could not be built:\n${built.stdout}${built.stderr}`);
  buildSync({
    entryPoints: [join(root, 'src/cli/assets-worker.ts')],
    outfile: join(out, 'assets.js'),
    bundle: true,
    format: 'esm',
  });
  return out;
};

const run = (config: string, url: string, isReachable: boolean): void => {
  const workerd = createRequire(import.meta.url)('workerd') as { default: string };
  const child = spawn(workerd.default, ['serve', config], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 0));
  console.log(`Changebucket listens on ${url}`);
  if (!isReachable) console.log('It refuses everything until AUTH_SECRET or AUTH_JWKS_URL is set in its environment.');
};

main();
