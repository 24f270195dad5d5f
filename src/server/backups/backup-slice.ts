import { BACKUP_RETRY_MS } from '../../protocol/backup-limits.ts';
import { LISTING_UPDATE_MS } from '../../protocol/limits.ts';
import { log } from '../logging/log.ts';
import { backUp, type MakerParts } from './backup-maker.ts';
import { continueRun, describeRun, newRun, type RunParts, type RunState } from './backup-run.ts';
import { continueExpiry } from './expire-backups.ts';
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
  const swept = await sweep(parts);
  if (swept === 'more') return now();
  if (state.verification?.isRunning) {
    await verificationSlice(parts, state.verification);
    return now();
  }
  const due = dueOf(state.lastRun, settings);
  const run = state.run ?? (due !== undefined && due <= now() ? newRun(now()) : undefined);
  if (run === undefined) return afterSweep(parts, swept);
  const next = await runSlice(parts, run);
  return next ?? afterSweep(parts, await sweep(parts));
};

/** When the next slice is to be, where neither a run nor a verification goes on. */
const afterSweep = ({ state, settings, now }: SliceParts, swept: Awaited<ReturnType<typeof sweep>>) => {
  if (swept === 'more') return now();
  const due = dueOf(state.lastRun, settings);
  return swept === 'clean' ? due : Math.min(due ?? Number.POSITIVE_INFINITY, now() + BACKUP_RETRY_MS);
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

/** @returns when it goes on; undefined when the run is over */
const runSlice = async (parts: SliceParts, begun: RunState): Promise<number | undefined> => {
  const { state } = parts;
  const save = (run: RunState): void => {
    state.run = run;
  };
  const isExpiring = begun.expiry !== undefined;
  const rest = isExpiring
    ? undefined
    : await continueRun({ ...parts, save, backUp: (name) => backUp(parts, name) }, begun);
  // A store that takes nothing is asked again in a while, rather than by every application at once.
  if (rest !== undefined) return parts.now() + (hasOnlyFailed(begun, rest) ? BACKUP_RETRY_MS : 0);
  const run = state.run ?? begun;
  const expiry = await continueExpiry({ ...parts, save: (to) => save({ ...run, expiry: to }) }, run.expiry);
  if (expiry !== undefined) return parts.now();
  end(parts, run);
  return undefined;
};

const hasOnlyFailed = (begun: RunState, { failures, made = 0 }: RunState): boolean =>
  failures > begun.failures && made === (begun.made ?? 0);

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
