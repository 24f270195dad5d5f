/** The longest debt, in seconds of the rate: whoever has caused more waits no longer than this. */
const DEBT_SECONDS_MAX = 60;

/** A rate limit as a token bucket: `perSecond` tokens are added each second, and at most `burst` are stored. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #refilledAt: number;

  /** @param now ms from any origin; only differences count */
  constructor(rate: { readonly perSecond: number; readonly burst: number }, now: number) {
    this.#perSecond = rate.perSecond;
    this.#burst = rate.burst;
    this.#tokens = rate.burst;
    this.#refilledAt = now;
  }

  /** Takes so many tokens, if they are there; otherwise none. */
  consume(now: number, count = 1): 'granted' | 'refused' {
    this.#refill(now);
    if (this.#tokens < count) return 'refused';
    this.#tokens -= count;
    return 'granted';
  }

  /** Takes so many tokens once a cost is known. It may go into debt, which is paid by time. */
  charge(now: number, count: number): void {
    this.#refill(now);
    this.#tokens = Math.max(this.#tokens - count, -DEBT_SECONDS_MAX * this.#perSecond);
  }

  /** Seconds until there is a token again, at least 1; undefined when there is one now. */
  retryAfter(now: number): number | undefined {
    this.#refill(now);
    return this.#tokens >= 1 ? undefined : Math.max(1, Math.ceil((1 - this.#tokens) / this.#perSecond));
  }

  #refill(now: number): void {
    const elapsedMs = Math.max(0, now - this.#refilledAt);
    this.#refilledAt = now;
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedMs * this.#perSecond) / 1_000);
  }
}
