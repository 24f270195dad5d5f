import type { TransportName } from '../client/state/status.ts';
import { Store } from './store.ts';

/** Milliseconds from the push to the moment a client sees it confirmed, the newest last. */
export type Latencies = Readonly<Partial<Record<TransportName, readonly number[]>>>;

interface Seen {
  readonly version: number;
  readonly at: number;
  readonly transport: TransportName;
}

interface Race {
  readonly place: string;
  readonly seq: number;
  readonly begun: number;
}

/** Enough for a median that follows what was done lately. */
const KEPT_MAX = 50;

/** Takes the time from each push until each client sees it, by the transport of who sees it. */
export class Stopwatch {
  readonly latencies = new Store<Latencies>({});
  readonly #seen = new Map<string, Seen[]>();
  #races: Race[] = [];

  /** @param begun from `performance.now()`; @param place the client and application that it must show in */
  begin(places: readonly string[], seq: number, begun: number): void {
    for (const place of places) this.#races.push({ place, seq, begun });
    this.#judge();
  }

  saw(place: string, version: number, transport: TransportName): void {
    const seen = [...(this.#seen.get(place) ?? []), { version, transport, at: performance.now() }];
    this.#seen.set(place, seen.slice(-KEPT_MAX));
    this.#judge();
  }

  #judge(): void {
    this.#races = this.#races.filter((race) => {
      const seen = this.#seen.get(race.place)?.find(({ version, at }) => version >= race.seq && at >= race.begun);
      if (seen !== undefined) this.#note(seen.transport, seen.at - race.begun);
      return seen === undefined;
    });
    this.#races = this.#races.slice(-KEPT_MAX);
  }

  #note(transport: TransportName, ms: number): void {
    const { value } = this.latencies;
    this.latencies.set({ ...value, [transport]: [...(value[transport] ?? []), ms].slice(-KEPT_MAX) });
  }
}

export const median = (numbers: readonly number[]): number | undefined =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
