import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { SignJWT } from 'jose';
import { bundle, root } from '../../src/cli/bundle.ts';
import { workerdConfig } from '../../src/cli/workerd-config.ts';
import { freePort } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sleep } from '../support/wait.ts';

/** What the tokens of a measured server are signed with. */
export const SECRET = 'a-secret-for-benchmarks-only-0123456789abcdef';
/** Optional parts of the peers' packages. */
const UNUSED = ['ai', 'react', 'vite', '@cloudflare/codemode'];
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

  /** The same server, for another sender. */
  as(token: string): Server {
    return new Server(this.url, token, this.#child);
  }

  /** Microseconds of CPU since it was started. */
  get cpu(): number {
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(' ');
    return (Number(fields[13]) + Number(fields[14])) * TICK_US;
  }

  /** Bytes resident in memory. */
  get memory(): number {
    return this.#number('status', /VmRSS:\s+(\d+) kB/) * 1_024;
  }

  /** The most bytes that were resident since `forgetHighest`. */
  get highestMemory(): number {
    return this.#number('status', /VmHWM:\s+(\d+) kB/) * 1_024;
  }

  forgetHighest(): void {
    writeFileSync(`/proc/${this.#child.pid}/clear_refs`, '5');
  }

  /** Bytes that it has caused to be written to the disk. */
  get written(): number {
    return this.#number('io', /write_bytes: (\d+)/);
  }

  #number(file: string, pattern: RegExp): number {
    return Number(pattern.exec(readFileSync(`/proc/${this.#child.pid}/${file}`, 'utf8'))?.[1] ?? 0);
  }

  stop(): void {
    this.#child.kill('SIGTERM');
  }

  /** Ends it without a farewell. Resolves when its data may be opened by another. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** Resolves when it has ended and its data may be opened by another. */
  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.stop();
    await ended;
  }
}

/**
 * The production bundle, with tokens.
 *
 * @param flags for workerd, as `--inspector-addr` to profile it
 * @param variables names of environment variables of this process that the Worker gets, beside its secret
 */
export const startOurs = async (
  flags: readonly string[] = [],
  data = temporaryFolder(),
  variables: readonly string[] = [],
): Promise<Server> => {
  const folder = bundle('bench');
  const port = await freePort();
  const config = join(folder, 'bench.capnp');
  const places = { address: `127.0.0.1:${port}`, data, assets: join(root, 'public') };
  writeFileSync(config, workerdConfig({ ...places, variables: ['AUTH_SECRET', ...variables], access: 'closed' }));
  const token = await new SignJWT({ sub: 'bench' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));
  return start(config, `http://127.0.0.1:${port}`, token, flags);
};

/** The runtime's limit. */
export const startBare = (data = temporaryFolder()): Promise<Server> =>
  startWorker({ entry: 'bare.ts', className: 'Bare', binding: 'BARE', data });

export interface WorkerOptions {
  /** Its source, beside this file. */
  readonly entry: string;
  /** Of its Durable Object. */
  readonly className: string;
  readonly binding: string;
  /** The folder of its SQLite files; a new one if not said. */
  readonly data?: string;
}

/** A Worker with one class of Durable Objects, under plain workerd as ours. */
export const startWorker = async ({ entry, data = temporaryFolder(), ...names }: WorkerOptions): Promise<Server> => {
  const folder = temporaryFolder();
  const port = await freePort();
  buildSync({
    entryPoints: [join(import.meta.dirname, entry)],
    ...{ bundle: true, format: 'esm', conditions: ['workerd', 'worker', 'import'], outfile: join(folder, 'worker.js') },
    alias: { path: 'node:path', 'cloudflare:email': join(import.meta.dirname, 'peers/no-email.ts') },
    // What a peer can do without here it need not have installed.
    external: ['cloudflare:*', 'node:*', ...UNUSED],
    logLevel: 'error',
  });
  const config = join(folder, 'worker.capnp');
  writeFileSync(config, workerConfig({ ...names, port, data }));
  return start(config, `http://127.0.0.1:${port}`, '');
};

interface WorkerPlaces extends Omit<Required<WorkerOptions>, 'entry'> {
  readonly port: number;
}

const workerConfig = ({ className, binding, port, data }: WorkerPlaces): string => `
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "data", disk = (path = ${JSON.stringify(data)}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "worker")],
);

const worker :Workerd.Worker = (
  compatibilityDate = "2026-10-01",
  # As ours: otherwise it would be compression that is measured.
  compatibilityFlags = ["no_web_socket_compression"],
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  durableObjectNamespaces = [(className = "${className}", uniqueKey = "${className}", enableSql = true)],
  durableObjectStorage = (localDisk = "data"),
  bindings = [(name = "${binding}", durableObjectNamespace = "${className}")],
);
`;

/** A server of Node's, from its source beside this file. */
export const startNode = async (entry: string): Promise<Server> => {
  const port = await freePort();
  const env = { ...process.env, PORT: String(port), DATA: temporaryFolder() };
  const child = spawn(process.execPath, [join(import.meta.dirname, entry)], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  });
  return answering(child, `http://127.0.0.1:${port}`, '');
};

const start = async (config: string, url: string, token: string, flags: readonly string[] = []): Promise<Server> => {
  const workerd = createRequire(import.meta.url)('workerd') as { default: string };
  const env = { ...process.env, AUTH_SECRET: SECRET };
  const child = spawn(workerd.default, ['serve', config, ...flags], { stdio: 'ignore', env });
  return answering(child, url, token);
};

/** Once it answers. */
const answering = async (child: ChildProcess, url: string, token: string): Promise<Server> => {
  for (let tries = 0; tries < 200 && child.exitCode === null; tries += 1) {
    if (await fetch(url).catch(() => undefined)) return new Server(url, token, child);
    await sleep(25);
  }
  throw new Error('the server did not start');
};
