import type { Environment } from './environment.ts';

/** One timer at most: setting it again replaces it, and a closed client leaves none behind. */
export class Alarm {
  readonly #after: Environment['after'];
  #cancel: (() => void) | undefined;

  constructor({ after }: Pick<Environment, 'after'>) {
    this.#after = after;
  }

  get isSet(): boolean {
    return this.#cancel !== undefined;
  }

  set(ms: number, call: () => void): void {
    this.clear();
    this.#cancel = this.#after(ms, () => {
      this.#cancel = undefined;
      call();
    });
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
