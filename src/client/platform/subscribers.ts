import { reportError } from './report-error.ts';
import type { Timer } from './timer.ts';

/** Notifications of one turn of the event loop that are made at once: far more than any page needs to stay smooth. */
const AT_ONCE_MAX = 100;

/** The listeners of a value. Each is called when the part that it has selected changes. */
export class Subscribers<Value> {
  readonly #listeners = new Set<() => void>();
  readonly #value: () => Value;
  readonly #timer: Timer | undefined;
  /** Notifications of this turn. */
  #count = 0;

  /**
   * @param timer of its own. With it, a turn of very many notifications, such as a loop of pushes, makes the last ones
   * together at its end: each would make the whole value anew
   */
  constructor(value: () => Value, timer?: Timer) {
    this.#value = value;
    this.#timer = timer;
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

  notify(): void {
    if (this.#timer !== undefined) this.#count += 1;
    if (this.#count <= AT_ONCE_MAX) this.#check();
    if (this.#timer?.isSet === false) this.#timer.set(0, () => this.#endTurn());
  }

  #endTurn(): void {
    const isBehind = this.#count > AT_ONCE_MAX;
    this.#count = 0;
    if (isBehind) this.#check();
  }

  /** A listener's error is thrown by itself: it must not keep the others from being called, nor end a loop. */
  #check(): void {
    // Not of a copy: one that is ended meanwhile is not called any more.
    for (const check of this.#listeners) {
      try {
        check();
      } catch (error) {
        reportError(error);
      }
    }
  }

  clear(): void {
    this.#timer?.clear();
    this.#listeners.clear();
  }
}
