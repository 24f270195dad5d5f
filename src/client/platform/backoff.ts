/** When a failed attempt may be made again. */
export interface Backoff {
  /** The spread of the first retry, in ms. */
  readonly firstMs: number;
  /** No retry is spread over more than this, in ms. */
  readonly maxMs: number;
}

export const PUSH_BACKOFF: Backoff = { firstMs: 250, maxMs: 30_000 };
export const POLL_BACKOFF: Backoff = { firstMs: 250, maxMs: 15_000 };
/** Coming back too soon after a deploy brings everybody back at once; polls carry on meanwhile. */
export const LIVE_BACKOFF: Backoff = { firstMs: 1_000, maxMs: 60_000 };

/**
 * Exponential backoff with full jitter, on top of what the server asked for: below `Retry-After` nobody may come,
 * and exactly at it all would come together.
 *
 * @param failures how many there have been in a row, from 1
 * @param random uniform in [0, 1)
 * @param retryAfterMs what the server asked for; 0 when it did not
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
