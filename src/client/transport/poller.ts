import { WAIT_SECONDS_MAX } from '../../protocol/limits.ts';
import { POLL_BACKOFF, retryDelay } from '../platform/backoff.ts';
import type { Environment } from '../platform/environment.ts';
import type { HttpClient } from '../platform/http-client.ts';
import { Timer } from '../platform/timer.ts';
import type { TransportName } from '../state/status.ts';
import type { TransportMode } from './live-transports.ts';
import { pollDelay } from './poll-interval.ts';
import { type PollResult, parsePollResponse, pollHeaders } from './state-response.ts';
import type { Transport } from './transport.ts';
import type { TransportListener } from './transport-events.ts';

/** How long an answer may take beyond what it was asked to wait. */
const POLL_TIMEOUT_MS = 10_000;

/** Whom a poller asks, and whom it tells. */
export interface PollerContext {
  readonly http: HttpClient;
  readonly environment: Environment;
  readonly listener: TransportListener;
}

export interface PollerOptions {
  /** `long-poll`: each poll is answered when there is news, and the next one follows at once. */
  readonly transport?: TransportMode;
  readonly interval?: number;
}

/** Asks for the state again and again: each poll is set off by the end of the one before, so there are never two. */
export class Poller implements Transport {
  readonly #context: PollerContext;
  readonly #intervalMs: number;
  readonly #waitSeconds: number;
  readonly #timer: Timer;
  #isRunning: boolean = false;
  #controller: AbortController | undefined;
  #idlePolls = 0;
  #failures = 0;
  /** Whether the next poll asks for everything. */
  #needsFullState: boolean = false;
  /** There is reason to ask again at once, after the poll that is in flight. */
  #isPollDue: boolean = false;

  constructor(tab: PollerContext, { transport, interval = 250 }: PollerOptions) {
    this.#context = tab;
    this.#intervalMs = interval;
    this.#waitSeconds = transport === 'long-poll' ? WAIT_SECONDS_MAX : 0;
    this.#timer = new Timer(tab.environment);
  }

  get name(): TransportName {
    if (!this.#isRunning) return 'none';
    return this.#waitSeconds > 0 ? 'long-poll' : 'poll';
  }

  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#idlePolls = 0;
    this.#failures = 0;
    this.#poll();
  }

  stop(): void {
    this.#isRunning = false;
    this.#timer.clear();
    this.#controller?.abort();
    this.#controller = undefined;
  }

  close(): void {
    this.stop();
  }

  /** Back to full speed: something was pushed, or somebody looks again. */
  resetInterval(): void {
    if (!this.#isRunning) return;
    this.#idlePolls = 0;
    if (this.#timer.isSet && this.#failures === 0) this.#timer.set(this.#delay(), () => this.#poll());
  }

  /** There is news already, as the answer to a push has said: asks as soon as no poll is in flight. */
  pollNow(): void {
    if (!this.#isRunning) return;
    this.#idlePolls = 0;
    this.#failures = 0;
    if (this.#timer.isSet) this.#poll();
    else this.#isPollDue = true;
  }

  #poll(): void {
    this.#timer.clear();
    this.#isPollDue = false;
    const controller = new AbortController();
    this.#controller = controller;
    void this.#request(controller).then((result) => {
      // Stopped meanwhile: what it brought may be older than what its successor has shown.
      if (this.#controller !== controller) return;
      this.#controller = undefined;
      this.#timer.set(this.#handle(result), () => this.#poll());
    });
  }

  async #request(controller: AbortController): Promise<PollResult> {
    const { http, listener } = this.#context;
    const headers = pollHeaders(this.#needsFullState ? undefined : listener.confirmed(), this.#waitSeconds);
    const timeoutMs = POLL_TIMEOUT_MS + this.#waitSeconds * 1_000;
    return parsePollResponse(await http.call({ path: '/state', headers, controller, timeoutMs }));
  }

  /** @returns milliseconds until the next poll */
  #handle(result: PollResult): number {
    const { listener } = this.#context;
    if (result.kind === 'failed') return this.#fail(result);
    this.#failures = 0;
    listener.onReachable();
    listener.onPosition(result.position);
    const seen = result.kind === 'unchanged' ? 'stale' : listener.onUpdate(result.update);
    this.#needsFullState = seen === 'gap';
    this.#idlePolls = seen === 'stale' ? this.#idlePolls + 1 : 0;
    return this.#needsFullState || this.#isPollDue ? 0 : this.#delay();
  }

  #fail({ problem, retryAfterMs }: PollResult & { readonly kind: 'failed' }): number {
    const { environment, listener } = this.#context;
    this.#failures += 1;
    listener.onProblem(problem);
    return Math.max(this.#intervalMs, retryDelay(POLL_BACKOFF, this.#failures, environment.random(), retryAfterMs));
  }

  #delay(): number {
    const visibility = this.#context.environment.visibility();
    // The server has done the waiting.
    if (this.#waitSeconds > 0 && visibility === 'visible') return 0;
    return pollDelay(this.#idlePolls, visibility, this.#intervalMs);
  }
}
