import type { Slice } from '../../../core/drain/drain-slice.ts';
import { WAITERS_MAX } from '../../../protocol/limits.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { StateListener } from '../state/state-listener.ts';

interface Waiter {
  readonly version: number;
  /** `apply`: for something that was accepted. `change`: for anything. */
  readonly awaits: 'apply' | 'change';
  readonly wake: () => void;
}

/** Requests that wait for the state to reach a version. Bounded in number and in time. */
export class Waiters implements StateListener {
  readonly #waiters = new Set<Waiter>();

  get size(): number {
    return this.#waiters.size;
  }

  get isFull(): boolean {
    return this.size >= WAITERS_MAX;
  }

  /** Resolves when the version is reached, the application ends, or the time is over. */
  wait(version: number, seconds: number, awaits: Waiter['awaits'] = 'apply'): Promise<void> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        version,
        awaits,
        wake: () => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve();
        },
      };
      const timer = setTimeout(waiter.wake, seconds * 1_000);
      this.#waiters.add(waiter);
    });
  }

  /** The output gate holds the answers until what they tell is durable. */
  onCommit({ version, blockedBy }: LoadedState, slice: Slice | undefined): void {
    for (const waiter of [...this.#waiters]) {
      // Whoever waits for what cannot come, or for a version of another epoch, is answered with what there is. A
      // long-poll goes on: answered at once, all its readers would come back at once.
      const isVain = blockedBy !== undefined && waiter.awaits === 'apply';
      if (waiter.version <= version || slice === undefined || isVain) waiter.wake();
    }
  }

  onDeleted(): void {
    for (const waiter of [...this.#waiters]) waiter.wake();
  }
}
