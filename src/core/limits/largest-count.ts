/** Counts by key, and always knows a key with the highest count, in constant time. */
export class LargestCount {
  readonly #counts = new Map<string, number>();
  readonly #keysByCount = new Map<number, Set<string>>();
  #highest = 0;

  /** A key with the highest count; undefined while nothing is counted. */
  get largest(): string | undefined {
    const [key] = this.#keysByCount.get(this.#highest) ?? [];
    return key;
  }

  add(key: string): void {
    this.#move(key, 1);
    this.#highest = Math.max(this.#highest, this.#counts.get(key) ?? 0);
  }

  /** @param key one that is counted */
  remove(key: string): void {
    this.#move(key, -1);
    // The key itself now has one less, so the next lower count is the highest.
    if (!this.#keysByCount.has(this.#highest)) this.#highest -= 1;
  }

  #move(key: string, by: 1 | -1): void {
    const before = this.#counts.get(key) ?? 0;
    const count = before + by;
    const keys = this.#keysByCount.get(before);
    keys?.delete(key);
    if (keys?.size === 0) this.#keysByCount.delete(before);
    if (count <= 0) {
      this.#counts.delete(key);
      return;
    }
    this.#counts.set(key, count);
    this.#keysByCount.set(count, (this.#keysByCount.get(count) ?? new Set()).add(key));
  }
}
