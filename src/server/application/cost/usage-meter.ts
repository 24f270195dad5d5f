import { MESSAGES_PER_REQUEST, type Usage } from '../../../core/prices.ts';
import { OPERATION_COUNTERS, USAGE_COUNTERS } from '../../rpc/numbers.ts';
import type { Budget } from './budget.ts';
import { OperationCounters } from './operation-counters.ts';
import { SubjectRates } from './subject-rates.ts';
import { BUDGET_END, type UsageSnapshot } from './usage-snapshot.ts';

/** The cost of an application since it was created, as it counts it itself. */
export interface Totals {
  /** Calls by the Worker, one for each of its own requests. */
  requests: number;
  /** Messages received over sockets. */
  messages: number;
  /** Alarms that fired. */
  alarms: number;
  rowsRead: number;
  /** Including alarms that were set: they are billed like rows. */
  rowsWritten: number;
  awakeMs: number;
}

/** Counts what the platform bills [C1], and what the application does. */
export class UsageMeter {
  readonly budget: Budget;
  readonly rates: SubjectRates;
  readonly operations = new OperationCounters();
  readonly #totals: Totals = zero();
  #isResumed: boolean = false;
  /** Number of requests in progress. `#activeSince`: start of the time with at least one, ms since 1970. */
  #active = 0;
  #activeSince = 0;

  constructor(budget: Budget, rates = new SubjectRates({})) {
    this.budget = budget;
    this.rates = rates;
  }

  read(rows: number): void {
    this.#totals.rowsRead += rows;
  }

  wrote(rows: number): void {
    this.#totals.rowsWritten += rows;
    this.budget.rows.use(rows, Date.now());
  }

  request(): void {
    this.#totals.requests += 1;
  }

  message(): void {
    this.#totals.messages += 1;
  }

  alarm(): void {
    this.#totals.alarms += 1;
  }

  /** Counts the time awake, which is billed. @returns ends it; call it once */
  trackActive(): () => void {
    if (this.#active === 0) this.#activeSince = Date.now();
    this.#active += 1;
    return () => {
      this.#active -= 1;
      if (this.#active === 0) this.#totals.awakeMs += Date.now() - this.#activeSince;
    };
  }

  get totals(): Readonly<Totals> {
    const open = this.#active === 0 ? 0 : Date.now() - this.#activeSince;
    return { ...this.#totals, awakeMs: this.#totals.awakeMs + open };
  }

  /** The rows since `before`, divided by the number of pushes that share them. */
  rowsSince(before: Readonly<Totals>, shares: number): Pick<Totals, 'rowsRead' | 'rowsWritten'> {
    const { rowsRead, rowsWritten } = this.#totals;
    return {
      rowsRead: (rowsRead - before.rowsRead) / shares,
      rowsWritten: (rowsWritten - before.rowsWritten) / shares,
    };
  }

  /** All counters, in the order of `COUNTERS`. */
  get counters(): number[] {
    const { totals } = this;
    return [...USAGE_COUNTERS.map((name) => totals[name]), ...this.operations.values];
  }

  /** @param rows number of rows that will certainly be written with the snapshot or because of it */
  snapshot(rows: number): UsageSnapshot {
    const { requests, messages, alarms, rowsRead, rowsWritten, awakeMs } = this.totals;
    const [day, ofDay] = this.budget.rows.snapshot;
    return [
      requests,
      messages,
      alarms,
      rowsRead,
      rowsWritten + rows,
      awakeMs,
      day,
      ofDay + rows,
      ...this.budget.changes.snapshot,
      ...this.operations.values,
    ];
  }

  /**
   * Continues the totals of the previous instance. Only the first call has an effect: later snapshots are of this instance.
   *
   * @param accepted stored with the change that was accepted last
   * @param drained stored with the last slice; what it has counted may be newer
   */
  resume(accepted: UsageSnapshot, drained: UsageSnapshot = []): void {
    if (this.#isResumed) return;
    this.#isResumed = true;
    const newest = (index: number): number => Math.max(accepted[index] ?? 0, drained[index] ?? 0);
    for (const [index, name] of USAGE_COUNTERS.entries()) this.#totals[name] += newest(index);
    this.operations.resume(OPERATION_COUNTERS.map((_, index) => newest(BUDGET_END + index)));
    const [day, ofDay, minute, ofMinute] = accepted.slice(USAGE_COUNTERS.length, BUDGET_END);
    if (day !== undefined && ofDay !== undefined) this.budget.rows.resume([day, ofDay]);
    if (minute !== undefined && ofMinute !== undefined) this.budget.changes.resume([minute, ofMinute]);
  }

  /** Call after the application was deleted: the next one of its name starts at zero. The budget continues. */
  restart(): void {
    Object.assign(this.#totals, zero());
    this.operations.restart();
    this.#isResumed = false;
  }
}

const zero = (): Totals => ({ requests: 0, messages: 0, alarms: 0, rowsRead: 0, rowsWritten: 0, awakeMs: 0 });

/** The totals as the platform bills them. */
export const usageOf = ({ requests, messages, alarms, rowsRead, rowsWritten, awakeMs }: Readonly<Totals>): Usage => ({
  workerRequests: requests,
  rowsRead,
  rowsWritten,
  awakeMs,
  objectRequests: requests + alarms + messages / MESSAGES_PER_REQUEST,
});
