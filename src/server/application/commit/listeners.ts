import type { Slice } from '../../../core/drain/drain-slice.ts';
import { describeError, log } from '../../logging/log.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { StateListener } from '../state/state-listener.ts';

/** Everybody who follows the state: waiting requests, event streams and sockets. */
export class Listeners {
  readonly #listeners: StateListener[] = [];
  readonly #application: () => string;

  /** @param application the name that log lines carry */
  constructor(application: () => string) {
    this.#application = application;
  }

  add(...listeners: readonly StateListener[]): void {
    this.#listeners.push(...listeners);
  }

  /** Whether anybody waits for news of the state. */
  get isAnybodyThere(): boolean {
    return this.#listeners.some(({ size }) => size > 0);
  }

  /** Call after the commit. A listener that fails keeps the news from nobody else, and undoes nothing. */
  notify(loaded: LoadedState, slice: Slice | undefined): void {
    for (const listener of this.#listeners) {
      try {
        listener.onCommit(loaded, slice);
      } catch (error) {
        log('error', 'a listener failed', { application: this.#application(), ...describeError(error) });
      }
    }
  }

  /** Tells everybody that the application was deleted. */
  notifyDeleted(): void {
    for (const listener of this.#listeners) listener.onDeleted();
  }
}
