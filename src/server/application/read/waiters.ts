import type { Slice } from '../../../core/drain/drain-slice.ts';
import { Slots } from '../../../core/limits/slots.ts';
import { WAITERS_MAX } from '../../../protocol/limits.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { StateListener } from '../state/state-listener.ts';

interface Waiter {
  readonly version: number;
  readonly resolve: () => void;
}

/** Requests that wait for the state to reach a version. Bounded in number and in time, and shared among subjects [F3]. */
export class Waiters implements StateListener {
  readonly #waiters = new Set<Waiter>();
  readonly #slots = new Slots<Waiter>(WAITERS_MAX);

  get size(): number {
    return this.#waiters.size;
  }

  get isFull(): boolean {
    return this.#slots.isFull;
  }

  /** Whether one more request of the subject may wait. */
  hasSlotFor(user: string): boolean {
    return this.#slots.hasSlotFor(user);
  }

  /**
   * Resolves when the version is reached, the application is deleted, or the time is over; earlier when a request of
   * another subject needs the slot.
   */
  wait(version: number, seconds: number, user = ''): Promise<void> {
    this.#slots.toDisplace(user)[0]?.resolve();
    return new Promise((resolve) => {
      const waiter: Waiter = {
        version,
        resolve: () => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          this.#slots.release(user, waiter);
          resolve();
        },
      };
      const timer = setTimeout(waiter.resolve, seconds * 1_000);
      this.#waiters.add(waiter);
      this.#slots.take(user, waiter);
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
