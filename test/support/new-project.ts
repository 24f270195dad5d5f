import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from './wait.ts';

/** Quiet tools, that ask nobody outside. */
const env = {
  ...process.env,
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
  NO_COLOR: '1',
  CI: '1',
};

/** Runs a program to its end. @returns what it printed @throws Error when it fails */
export const run = (command: string, args: readonly string[], cwd: string): string =>
  execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Packs a package as npm publishes it. @returns the path of the tarball */
export const pack = (cwd: string, destination: string): string => {
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', destination], cwd));
  return join(destination, filename);
};

/** What tools put into a project. */
const MADE = /^(node_modules|dist|\.wrangler)(\/|$)/;

/** The texts of all files below a folder, by path. */
export const textsOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => !MADE.test(path) && statSync(join(folder, path)).isFile())
      .map((path) => [path, readFileSync(join(folder, path), 'utf8')]),
  );

/** A server that a shell starts, with all the processes that it starts itself. */
export class ShellServer {
  readonly #shell: ChildProcess;
  #printed = '';

  constructor(line: string, cwd: string) {
    this.#shell = spawn('bash', ['-c', line], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#shell.stdout, this.#shell.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#printed += text;
      });
    }
  }

  get printed(): string {
    return this.#printed;
  }

  /** Resolves once it has printed this. @throws Error when it ends before, or after a minute */
  async prints(text: string): Promise<void> {
    for (let tries = 0; tries < 1_200 && this.#shell.exitCode === null; tries += 1) {
      if (this.#printed.includes(text)) return;
      await sleep(50);
    }
    throw new Error(`never printed "${text}":\n${this.#printed}`);
  }

  stop(): void {
    const { pid, exitCode, signalCode } = this.#shell;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGTERM');
  }
}
