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

/** An answer may take so many ms more than the server was asked to wait. */
const POLL_TIMEOUT_MS = 10_000;

/** The surroundings of a poller. */
export interface PollerContext {
  readonly http: HttpClient;
  readonly environment: Environment;
  readonly listener: TransportListener;
}

/** The options of `Poller`. */
export interface PollerOptions {
  /** `long-poll`: the server answers when there is a newer state, and the next poll follows at once. */
  readonly transport?: TransportMode;
  /** Milliseconds between two polls at full speed. Default: 250. */
  readonly interval?: number;
}

/** Reads the state again and again. The end of each poll schedules the next, so there is never more than one. */
export class Poller implements Transport {
  readonly #context: PollerContext;
  readonly #intervalMs: number;
  readonly #waitSeconds: number;
  readonly #timer: Timer;
  #isRunning: boolean = false;
  #controller: AbortController | undefined;
  #idlePolls = 0;
  #failures = 0;
  /** True when a patch did not fit: the next poll asks for the whole state. */
  #needsFullState: boolean = false;
  /** True when the next poll must follow the one in flight at once. */
  #isPollDue: boolean = false;

  constructor(context: PollerContext, { transport, interval = 250 }: PollerOptions) {
    this.#context = context;
    this.#intervalMs = interval;
    this.#waitSeconds = transport === 'long-poll' ? WAIT_SECONDS_MAX : 0;
    this.#timer = new Timer(context.environment);
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

  /** Polls at full speed again: a change was pushed, or the page became visible. */
  resetInterval(): void {
    if (!this.#isRunning) return;
    this.#idlePolls = 0;
    if (this.#timer.isSet && this.#failures === 0) this.#timer.set(this.#delay(), () => this.#poll());
  }

  /** Polls at once, or right after the poll in flight: the server has a newer state. */
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
      // Stopped meanwhile: another poll may have brought a newer state.
      if (this.#controller !== controller) return;
      this.#controller = undefined;
      this.#timer.set(this.#handle(result), () => this.#poll());
    });
  }

  async #request(controller: AbortController): Promise<PollResult> {
    const { http, listener } = this.#context;
    const known = this.#needsFullState ? undefined : listener.confirmed();
    const headers = pollHeaders(known, this.#waitSeconds);
    const timeoutMs = POLL_TIMEOUT_MS + this.#waitSeconds * 1_000;
    return parsePollResponse(await http.call({ path: '/state', headers, controller, timeoutMs }), known);
  }

  /** @returns milliseconds until the next poll */
  #handle(result: PollResult): number {
    const { listener } = this.#context;
    if (result.kind === 'failed') return this.#fail(result);
    this.#failures = 0;
    listener.onReachable();
    listener.onPosition(result.position);
    const update = result.kind === 'unchanged' ? 'stale' : listener.onUpdate(result.update);
    this.#needsFullState = update === 'gap';
    this.#idlePolls = update === 'stale' ? this.#idlePolls + 1 : 0;
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
    // The server has waited already.
    if (this.#waitSeconds > 0 && visibility === 'visible') return 0;
    return pollDelay(this.#idlePolls, visibility, this.#intervalMs);
  }
}
