import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { sleep } from './wait.ts';

/** The parent of a process; undefined when the process has ended. A zombie has ended. */
const parentOf = (pid: number): number | undefined => {
  try {
    // The name in parentheses may hold spaces.
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return state === 'Z' ? undefined : Number(parent);
  } catch {
    return undefined;
  }
};

/** A process and all that it has started, and they have started, that still run. */
export const processTree = (pid: number): number[] => {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const parents = new Map(all.map((name) => [Number(name), parentOf(Number(name))]));
  const below = (parent: number): number[] =>
    [...parents].filter(([, of]) => of === parent).flatMap(([child]) => [child, ...below(child)]);
  return [pid, ...below(pid)];
};

/** Those that still run. */
const running = (pids: readonly number[]): number[] => pids.filter((pid) => parentOf(pid) !== undefined);

/** Waits until all have ended. @returns those that still run after the limit, which means that they never end */
export const survivors = async (pids: readonly number[], limitMs = 10_000): Promise<number[]> => {
  const deadline = Date.now() + limitMs;
  while (running(pids).length > 0 && Date.now() < deadline) await sleep(20);
  return running(pids);
};

/** Whether nobody listens on a port of this machine. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
