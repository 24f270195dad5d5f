/** Since when, in whole periods since 1970, and how much. */
export type Used = readonly [period: number, used: number];

/**
 * How much may be used in each period of the clock (a minute, a day in UTC). What is under way when it runs out may
 * still go over; the periods after it owe that, so that in the long run the limit holds.
 */
export class Allowance {
  readonly limit: number;
  readonly #periodMs: number;
  #period = 0;
  #used = 0;

  constructor({ limit, periodMs }: { readonly limit: number; readonly periodMs: number }) {
    this.limit = limit;
    this.#periodMs = periodMs;
  }

  /** Goes on where an earlier life was. */
  resume([period, used]: Used): void {
    this.#period = period;
    this.#used = used;
  }

  use(count: number, now: number): void {
    this.#used = this.used(now) + count;
    this.#period = Math.max(this.#period, this.#periodOf(now));
  }

  /** What counts against the limit now. */
  used(now: number): number {
    const passed = this.#periodOf(now) - this.#period;
    return passed <= 0 ? this.#used : Math.max(0, this.#used - passed * this.limit);
  }

  /** Seconds until there is something left, at least 1; undefined while there is. */
  secondsLeft(now: number): number | undefined {
    const used = this.used(now);
    if (used < this.limit) return undefined;
    const opens = (Math.max(this.#period, this.#periodOf(now)) + Math.floor(used / this.limit)) * this.#periodMs;
    return Math.max(1, Math.ceil((opens - now) / 1_000));
  }

  get kept(): Used {
    return [this.#period, this.#used];
  }

  #periodOf(now: number): number {
    return Math.floor(now / this.#periodMs);
  }
}
