/** The longest debt, in seconds of the rate: whoever has caused more waits no longer than this. */
const DEBT_SECONDS_MAX = 60;

/**
 * A token bucket that is charged afterwards, when the cost is known. It may go into debt, and nothing is granted until
 * the debt is paid by time.
 */
export class RateAccount {
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

  charge(tokens: number, now: number): void {
    this.#refill(now);
    this.#tokens = Math.max(this.#tokens - tokens, -DEBT_SECONDS_MAX * this.#perSecond);
  }

  /** Seconds until something is granted again, at least 1; undefined when it is granted now. */
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
