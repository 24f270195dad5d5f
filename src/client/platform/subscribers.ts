import { reportError } from './report-error.ts';

/** The listeners of a value. Each is called when the part that it has selected changes. */
export class Subscribers<Value> {
  readonly #listeners = new Set<() => void>();
  readonly #value: () => Value;

  constructor(value: () => Value) {
    this.#value = value;
  }

  /** @returns ends the subscription */
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

  /** A listener's error is thrown by itself: it must not keep the others from being called, nor end a loop. */
  notify(): void {
    for (const check of [...this.#listeners]) {
      try {
        check();
      } catch (error) {
        reportError(error);
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}
