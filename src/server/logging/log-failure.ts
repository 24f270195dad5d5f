import { LruCache } from '../../core/limits/lru-cache.ts';
import { describeError, type LogDetails, log } from './log.ts';

/** What failed: the code of a definition, in an application. */
export interface FailedCode extends LogDetails {
  readonly application: string;
  /** The name of the change; `$migrate` for a migration. */
  readonly change: string;
  /** The change's seq; missing where it was not accepted yet. */
  readonly seq?: number;
  /** What the author can do about it, where that is known. */
  readonly cure?: string | undefined;
}

/** A cause that was logged with its stack, and how often it came again without any line. */
interface KnownCause {
  /** ms since 1970. */
  readonly loggedAt: number;
  /** Of the failure that was logged then. */
  readonly seq: number | undefined;
  leftOut: number;
}

/** The short lines of an application since a time, ms since 1970. */
interface ShortLines {
  readonly since: number;
  count: number;
}

/** The stack of one cause of one application is logged at most this often. */
const REPEAT_MS_MIN = 60_000;

/** Short lines of one application in that time: a client that pushes a failing change again and again fills no log. */
const SHORT_LINES_MAX = 20;
/** UTF-16 units of the error in a short line. */
const SHORT_ERROR_LENGTH = 200;

/** Of all applications of the isolate. Bounds the memory; a cause that is forgotten is logged again with its stack. */
const CAUSES_MAX = 1_000;

const causes = new LruCache<string, KnownCause>(CAUSES_MAX);
const shortLines = new LruCache<string, ShortLines>(CAUSES_MAX);

/**
 * Logs an error that the code of a definition has thrown: the only place where its author finds it, as no answer says
 * anything of it [E2]. The first of a cause is logged at once with its stack, then one a minute. Others of the same cause
 * have a short line, by which a seq is found that somebody asks about: `stackAtSeq` is the seq of the line with the stack.
 * Beyond 20 short lines a minute of one application they are counted, in `leftOut` of the next line with a stack; so are
 * those of that same seq, and of no seq. Errors of one change that were thrown at one place have one cause.
 *
 * @param now ms since 1970
 */
export const logFailure = (message: string, failed: FailedCode, error: unknown, now = Date.now()): void => {
  const described = describeError(error);
  const cause = `${failed.application}\n${failed.change}\n${originOf(described, error)}`;
  const known = causes.get(cause);
  if (known !== undefined && Math.abs(now - known.loggedAt) < REPEAT_MS_MIN) {
    if (failed.seq === known.seq || !takeShortLine(failed.application, now)) known.leftOut += 1;
    else log('error', message, { ...failed, error: shortened(described.error), stackAtSeq: known.seq });
    return;
  }
  causes.set(cause, { loggedAt: now, seq: failed.seq, leftOut: 0 });
  log('error', message, { ...failed, ...described, ...(known?.leftOut ? { leftOut: known.leftOut } : {}) });
};

/** Whether an application may have a short line more. */
const takeShortLine = (application: string, now: number): boolean => {
  const last = shortLines.get(application);
  const isCurrent = last !== undefined && Math.abs(now - last.since) < REPEAT_MS_MIN;
  const lines = isCurrent ? last : { since: now, count: 0 };
  if (!isCurrent) shortLines.set(application, lines);
  lines.count += 1;
  return lines.count <= SHORT_LINES_MAX;
};

const shortened = (error: string): string => error.slice(0, SHORT_ERROR_LENGTH).toWellFormed();

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
