/** A map of at most `max` entries that drops the least recently used one. */
export class LruCache<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    // A map iterates in insertion order: inserted again, the entry is the most recently used one.
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: Key, value: Value): void {
    this.#entries.set(key, value);
    const [oldest] = this.#entries.size > this.#max ? this.#entries.keys() : [];
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(key: Key): void {
    this.#entries.delete(key);
  }
}

/**
 * Caches the results of a pure function of a text: clients send the same few headers again and again. The result of a
 * text longer than `lengthMax` is not cached: some platforms let headers of 128 KB through.
 */
export const memoized = <Value>(
  parse: (text: string) => Value,
  { entriesMax, lengthMax }: { readonly entriesMax: number; readonly lengthMax: number },
): ((text: string) => Value) => {
  const cache = new LruCache<string, Value>(entriesMax);
  return (text) => {
    const cached = cache.get(text);
    if (cached !== undefined) return cached;
    const value = parse(text);
    if (text.length <= lengthMax) cache.set(text, value);
    return value;
  };
};
