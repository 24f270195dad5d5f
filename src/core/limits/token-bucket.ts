/** Lets through so many a second, and so many at once after a pause. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #most: number;
  #tokens: number;
  #at: number;

  /** @param now ms from anywhere; only differences count */
  constructor(rate: { readonly perSecond: number; readonly burst: number }, now: number) {
    this.#perSecond = rate.perSecond;
    this.#most = rate.burst;
    this.#tokens = rate.burst;
    this.#at = now;
  }

  take(now: number): 'granted' | 'refused' {
    const passed = Math.max(0, now - this.#at);
    this.#at = now;
    this.#tokens = Math.min(this.#most, this.#tokens + (passed * this.#perSecond) / 1_000);
    if (this.#tokens < 1) return 'refused';
    this.#tokens -= 1;
    return 'granted';
  }
}
