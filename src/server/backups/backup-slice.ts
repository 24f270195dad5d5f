import { LISTING_UPDATE_MS } from '../../protocol/limits.ts';
import { log } from '../logging/log.ts';
import { backUp, type MakerParts } from './backup-maker.ts';
import { continueRun, describeRun, newRun, type RunParts, type RunState } from './backup-run.ts';
import { expireAll } from './expire-backups.ts';
import { sweep } from './garbage.ts';
import type { JobState } from './job-state.ts';
import { dueOf } from './schedule.ts';
import { continueVerification, type VerificationState } from './verification.ts';

/** What a slice works with. */
export type SliceParts = MakerParts &
  Pick<RunParts, 'owners' | 'applications'> & {
    readonly state: JobState;
  };

/** News of changes take this long to reach the lists, at most. */
const LISTING_LAG_MS = 2 * LISTING_UPDATE_MS;

/**
 * What one alarm does: it removes garbage, and goes on with the verification or the run in progress, or begins a run that
 * is due.
 *
 * @returns when the next one is to be, ms since 1970; undefined where a cron trigger or an operator begins it
 */
export const performSlice = async (parts: SliceParts): Promise<number | undefined> => {
  const { state, settings, now } = parts;
  // What an earlier slice has begun and not completed, or what has expired.
  if (await sweep(parts)) return now();
  if (state.verification?.isRunning) {
    await verificationSlice(parts, state.verification);
    return now();
  }
  const due = dueOf(state.lastRun, settings);
  const run = state.run ?? (due !== undefined && due <= now() ? newRun(now()) : undefined);
  if (run === undefined) return due;
  if (!(await runSlice(parts, run)) || (await sweep(parts))) return now();
  return dueOf(state.lastRun, settings);
};

const verificationSlice = (parts: SliceParts, begun: VerificationState): Promise<void> => {
  const { state } = parts;
  const save = (verification: VerificationState): void => {
    // Another may have been asked for meanwhile: it replaces this one.
    const { startedAt, application } = state.verification ?? begun;
    if (startedAt === verification.startedAt && application === verification.application)
      state.verification = verification;
  };
  return continueVerification({ ...parts, save, uncover: (at) => state.uncover(at, parts.now()) }, begun);
};

/** @returns whether the run is over */
const runSlice = async (parts: SliceParts, begun: RunState): Promise<boolean> => {
  const { state } = parts;
  const save = (run: RunState): void => {
    state.run = run;
  };
  const rest = await continueRun({ ...parts, save, backUp: (name) => backUp(parts, name) }, begun);
  if (rest !== undefined) return false;
  await expireAll(parts);
  end(parts, state.run ?? begun);
  return true;
};

const end = ({ state, now }: SliceParts, run: RunState): void => {
  const described = describeRun(run);
  const before = state.covered;
  // What was found broken while this run went on may have been behind it: the next one makes another.
  const coversAll = run.failures === 0 && (before.uncoveredAt ?? 0) < run.startedAt;
  const covered = coversAll ? { coveredAt: run.startedAt - LISTING_LAG_MS } : before;
  state.ended({ ...described, endedAt: now() }, { ...covered, failures: run.failures });
  const { made, unchanged, failed } = described;
  log('info', 'backups were made', { made, unchanged, failed });
};
