import type { ClientCounter } from '../../../core/drain/sequence.ts';
import { LargestCount } from '../../../core/limits/largest-count.ts';

/**
 * A bounded number of counters. Beyond it, the subject that has most loses the one that it used longest ago: whoever
 * makes many ids loses its own, never those of others [Q16].
 */
export class CounterPool {
  readonly #max: number;
  /** By name; the one that was used longest ago comes first. */
  readonly #counters = new Map<string, ClientCounter>();
  /** The names of each subject, in the same order. */
  readonly #names = new Map<string, Set<string>>();
  readonly #counts = new LargestCount();

  /** @param max number of counters */
  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#counters.size;
  }

  get(name: string): ClientCounter | undefined {
    return this.#counters.get(name);
  }

  [Symbol.iterator](): IterableIterator<[string, ClientCounter]> {
    return this.#counters[Symbol.iterator]();
  }

  /** @returns the name that was dropped for it */
  set(name: string, counter: ClientCounter): string | undefined {
    const known = this.#counters.get(name);
    if (known?.user === counter.user) {
      this.#moveToEnd(name, counter);
      return undefined;
    }
    this.#delete(name);
    this.#counters.set(name, counter);
    this.#counts.add(counter.user);
    this.#names.set(counter.user, (this.#names.get(counter.user) ?? new Set()).add(name));
    return this.#counters.size > this.#max ? this.#dropOne() : undefined;
  }

  #moveToEnd(name: string, counter: ClientCounter): void {
    this.#counters.delete(name);
    this.#counters.set(name, counter);
    const names = this.#names.get(counter.user);
    names?.delete(name);
    names?.add(name);
  }

  #dropOne(): string | undefined {
    const { largest } = this.#counts;
    const [name] = (largest === undefined ? undefined : this.#names.get(largest)) ?? [];
    if (name !== undefined) this.#delete(name);
    return name;
  }

  #delete(name: string): void {
    const counter = this.#counters.get(name);
    if (counter === undefined) return;
    this.#counters.delete(name);
    this.#counts.remove(counter.user);
    const names = this.#names.get(counter.user);
    names?.delete(name);
    if (names?.size === 0) this.#names.delete(counter.user);
  }
}
