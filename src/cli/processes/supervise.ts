import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

/** How a program is run. */
export interface Supervised {
  /**
   * `own` puts the program and all that it starts into a process group of their own, which ends as a whole: a program
   * that is killed leaves what it has started. `shared` keeps it in the group of this process.
   */
  readonly group: 'own' | 'shared';
  readonly options: SpawnOptions;
}

/** What a program has to end by itself. Whatever it has acknowledged is on disk, so killing it loses nothing. */
const GRACE_MS = 600;
/** How often a process under npm looks whether npm is still there. */
const PARENT_CHECK_MS = 200;

/** A program that ends with this process. */
export interface Program {
  readonly child: ChildProcess;
  /** Its exit status: 0 when it was ended on request, 128 and the signal's number when another signal ended it. */
  readonly ended: Promise<number>;
}

/**
 * Starts a program that ends when this process is asked to end (SIGTERM, SIGINT), within a second, whatever its open
 * connections. The same under npm, which passes SIGTERM on to a shell that ends without passing it on.
 */
export const supervise = (command: string, args: readonly string[], { group, options }: Supervised): Program => {
  const isGroup = group === 'own' && process.platform !== 'win32';
  const child = spawn(command, args, { ...options, detached: isGroup });
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    signalTo(child, isGroup, 'SIGTERM');
    setTimeout(signalTo, GRACE_MS, child, isGroup, 'SIGKILL');
  };
  for (const signal of SIGNALS[group]) process.on(signal, stop);
  process.on('exit', () => signalTo(child, isGroup, 'SIGKILL'));
  if (process.env['npm_lifecycle_event'] !== undefined) whenOrphaned(stop);
  return { child, ended: endOf(child).then((status) => (isStopping ? 0 : status)) };
};

/** A terminal that closes reaches the group of this process only. There it must not end a program started by nohup. */
const SIGNALS: Readonly<Record<Supervised['group'], readonly NodeJS.Signals[]>> = {
  shared: ['SIGINT', 'SIGTERM'],
  own: ['SIGINT', 'SIGTERM', 'SIGHUP'],
};

const endOf = (child: ChildProcess): Promise<number> =>
  new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });

const signalTo = (child: ChildProcess, isGroup: boolean, signal: NodeJS.Signals): void => {
  if (!isGroup || child.pid === undefined) {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The whole group has ended.
  }
};

/** Under npm: `npm` starts a shell, which starts this process. When npm is killed, the shell goes on waiting. */
const whenOrphaned = (stop: () => void): void => {
  const ancestors = ancestorsNow();
  setInterval(() => ancestorsNow() !== ancestors && stop(), PARENT_CHECK_MS).unref();
};

/** The parent, and where the system tells it (Linux) the parent's parent. */
const ancestorsNow = (): string => {
  const { ppid } = process;
  try {
    // The name in parentheses may hold spaces: `17 (npm run dev) S 3 …`.
    const [, grandparent] = readFileSync(`/proc/${ppid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return `${ppid} ${grandparent}`;
  } catch {
    return `${ppid}`;
  }
};
