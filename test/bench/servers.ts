import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { SignJWT } from 'jose';
import { bundle, root } from '../../src/cli/bundle.ts';
import { workerdConfig } from '../../src/cli/workerd-config.ts';
import { freePort, temporaryFolder } from '../support/servers.ts';

const SECRET = 'a-secret-for-benchmarks-only-0123456789abcdef';
/** The kernel's clock ticks: 100 in a second on every Linux there is. */
const TICK_US = 10_000;

/** A server under test, as its own process. */
export class Server {
  readonly url: string;
  readonly token: string;
  readonly #child: ChildProcess;

  constructor(url: string, token: string, child: ChildProcess) {
    this.url = url;
    this.token = token;
    this.#child = child;
  }

  /** Microseconds of CPU since it was started. */
  get cpu(): number {
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(' ');
    return (Number(fields[13]) + Number(fields[14])) * TICK_US;
  }

  stop(): void {
    this.#child.kill('SIGTERM');
  }
}

/** The production bundle, with tokens. @param flags for workerd, as `--inspector-addr` to profile it */
export const startOurs = async (flags: readonly string[] = []): Promise<Server> => {
  const folder = bundle('bench');
  const port = await freePort();
  const config = join(folder, 'bench.capnp');
  const places = { address: `127.0.0.1:${port}`, data: temporaryFolder(), assets: join(root, 'public') };
  writeFileSync(config, workerdConfig({ ...places, variables: ['AUTH_SECRET'], access: 'closed' }));
  const token = await new SignJWT({ sub: 'bench' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));
  return start(config, `http://127.0.0.1:${port}`, token, flags);
};

/** The runtime's limit. */
export const startBare = async (): Promise<Server> => {
  const folder = temporaryFolder();
  const port = await freePort();
  const entryPoints = [join(import.meta.dirname, 'bare.ts')];
  buildSync({
    entryPoints,
    bundle: true,
    format: 'esm',
    external: ['cloudflare:workers'],
    outfile: join(folder, 'bare.js'),
  });
  const config = join(folder, 'bare.capnp');
  writeFileSync(config, bareConfig(port, temporaryFolder()));
  return start(config, `http://127.0.0.1:${port}`, '');
};

const bareConfig = (port: number, data: string): string => `
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "bare", worker = .bare),
    (name = "data", disk = (path = ${JSON.stringify(data)}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "bare")],
);

const bare :Workerd.Worker = (
  compatibilityDate = "2026-10-01",
  modules = [(name = "bare.js", esModule = embed "bare.js")],
  durableObjectNamespaces = [(className = "Bare", uniqueKey = "bare", enableSql = true)],
  durableObjectStorage = (localDisk = "data"),
  bindings = [(name = "BARE", durableObjectNamespace = "Bare")],
);
`;

const start = async (config: string, url: string, token: string, flags: readonly string[] = []): Promise<Server> => {
  const workerd = createRequire(import.meta.url)('workerd') as { default: string };
  const env = { ...process.env, AUTH_SECRET: SECRET };
  const child = spawn(workerd.default, ['serve', config, ...flags], { stdio: 'ignore', env });
  for (let tries = 0; tries < 200; tries += 1) {
    if (await fetch(`${url}/healthz`).catch(() => undefined)) return new Server(url, token, child);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('workerd did not start');
};
