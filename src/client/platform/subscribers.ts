/** Who is told when a value that they look at has changed. */
export class Subscribers<Value> {
  readonly #listeners = new Set<() => void>();
  readonly #value: () => Value;

  constructor(value: () => Value) {
    this.#value = value;
  }

  /** @returns ends it */
  add<Selected>(selector: (value: Value) => Selected, listener: (selected: Selected) => void): () => void {
    let last = selector(this.#value());
    const check = (): void => {
      const selected = selector(this.#value());
      if (Object.is(selected, last)) return;
      last = selected;
      listener(selected);
    };
    this.#listeners.add(check);
    return () => {
      this.#listeners.delete(check);
    };
  }

  /** One listener's error must not keep the news from the others, nor end a loop: it is thrown by itself. */
  notify(): void {
    for (const look of [...this.#listeners]) {
      try {
        look();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}
