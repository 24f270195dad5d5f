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
    const elapsedMs = Math.max(0, now - this.#refilledAt);
    this.#refilledAt = now;
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedMs * this.#perSecond) / 1_000);
    if (this.#tokens < count) return 'refused';
    this.#tokens -= count;
    return 'granted';
  }
}
