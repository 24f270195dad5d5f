import type { TransportName } from '../client/state/status.ts';
import { Store } from './store.ts';

/** Milliseconds from a push until a client shows it confirmed, by that client's transport, the newest last. */
export type Latencies = Readonly<Partial<Record<TransportName, readonly number[]>>>;

/** A version that a view got, at a time of `performance.now()`. */
interface Update {
  readonly version: number;
  readonly at: number;
  readonly transport: TransportName;
}

/** A push that a view has not shown yet. */
interface Measurement {
  readonly view: string;
  readonly seq: number;
  readonly startedAt: number;
}

/** Enough for a median that follows recent changes. */
const KEPT_MAX = 50;

/** Measures the time from each push until each view shows it. A view is one application in one client, by name. */
export class Stopwatch {
  readonly latencies = new Store<Latencies>({});
  readonly #updates = new Map<string, Update[]>();
  #measurements: Measurement[] = [];

  /**
   * Starts to measure a push.
   *
   * @param views the views that must show it
   * @param startedAt the time of the push, by `performance.now()`
   */
  start(views: readonly string[], seq: number, startedAt: number): void {
    for (const view of views) this.#measurements.push({ view, seq, startedAt });
    this.#finish();
  }

  /** Records that a view has reached a version. */
  updated(view: string, version: number, transport: TransportName): void {
    const updates = [...(this.#updates.get(view) ?? []), { version, transport, at: performance.now() }];
    this.#updates.set(view, updates.slice(-KEPT_MAX));
    this.#finish();
  }

  /** Ends the measurements whose view shows the push. An update may come before the receipt, so both sides call it. */
  #finish(): void {
    this.#measurements = this.#measurements.filter(({ view, seq, startedAt }) => {
      const update = this.#updates.get(view)?.find(({ version, at }) => version >= seq && at >= startedAt);
      if (update !== undefined) this.#record(update.transport, update.at - startedAt);
      return update === undefined;
    });
    this.#measurements = this.#measurements.slice(-KEPT_MAX);
  }

  #record(transport: TransportName, ms: number): void {
    const { value } = this.latencies;
    this.latencies.set({ ...value, [transport]: [...(value[transport] ?? []), ms].slice(-KEPT_MAX) });
  }
}

/** The middle value; undefined of an empty list. */
export const median = (numbers: readonly number[]): number | undefined =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
