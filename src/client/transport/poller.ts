import { WAIT_SECONDS_MAX } from '../../protocol/limits.ts';
import { POLL_BACKOFF, REQUEST_GAP_MS, retryDelay } from '../platform/backoff.ts';
import type { Environment } from '../platform/environment.ts';
import type { HttpClient } from '../platform/http-client.ts';
import { Timer } from '../platform/timer.ts';
import type { TransportName } from '../state/status.ts';
import type { TransportMode } from './live-transports.ts';
import { pollDelay } from './poll-interval.ts';
import { type PollResult, parsePollResponse, pollHeaders, takeResult } from './state-response.ts';
import type { Transport } from './transport.ts';
import type { TransportListener } from './transport-events.ts';

/** An answer may take so many ms more than the server was asked to wait. */
const POLL_TIMEOUT_MS = 10_000;
/** A long-poll that was answered or cut sooner has not waited: a proxy has dropped `Prefer`, or the server cannot wait. */
const WAITED_MS_MIN = 1_000;
/** A long-poll that goes on for so many ms after somebody has looked is dropped: its line may be dead. */
const CHECK_WITHIN_MS = 1_000;
/** After a long-poll was cut, the next poll comes within so many ms: mostly others were cut together with it. */
const CUT_SPREAD_MS = 1_000;

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
  /** After an answer with a lag above so many ms, the next poll asks the server to apply the queue first [S6]. */
  readonly maxLag?: number | undefined;
}

/** Reads the state again and again. The end of each poll schedules the next, so there is never more than one. */
export class Poller implements Transport {
  readonly #context: PollerContext;
  readonly #intervalMs: number;
  /** Seconds that the server is asked to wait; fewer behind a proxy that cuts long waits. 0: no long-poll. */
  #waitSeconds: number;
  readonly #maxLag: number;
  /** That of the last answer, ms. */
  #lag = 0;
  /** Above this lag a poll is drained: more than `maxLag` where that has failed, as in an application that is held [L5]. */
  #lagBound: number;
  readonly #timer: Timer;
  #isRunning: boolean = false;
  #controller: AbortController | undefined;
  #idlePolls = 0;
  #failures = 0;
  /** True when a patch did not fit: the next poll asks for the whole state. */
  #needsFullState: boolean = false;
  /** True when the next poll must follow the one in flight at once. */
  #isPollDue: boolean = false;
  /** The wait that the poll in flight, or the last one, has asked for. */
  #requestedSeconds = 0;
  /** True after a failure: the next poll asks for no wait, so it tells at once what was missed. */
  #isPlain: boolean = false;
  #startedAt = 0;
  #hasProgressed: boolean = true;

  constructor(context: PollerContext, { transport, interval = 250, maxLag = Number.POSITIVE_INFINITY }: PollerOptions) {
    this.#context = context;
    this.#maxLag = maxLag;
    this.#lagBound = maxLag;
    this.#intervalMs = interval;
    this.#waitSeconds = transport === 'long-poll' ? WAIT_SECONDS_MAX : 0;
    this.#timer = new Timer(context.environment);
  }

  get name(): TransportName {
    if (!this.#isRunning) return 'none';
    return this.#waitSeconds > 0 ? 'long-poll' : 'poll';
  }

  /** @param spreadMs the first poll comes within so many ms */
  start(spreadMs = 0): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#idlePolls = 0;
    this.#failures = 0;
    this.#schedule(this.#context.environment.random() * spreadMs);
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
    if (this.#controller !== undefined) this.#check();
    else if (this.#failures === 0) this.#schedule(this.#delay());
  }

  /** Polls at once, or right after the poll in flight: the server has a newer state. */
  pollNow(): void {
    if (!this.#isRunning) return;
    this.#idlePolls = 0;
    this.#failures = 0;
    if (this.#controller === undefined) this.#schedule(0);
    else {
      this.#isPollDue = true;
      this.#check();
    }
  }

  /** Somebody looks: a long-poll whose line is dead must not keep the news back until its time is over. */
  #check(): void {
    if (this.#requestedSeconds === 0 || this.#timer.isSet) return;
    this.#timer.set(CHECK_WITHIN_MS, () => {
      this.#controller?.abort();
      this.#isPlain = true;
      this.#poll();
    });
  }

  /** Two polls are `REQUEST_GAP_MS` apart, unless the first has brought news. */
  #schedule(ms: number): void {
    const gap = this.#hasProgressed ? 0 : this.#startedAt + REQUEST_GAP_MS - this.#context.environment.now();
    const delay = Math.min(Math.max(ms, gap), Math.max(ms, REQUEST_GAP_MS));
    if (delay > 0) this.#timer.set(delay, () => this.#poll());
    else this.#poll();
  }

  #poll(): void {
    this.#timer.clear();
    this.#isPollDue = false;
    const controller = new AbortController();
    this.#controller = controller;
    this.#startedAt = this.#context.environment.now();
    this.#hasProgressed = false;
    void this.#request(controller).then((result) => {
      // Stopped meanwhile: another poll may have brought a newer state.
      if (this.#controller !== controller) return;
      this.#controller = undefined;
      this.#schedule(this.#handle(result));
    });
  }

  async #request(controller: AbortController): Promise<PollResult> {
    const { http, listener } = this.#context;
    const known = this.#needsFullState ? undefined : listener.confirmed();
    const isDrained = this.#lag > this.#lagBound;
    this.#requestedSeconds = known === undefined || this.#isPlain || isDrained ? 0 : this.#waitSeconds;
    const wait = this.#requestedSeconds === 0 ? '' : `wait=${this.#requestedSeconds}`;
    const headers = pollHeaders(known, isDrained ? 'drain' : wait);
    const timeoutMs = POLL_TIMEOUT_MS + this.#requestedSeconds * 1_000;
    return parsePollResponse(
      await http.call({ path: `/state${http.query}`, headers, controller, timeoutMs }),
      known,
      http.part,
    );
  }

  /** @returns milliseconds until the next poll */
  #handle(result: PollResult): number {
    const { listener } = this.#context;
    this.#isPlain = result.kind === 'failed';
    if (result.kind === 'failed') return this.#fail(result);
    this.#failures = 0;
    listener.onReachable();
    listener.onPosition(result.position);
    this.#lag = result.position?.lag ?? 0;
    if (this.#lag <= this.#maxLag) this.#lagBound = this.#maxLag;
    const update = takeResult(listener, result);
    this.#needsFullState = update === 'gap';
    this.#hasProgressed = update === 'advanced' || update === 'new-epoch';
    // Longer again, little by little: perhaps the network has cut the last one, and no proxy.
    if (!this.#hasProgressed && this.#hasWaited())
      this.#waitSeconds = Math.min(WAIT_SECONDS_MAX, this.#waitSeconds + 1);
    this.#idlePolls = update === 'stale' ? this.#idlePolls + 1 : 0;
    return this.#needsFullState || this.#isPollDue ? 0 : this.#delay();
  }

  #fail({ problem, retryAfterMs }: PollResult & { readonly kind: 'failed' }): number {
    const { environment, http, listener } = this.#context;
    this.#lagBound = Math.max(this.#lagBound, 2 * this.#lag);
    if (retryAfterMs === 0 && this.#hasWaited()) {
      this.#waitSeconds = Math.max(1, Math.min(this.#requestedSeconds, Math.floor(this.#elapsedMs() / 1_000)) - 1);
      return environment.random() * CUT_SPREAD_MS;
    }
    listener.onProblem(problem);
    if (http.awaitsCreation(problem)) {
      // As of one that nobody has changed yet.
      this.#failures = 0;
      this.#idlePolls += 1;
      return this.#isPollDue ? 0 : this.#delay();
    }
    this.#failures += 1;
    return Math.max(this.#intervalMs, retryDelay(POLL_BACKOFF, this.#failures, environment.random(), retryAfterMs));
  }

  #delay(): number {
    const visibility = this.#context.environment.visibility();
    if (visibility === 'visible' && (this.#hasWaited() || (this.#waitSeconds > 0 && this.#hasProgressed))) return 0;
    return pollDelay(this.#idlePolls, visibility, this.#intervalMs);
  }

  #elapsedMs(): number {
    return this.#context.environment.now() - this.#startedAt;
  }

  /** Whether the last poll was a long-poll, and the server has let it wait. */
  #hasWaited(): boolean {
    return this.#requestedSeconds > 0 && this.#elapsedMs() >= WAITED_MS_MIN;
  }
}
