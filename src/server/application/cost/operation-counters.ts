import { DRAIN_CHANGES_BOUNDS, DRAIN_MS_BOUNDS, OPERATION_COUNTERS, type OperationCounter } from '../../rpc/numbers.ts';

/** Counts what an application does, since it was created. Stored with the usage, in rows that are written anyway. */
export class OperationCounters {
  readonly #counts: Record<OperationCounter, number> = zero();

  count(name: OperationCounter, by = 1): void {
    this.#counts[name] += by;
  }

  /** Counts a drain of so many changes. @param ms 0 for one in the turn that has accepted them */
  drained(changes: number, ms: number): void {
    this.count('drains');
    this.count('drainChanges', changes);
    this.count('drainMs', ms);
    for (const bound of DRAIN_CHANGES_BOUNDS) if (changes <= bound) this.count(`drainChanges${bound}`);
    for (const bound of DRAIN_MS_BOUNDS) if (ms <= bound) this.count(`drainMs${bound}`);
  }

  /** In the order of `OPERATION_COUNTERS`. */
  get values(): number[] {
    return OPERATION_COUNTERS.map((name) => this.#counts[name]);
  }

  /** Adds what earlier instances have counted. */
  resume(values: readonly number[]): void {
    for (const [index, name] of OPERATION_COUNTERS.entries()) this.count(name, values[index] ?? 0);
  }

  /** Runs a commit with what it counts, which is taken back when it throws. */
  attempt<T>(commit: () => T): T {
    const before = { ...this.#counts };
    try {
      return commit();
    } catch (error) {
      Object.assign(this.#counts, before);
      throw error;
    }
  }

  restart(): void {
    Object.assign(this.#counts, zero());
  }
}

const zero = (): Record<OperationCounter, number> =>
  Object.fromEntries(OPERATION_COUNTERS.map((name) => [name, 0])) as Record<OperationCounter, number>;
