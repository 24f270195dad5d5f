import { WAIT_SECONDS_MAX } from '../../protocol/limits.ts';
import { POLL_BACKOFF, retryDelay } from '../platform/backoff.ts';
import type { Environment } from '../platform/environment.ts';
import type { Http } from '../platform/http-client.ts';
import { Alarm } from '../platform/timer.ts';
import type { TransportName } from '../state/status.ts';
import type { TransportMode } from './live-transports.ts';
import { pollDelay } from './poll-interval.ts';
import { type Reading, readHeaders, readingOf } from './state-response.ts';
import type { Line } from './transport.ts';
import type { Watcher } from './transport-events.ts';

/** How long an answer may take beyond what it was asked to wait. */
const POLL_TIMEOUT_MS = 10_000;

/** Whom a poller asks, and whom it tells. */
export interface PollerSeat {
  readonly http: Http;
  readonly environment: Environment;
  readonly watcher: Watcher;
}

export interface PollerOptions {
  /** `long-poll`: each poll is answered when there is news, and the next one follows at once. */
  readonly transport?: TransportMode;
  readonly interval?: number;
}

/** Asks for the state again and again: each poll is set off by the end of the one before, so there are never two. */
export class Poller implements Line {
  readonly #seat: PollerSeat;
  readonly #intervalMs: number;
  readonly #waitSeconds: number;
  readonly #alarm: Alarm;
  #isRunning: boolean = false;
  #controller: AbortController | undefined;
  #idlePolls = 0;
  #failures = 0;
  /** Whether the next poll asks for everything. */
  #isLost: boolean = false;
  /** There is reason to ask again at once, after the poll that is in flight. */
  #isHurried: boolean = false;

  constructor(seat: PollerSeat, { transport, interval = 250 }: PollerOptions) {
    this.#seat = seat;
    this.#intervalMs = interval;
    this.#waitSeconds = transport === 'long-poll' ? WAIT_SECONDS_MAX : 0;
    this.#alarm = new Alarm(seat.environment);
  }

  get transport(): TransportName {
    if (!this.#isRunning) return 'none';
    return this.#waitSeconds > 0 ? 'long-poll' : 'poll';
  }

  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#idlePolls = 0;
    this.#failures = 0;
    this.#begin();
  }

  stop(): void {
    this.#isRunning = false;
    this.#alarm.clear();
    this.#controller?.abort();
    this.#controller = undefined;
  }

  close(): void {
    this.stop();
  }

  /** Back to full speed: something was pushed, or somebody looks again. */
  wake(): void {
    if (!this.#isRunning) return;
    this.#idlePolls = 0;
    if (this.#alarm.isSet && this.#failures === 0) this.#alarm.set(this.#delay(), () => this.#begin());
  }

  /** There is news already, as the answer to a push has said: asks as soon as no poll is in flight. */
  hurry(): void {
    if (!this.#isRunning) return;
    this.#idlePolls = 0;
    this.#failures = 0;
    if (this.#alarm.isSet) this.#begin();
    else this.#isHurried = true;
  }

  #begin(): void {
    this.#alarm.clear();
    this.#isHurried = false;
    const controller = new AbortController();
    this.#controller = controller;
    void this.#ask(controller).then((reading) => {
      // Stopped meanwhile: what it brought may be older than what its successor has shown.
      if (this.#controller !== controller) return;
      this.#controller = undefined;
      this.#alarm.set(this.#take(reading), () => this.#begin());
    });
  }

  async #ask(controller: AbortController): Promise<Reading> {
    const { http, watcher } = this.#seat;
    const headers = readHeaders(this.#isLost ? undefined : watcher.confirmed(), this.#waitSeconds);
    const timeoutMs = POLL_TIMEOUT_MS + this.#waitSeconds * 1_000;
    return readingOf(await http.call({ path: '/state', headers, controller, timeoutMs }));
  }

  /** @returns milliseconds until the next poll */
  #take(reading: Reading): number {
    const { watcher } = this.#seat;
    if (reading.kind === 'failed') return this.#fail(reading);
    this.#failures = 0;
    watcher.answered();
    watcher.stands(reading.position);
    const seen = reading.kind === 'unchanged' ? 'old' : watcher.see(reading.sighting);
    this.#isLost = seen === 'broken';
    this.#idlePolls = seen === 'old' ? this.#idlePolls + 1 : 0;
    return this.#isLost || this.#isHurried ? 0 : this.#delay();
  }

  #fail({ problem, retryAfterMs }: Reading & { readonly kind: 'failed' }): number {
    const { environment, watcher } = this.#seat;
    this.#failures += 1;
    watcher.failed(problem);
    return Math.max(this.#intervalMs, retryDelay(POLL_BACKOFF, this.#failures, environment.random(), retryAfterMs));
  }

  #delay(): number {
    const visibility = this.#seat.environment.visibility();
    // The server has done the waiting.
    if (this.#waitSeconds > 0 && visibility === 'visible') return 0;
    return pollDelay(this.#idlePolls, visibility, this.#intervalMs);
  }
}
