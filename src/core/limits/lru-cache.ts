/** A map with a bound: keeps the entries that were used last. */
export class LruCache<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    // Back at the end: the one unused for longest stands first.
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
 * A pure function of a text that remembers its last answers: clients send the same few headers again and again. A text
 * over `lengthMax` is not kept: some platforms let headers of 128 KB through.
 */
export const memoized = <Value>(
  parse: (text: string) => Value,
  { entriesMax, lengthMax }: { readonly entriesMax: number; readonly lengthMax: number },
): ((text: string) => Value) => {
  const known = new LruCache<string, Value>(entriesMax);
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const value = parse(text);
    if (text.length <= lengthMax) known.set(text, value);
    return value;
  };
};
