import { MESSAGES_PER_REQUEST, type Usage } from '../../../core/prices.ts';
import type { Budget } from './budget.ts';

/** What an application has cost since it was created, counted by itself. */
export interface Totals {
  /** Calls by the Worker, one for each of its own requests. */
  requests: number;
  /** That came in over sockets. */
  messages: number;
  /** That went off. */
  alarms: number;
  rowsRead: number;
  /** Alarms that were set included: they are billed like rows. */
  rowsWritten: number;
  awakeMs: number;
}

/**
 * Totals and use of the budget as they stand in the log, in a row that is written anyway. What is only read after
 * the last change of a life is forgotten with that life: writing it down would make reading cost rows.
 */
export type UsageSnapshot = readonly number[];

/** Counts what the platform bills [C1]. */
export class UsageMeter {
  readonly budget: Budget;
  readonly #totals: Totals = zero();
  #isResumed: boolean = false;
  /** Requests under way, and since when there has been one. */
  #active = 0;
  #activeSince = 0;

  constructor(budget: Budget) {
    this.budget = budget;
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

  /** The object is awake, and billed, until the answer is called. */
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

  /** The rows since then, shared equally by the pushes of a turn. */
  rowsSince(before: Readonly<Totals>, shares: number): Pick<Totals, 'rowsRead' | 'rowsWritten'> {
    const { rowsRead, rowsWritten } = this.#totals;
    return {
      rowsRead: (rowsRead - before.rowsRead) / shares,
      rowsWritten: (rowsWritten - before.rowsWritten) / shares,
    };
  }

  /** @param rows that are certain to be written with it or because of it */
  snapshot(rows: number): UsageSnapshot {
    const { requests, messages, alarms, rowsRead, rowsWritten, awakeMs } = this.totals;
    const [day, ofDay] = this.budget.rows.snapshot;
    return [
      ...[requests, messages, alarms, rowsRead, rowsWritten + rows, awakeMs],
      ...[day, ofDay + rows, ...this.budget.changes.snapshot],
    ];
  }

  /** Goes on where the last life was. Only the first call counts: what comes later was written by this life. */
  resume([
    requests = 0,
    messages = 0,
    alarms = 0,
    rowsRead = 0,
    rowsWritten = 0,
    awakeMs = 0,
    ...used
  ]: UsageSnapshot): void {
    if (this.#isResumed) return;
    this.#isResumed = true;
    const [day, ofDay, minute, ofMinute] = used;
    const before = { requests, messages, alarms, rowsRead, rowsWritten, awakeMs };
    for (const name of Object.keys(before) as (keyof Totals)[]) this.#totals[name] += before[name];
    if (day !== undefined && ofDay !== undefined) this.budget.rows.resume([day, ofDay]);
    if (minute !== undefined && ofMinute !== undefined) this.budget.changes.resume([minute, ofMinute]);
  }

  /** The application is gone; the next one of its name begins at nothing. The budget goes on. */
  restart(): void {
    Object.assign(this.#totals, zero());
    this.#isResumed = false;
  }
}

const zero = (): Totals => ({ requests: 0, messages: 0, alarms: 0, rowsRead: 0, rowsWritten: 0, awakeMs: 0 });

/** As the platform bills it. */
export const usageOf = ({ requests, messages, alarms, rowsRead, rowsWritten, awakeMs }: Readonly<Totals>): Usage => ({
  ...{ workerRequests: requests, rowsRead, rowsWritten, awakeMs },
  objectRequests: requests + alarms + messages / MESSAGES_PER_REQUEST,
});
