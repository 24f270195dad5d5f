import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { root } from '../../src/cli/bundle.ts';
import { freePort } from './servers.ts';

const SECRET = 'a-secret-for-stored-data-only-0123456789abcdef';

/** A token of a subject; whoever sends none is anonymous here. @param apps roles by application */
export const tokenOf = (subject: string, apps?: Readonly<Record<string, string>>): Promise<string> =>
  new SignJWT({ sub: subject, ...(apps && { apps }) })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));

/** So much that it stops nothing: a deletion keeps what is used of it [C3]. */
const BUDGET = '1000000000';

/** The deployment that reads and writes, and the one before it. */
const ENTRIES = {
  present: join(root, 'test/fixtures/stored-data-worker.ts'),
  before: join(root, 'test/fixtures/stored-data-worker-before.ts'),
};

interface ServedOptions {
  /** The folder for scheduled backups. Default: none. */
  readonly backups?: string;
  /** Further variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** `changebucket serve` on a folder that outlives each life of it. */
export class Served {
  readonly url: string;
  readonly #args: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #printed = '';

  static async on(data: string, options: ServedOptions = {}): Promise<Served> {
    return new Served(await freePort(), data, options);
  }

  private constructor(port: number, data: string, { backups, env = {} }: ServedOptions) {
    this.url = `http://127.0.0.1:${port}`;
    this.#args = ['src/cli/changebucket.ts', 'serve', '--port', String(port), '--data', data, '--open'];
    if (backups !== undefined) this.#args = [...this.#args, '--backups', backups];
    this.#env = { AUTH_SECRET: SECRET, BUDGET_ROWS_PER_DAY: BUDGET, ...env };
  }

  async start(deployment: keyof typeof ENTRIES = 'present'): Promise<void> {
    this.launch(deployment);
    for (let tries = 0; tries < 600; tries += 1) {
      const answer = await fetch(`${this.url}/healthz`).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`serve did not start:\n${this.#printed}`);
  }

  /** Does not wait until it answers. In a group of its own, so that a kill hits the command and its `workerd` at once. */
  launch(deployment: keyof typeof ENTRIES): void {
    const env = { ...process.env, ...this.#env };
    const child = spawn(process.execPath, [...this.#args, '--entry', ENTRIES[deployment]], {
      cwd: root,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#printed += text;
      });
    }
    this.#child = child;
  }

  /** `SIGKILL` by default: no farewell, no flush. Resolves when nobody has the folder open any more. */
  async end(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined) return;
    this.#child = undefined;
    // Not before `workerd`, too, has let go of what it prints to.
    const ended = new Promise((resolve) => child.once('close', resolve));
    process.kill(signal === 'SIGKILL' ? -child.pid : child.pid, signal);
    await ended;
  }
}
