import type { Environment } from './environment.ts';

/** At most one timeout at a time: setting it again replaces it. */
export class Timer {
  readonly #setTimer: Environment['setTimer'];
  #cancel: (() => void) | undefined;

  constructor({ setTimer }: Pick<Environment, 'setTimer'>) {
    this.#setTimer = setTimer;
  }

  get isSet(): boolean {
    return this.#cancel !== undefined;
  }

  set(ms: number, call: () => void): void {
    this.clear();
    this.#cancel = this.#setTimer(ms, () => {
      this.#cancel = undefined;
      call();
    });
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
