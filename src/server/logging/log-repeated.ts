import { LruCache } from '../../core/limits/lru-cache.ts';
import { type LogDetails, log } from './log.ts';

/** A line of one cause is written at most this often. */
const REPEAT_MS_MIN = 60_000;
/** Causes of the isolate. Bounds the memory; one that is forgotten is logged again at once. */
const CAUSES_MAX = 1_000;

/** What came of one cause in the last minute, ms since 1970. */
interface Repeated {
  readonly since: number;
  count: number;
  isLogged: boolean;
}

const causes = new LruCache<string, Repeated>(CAUSES_MAX);

/** How a line is written of something that may come again and again. */
export interface Repetition {
  /** Where the line is about: with the message it tells causes apart. */
  readonly about: string;
  /** How often it must come in a minute to be worth a line; default 1. */
  readonly threshold?: number;
  /** ms since 1970. */
  readonly now?: number;
}

/**
 * Logs an error of which more may come: one line at once, or when it has come often enough, and then none for a minute.
 * What was left out is counted in `leftOut` of the next line.
 */
export const logRepeated = (
  message: string,
  details: LogDetails,
  { about, threshold = 1, now = Date.now() }: Repetition,
): void => {
  const cause = `${message}\n${about}`;
  const known = causes.get(cause);
  const isCurrent = known !== undefined && Math.abs(now - known.since) < REPEAT_MS_MIN;
  const current = isCurrent ? known : { since: now, count: 0, isLogged: false };
  if (!isCurrent) causes.set(cause, current);
  current.count += 1;
  if (current.isLogged || current.count < threshold) return;
  current.isLogged = true;
  const leftOut = known === undefined || isCurrent ? 0 : known.count - (known.isLogged ? 1 : 0);
  log('error', message, { ...details, ...(leftOut > 0 ? { leftOut } : {}) });
};
