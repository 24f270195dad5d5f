/** Two requests of one loop are at least so many ms apart, unless the first has brought news. */
export const REQUEST_GAP_MS = 250;
/** `Retry-After` counts up to so many ms: a wrong clock or a mistyped header must not stop a client for days. */
const RETRY_AFTER_MS_MAX = 300_000;

/**
 * The delay that an answer asks for, in ms; 0 without one. `Retry-After` is a number of seconds or a date (RFC 9110, 10.2.3):
 * a date is compared with the answer's own, since clocks differ.
 *
 * @param now used where the answer has no `Date`, in ms since 1970
 */
export const retryAfterOf = (headers: Headers, now: number): number => {
  const value = headers.get('Retry-After') ?? '';
  return Math.max(0, Number(value) * 1_000 || Date.parse(value) - (Date.parse(headers.get('Date') ?? '') || now) || 0);
};

/** The delays of retries, in ms. */
export interface Backoff {
  /** The first retry is spread over this time. */
  readonly firstMs: number;
  /** Each further retry is spread over twice the time of the one before, but at most over this. */
  readonly maxMs: number;
}

export const PUSH_BACKOFF: Backoff = { firstMs: 250, maxMs: 30_000 };
export const POLL_BACKOFF: Backoff = { firstMs: 250, maxMs: 15_000 };
/** Longer than the others: after a deploy all sockets reconnect, and polls go on meanwhile. All are back within a minute. */
export const LIVE_BACKOFF: Backoff = { firstMs: 1_000, maxMs: 30_000 };

/**
 * Milliseconds until the next attempt: exponential backoff with full jitter, added to `Retry-After` or at
 * least to `REQUEST_GAP_MS`. Sooner the server would refuse, and exactly then all clients would come together.
 *
 * @param failures the number of failures in a row, from 1
 * @param random uniform in [0, 1)
 * @param retryAfterMs the delay that the server has asked for; 0 when it has not
 */
export const retryDelay = (
  { firstMs, maxMs }: Backoff,
  failures: number,
  random: number,
  retryAfterMs: number,
): number => {
  const spreadMs = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.min(Math.max(retryAfterMs, REQUEST_GAP_MS), RETRY_AFTER_MS_MAX) + Math.round(random * spreadMs);
};
