import type { Slice } from '../../../core/drain/drain-slice.ts';
import { WAITERS_MAX } from '../../../protocol/limits.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { StateListener } from '../state/state-listener.ts';

interface Waiter {
  readonly version: number;
  readonly resolve: () => void;
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

  /** Resolves when the version is reached, the application is deleted, or the time is over. */
  wait(version: number, seconds: number): Promise<void> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        version,
        resolve: () => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve();
        },
      };
      const timer = setTimeout(waiter.resolve, seconds * 1_000);
      this.#waiters.add(waiter);
    });
  }

  /** The output gate holds the answers back until their content is durable. */
  onCommit({ version, blockedBy }: LoadedState, slice: Slice | undefined): void {
    // After a replacement the awaited version belongs to another epoch, and while blocked it cannot come: all are answered.
    const reached = slice === undefined || blockedBy !== undefined ? Number.MAX_SAFE_INTEGER : version;
    for (const waiter of [...this.#waiters]) if (waiter.version <= reached) waiter.resolve();
  }

  onDeleted(): void {
    for (const waiter of [...this.#waiters]) waiter.resolve();
  }
}
