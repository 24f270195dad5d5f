/** The last period with use, counted in whole periods since 1970, and the use that counts against it. */
export type AllowanceUse = readonly [period: number, used: number];

/**
 * A quota per period of the clock (a minute, a day in UTC). Work that is under way when the quota runs out may exceed
 * it; the following periods are charged for the excess, so the limit holds in the long run.
 */
export class Allowance {
  readonly limit: number;
  readonly #periodMs: number;
  #period = 0;
  #used = 0;

  /** @param options `limit` units per period of `periodMs`; an infinite limit is never used up */
  constructor({ limit, periodMs }: { readonly limit: number; readonly periodMs: number }) {
    this.limit = limit;
    this.#periodMs = periodMs;
  }

  /** Restores a snapshot that an earlier instance has stored. */
  resume([period, used]: AllowanceUse): void {
    this.#period = period;
    this.#used = used;
  }

  /** @param now ms since 1970 */
  use(count: number, now: number): void {
    this.#used = this.used(now) + count;
    this.#period = Math.max(this.#period, this.#periodOf(now));
  }

  /** Units that count against the limit now. */
  used(now: number): number {
    const passed = this.#periodOf(now) - this.#period;
    return passed <= 0 ? this.#used : Math.max(0, this.#used - passed * this.limit);
  }

  /** Seconds until some of the limit is available, at least 1; `undefined` when it is available now. */
  retryAfter(now: number): number | undefined {
    const used = this.used(now);
    if (used < this.limit) return undefined;
    const opens = (Math.max(this.#period, this.#periodOf(now)) + Math.floor(used / this.limit)) * this.#periodMs;
    return Math.max(1, Math.ceil((opens - now) / 1_000));
  }

  /** The value to store, for `resume`. */
  get snapshot(): AllowanceUse {
    return [this.#period, this.#used];
  }

  #periodOf(now: number): number {
    return Math.floor(now / this.#periodMs);
  }
}
