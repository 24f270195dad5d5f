import { WAITERS_MAX } from '../../protocol/limits.ts';

interface Waiter {
  readonly version: number;
  readonly wake: () => void;
}

/** Requests that wait for the state to reach a version. Bounded in number and in time. */
export class Waiters {
  readonly #waiters = new Set<Waiter>();

  get isFull(): boolean {
    return this.#waiters.size >= WAITERS_MAX;
  }

  /** Resolves when the version is reached, the application ends, or the time is over. */
  wait(version: number, seconds: number): Promise<void> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        version,
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

  /** Call after the commit: the output gate holds the answers until it is durable. */
  reached(version: number): void {
    for (const waiter of [...this.#waiters]) if (waiter.version <= version) waiter.wake();
  }

  wakeAll(): void {
    this.reached(Number.MAX_SAFE_INTEGER);
  }
}
