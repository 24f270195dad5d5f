import { LruCache } from '../../core/limits/lru-cache.ts';
import { describeError, type LogDetails, log } from './log.ts';

/** What failed: the code of a definition, in an application. */
export interface FailedCode extends LogDetails {
  readonly application: string;
  /** The name of the change; `$migrate` for a migration. */
  readonly change: string;
  /** The change's seq; missing where it was not accepted yet. */
  readonly seq?: number;
}

/** A cause that was logged, and how often it came again. */
interface KnownCause {
  /** ms since 1970. */
  readonly loggedAt: number;
  leftOut: number;
}

/** One cause of one application is logged at most this often: a client that pushes it again and again fills no log. */
const REPEAT_MS_MIN = 60_000;

/** Of all applications of the isolate. Bounds the memory; a cause that is forgotten is logged again. */
const CAUSES_MAX = 1_000;

const causes = new LruCache<string, KnownCause>(CAUSES_MAX);

/**
 * Logs an error that the code of a definition has thrown, with its stack: the only place where its author finds it, as no
 * answer says anything of it [E2]. The first of a cause is logged at once, then one a minute at most, with the number of
 * those that were left out. Errors of one change that were thrown at one place have one cause.
 *
 * @param now ms since 1970
 */
export const logFailure = (message: string, failed: FailedCode, error: unknown, now = Date.now()): void => {
  const described = describeError(error);
  const cause = `${failed.application}\n${failed.change}\n${originOf(described, error)}`;
  const known = causes.get(cause);
  if (known !== undefined && Math.abs(now - known.loggedAt) < REPEAT_MS_MIN) {
    known.leftOut += 1;
    return;
  }
  causes.set(cause, { loggedAt: now, leftOut: 0 });
  log('error', message, { ...failed, ...described, ...(known?.leftOut ? { leftOut: known.leftOut } : {}) });
};

/**
 * Frames that tell two places of one change apart: the definition's own. Behind them come ours, which differ between a
 * change that is applied at once and one that waits.
 */
const FRAMES_MAX = 6;

/**
 * Where an error was thrown: its first frames, as its message may name other things each time. Before the definition's
 * frames, an error with a problem has some of ours, so all of them count.
 */
const originOf = (described: ReturnType<typeof describeError>, error: unknown): string => {
  const frames = (described.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  if (frames.length === 0) return described.error.slice(0, 100);
  const isOurs = error instanceof Error && 'problem' in error;
  return (isOurs ? frames : frames.slice(0, FRAMES_MAX)).join('\n');
};
