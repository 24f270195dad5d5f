import type { Slice } from '../../../core/drain/drain-slice.ts';
import { Slots } from '../../../core/limits/slots.ts';
import { WAITERS_MAX } from '../../../protocol/limits.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { StateListener } from '../state/state-listener.ts';

interface Waiter {
  /** The subject that waits. */
  readonly user: string;
  readonly version: number;
  /** `apply`: something that was accepted. `change`: any later version, however long it takes. */
  readonly awaits: 'apply' | 'change';
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
  wait(version: number, seconds: number, user = '', awaits: Waiter['awaits'] = 'apply'): Promise<void> {
    this.#slots.toDisplace(user)[0]?.resolve();
    return new Promise((resolve) => {
      const waiter: Waiter = {
        user,
        version,
        awaits,
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
    for (const waiter of [...this.#waiters]) {
      // After a replacement the awaited version belongs to another epoch: all are answered. While blocked, what was
      // accepted cannot be applied. A long-poll goes on: answered at once, all its readers would come back at once [S5].
      const isVain = blockedBy !== undefined && waiter.awaits === 'apply';
      if (waiter.version <= version || slice === undefined || isVain) waiter.resolve();
    }
  }

  /** Ends the waits of a subject: its tokens may be revoked [A13]. */
  release(subject: string): void {
    for (const waiter of [...this.#waiters]) if (waiter.user === subject) waiter.resolve();
  }

  onDeleted(): void {
    for (const waiter of [...this.#waiters]) waiter.resolve();
  }
}
