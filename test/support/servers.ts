import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { bundle, root } from '../../src/cli/bundle.ts';
import { workerdConfig } from '../../src/cli/workerd-config.ts';
import { madeOnce } from './made-once.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { sleep } from './wait.ts';

/** Below those that the system gives to whoever asks for any, and above those that browsers refuse. */
const PORTS = { first: 12_000, last: 31_999 };
/** Files that run side by side take theirs from different parts. */
const PARTS = 10;

const ports = (function* () {
  const count = Math.floor((PORTS.last - PORTS.first + 1) / PARTS);
  const first = PORTS.first + count * (Number(process.env['VITEST_POOL_ID'] ?? process.pid) % PARTS);
  for (let at = Math.floor(Math.random() * count); ; at += 1) yield first + (at % count);
})();

/** A port that nobody listens on, and that nobody else is given before it is used. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = ports.next().value;
    if (await isFree(port)) return port;
  }
};

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

/** A command of this repository that runs until it is stopped; what it prints is kept. */
export class Command {
  readonly #child: ChildProcess;
  #printed = '';

  /** @param where another folder, and another Node than this one */
  constructor(
    args: readonly string[],
    env: Record<string, string> = {},
    { cwd = root, node = process.execPath }: { readonly cwd?: string; readonly node?: string } = {},
  ) {
    this.#child = spawn(node, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#printed += text;
      });
    }
  }

  get printed(): string {
    return this.#printed;
  }

  /** Resolves with the match once it has been printed. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    for (let tries = 0; tries < 600; tries += 1) {
      const match = pattern.exec(this.#printed);
      if (match !== null) return match;
      if (this.#child.exitCode !== null) break;
      await sleep(50);
    }
    throw new Error(`never printed ${pattern}:\n${this.#printed}`);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await ended;
  }
}

let built: string | undefined;

interface WorkerdOptions {
  readonly bundle?: string;
  readonly pages?: string;
  readonly secret?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

/** The production bundle under plain workerd, on a port and a folder that outlive each life of it. */
export class Workerd {
  readonly url: string;
  readonly #config: string;
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;

  /**
   * Folders of a bundle and of pages; by default those of this repository. With a `secret`, requests need a token that is
   * signed with it; by default none does. `env` has further variables.
   */
  static async prepare(options: WorkerdOptions = {}): Promise<Workerd> {
    built ??= madeOnce('worker', () => bundle('test'));
    return new Workerd(await freePort(), { bundle: built, pages: join(root, 'public'), env: {}, ...options });
  }

  private constructor(
    port: number,
    { bundle: folder, pages, secret, env }: Required<Omit<WorkerdOptions, 'secret'>> & WorkerdOptions,
  ) {
    this.url = `http://127.0.0.1:${port}`;
    this.#config = join(folder, `workerd-${port}.capnp`);
    this.#env = secret === undefined ? env : { ...env, AUTH_SECRET: secret };
    const options = { address: `127.0.0.1:${port}`, data: temporaryFolder(), assets: pages };
    const access = secret === undefined ? 'open' : 'closed';
    writeFileSync(this.#config, workerdConfig({ ...options, variables: Object.keys(this.#env), access }));
  }

  async start(): Promise<void> {
    const workerd = createRequire(import.meta.url)('workerd') as { default: string };
    this.#child = spawn(workerd.default, ['serve', this.#config], {
      stdio: 'ignore',
      env: { ...process.env, ...this.#env },
    });
    for (let tries = 0; tries < 1_200; tries += 1) {
      const answer = await fetch(`${this.url}/healthz`).catch(() => undefined);
      if (answer?.ok) return;
      await sleep(25);
    }
    throw new Error('workerd did not start');
  }

  /** `SIGKILL` by default: no farewell, no flush. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
}
