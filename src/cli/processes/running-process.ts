import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process of this machine. When it was started tells it from a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** As the system writes it; undefined where it does not tell. */
  readonly start?: string | undefined;
}

/** The identity of a process that runs. */
export const identityOf = (pid: number): ProcessIdentity => ({ pid, start: startOf(pid) });

/** Whether that very process still runs; `unknown` where the system does not tell when processes were started. */
export const stateOf = ({ pid, start }: ProcessIdentity): 'running' | 'ended' | 'unknown' => {
  if (!exists(pid)) return 'ended';
  const now = startOf(pid);
  if (now === undefined || start === undefined) return 'unknown';
  return now === start ? 'running' : 'ended';
};

const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** A zombie has ended: only its parent has not asked for its exit status yet. */
const ZOMBIE = 'zombie';

const startOf = (pid: number): string | undefined => {
  try {
    // The name in parentheses may hold spaces: `17 (npm run dev) S 3 …`. The 22nd field is the start.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return fields[0] === 'Z' ? ZOMBIE : fields[19];
  } catch {
    const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', `${pid}`], { encoding: 'utf8' });
    return stdout?.trim() || undefined;
  }
};
