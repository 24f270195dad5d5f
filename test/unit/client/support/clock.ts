import type { Environment } from '../../../../src/client/platform/environment.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly call: () => void;
}

/** A clock that a test moves. After each timer, promises get their turn. */
export class Clock {
  now = 1_700_000_000_000;
  readonly #timers = new Set<Timer>();
  #order = 0;

  get pending(): number {
    return this.#timers.size;
  }

  readonly setTimer = (ms: number, call: () => void): (() => void) => {
    this.#order += 1;
    const timer = { at: this.now + ms, order: this.#order, call };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  };

  readonly sleep = (ms: number): Promise<void> => new Promise((resolve) => this.setTimer(ms, resolve));

  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    await settle();
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#timers.delete(timer);
      this.now = Math.max(this.now, timer.at);
      timer.call();
      await settle();
    }
    this.now = end;
  }

  /** Passes time until the condition holds. @throws after so many ms */
  async until(holds: () => boolean, withinMs = 600_000): Promise<void> {
    for (let passed = 0; passed < withinMs; passed += 50) {
      if (holds()) return;
      await this.pass(50);
    }
    throw new Error(`The condition did not hold within ${withinMs} ms.`);
  }

  #next(end: number): Timer | undefined {
    const [first] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at || a.order - b.order);
    return first;
  }
}

/** Lets all promises go on that wait for neither time nor network. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** The environment of a page, under a test's control. */
export class Page {
  isOnline = true;
  visibility: 'visible' | 'hidden' = 'visible';
  /** A killed tab: its timers do not fire and its requests get no answer. */
  isDead = false;
  readonly watchers = new Set<() => void>();
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(clock: Clock, random: () => number = () => 0.5) {
    this.#clock = clock;
    this.#random = random;
  }

  set(change: Partial<Pick<Page, 'isOnline' | 'visibility'>>): void {
    Object.assign(this, change);
    for (const listener of [...this.watchers]) listener();
  }

  get environment(): Partial<Environment> {
    return {
      locks: undefined,
      now: () => this.#clock.now,
      random: this.#random,
      setTimer: (ms, call) => this.#clock.setTimer(ms, () => this.isDead || call()),
      isOnline: () => this.isOnline,
      visibility: () => this.visibility,
      watch: (changed) => {
        this.watchers.add(changed);
        return () => {
          this.watchers.delete(changed);
        };
      },
    };
  }
}
