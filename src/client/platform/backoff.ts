/** The delays of retries, in ms. */
export interface Backoff {
  /** The first retry is spread over this time. */
  readonly firstMs: number;
  /** Each further retry is spread over twice the time of the one before, but at most over this. */
  readonly maxMs: number;
}

export const PUSH_BACKOFF: Backoff = { firstMs: 250, maxMs: 30_000 };
export const POLL_BACKOFF: Backoff = { firstMs: 250, maxMs: 15_000 };
/** Longer than the others: after a deploy all sockets reconnect, and polls go on meanwhile. */
export const LIVE_BACKOFF: Backoff = { firstMs: 1_000, maxMs: 60_000 };

/**
 * Milliseconds until the next attempt: exponential backoff with full jitter, added to `Retry-After`. Sooner the server
 * would refuse, and exactly then all clients would come together.
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
  return retryAfterMs + Math.round(random * spreadMs);
};
