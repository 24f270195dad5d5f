import type { Slice } from '../../../core/drain/drain-slice.ts';
import { describeError, log } from '../../logging/log.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { StateListener } from '../state/state-listener.ts';

/** The listeners of the state: waiting requests, event streams and sockets. */
export class Listeners {
  readonly #listeners: StateListener[] = [];
  readonly #application: () => string;

  /** @param application `owner/app` for log lines */
  constructor(application: () => string) {
    this.#application = application;
  }

  add(...listeners: readonly StateListener[]): void {
    this.#listeners.push(...listeners);
  }

  /** Whether a reader waits for the next version. */
  get isWatched(): boolean {
    return this.#listeners.some(({ size }) => size > 0);
  }

  /** Call after the commit. When a listener throws, the others are still notified, and nothing is rolled back. */
  notify(loaded: LoadedState, slice: Slice | undefined): void {
    for (const listener of this.#listeners) {
      try {
        listener.onCommit(loaded, slice);
      } catch (error) {
        log('error', 'a listener failed', { application: this.#application(), ...describeError(error) });
      }
    }
  }

  /** Call after the application was deleted. */
  notifyDeleted(): void {
    for (const listener of this.#listeners) listener.onDeleted();
  }
}
