import { BATCH_CHANGES_MAX } from '../../protocol/limits.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import { PUSH_BACKOFF, retryDelay } from '../platform/backoff.ts';
import type { Environment } from '../platform/environment.ts';
import { Timer } from '../platform/timer.ts';
import type { PendingQueue, Settlement } from './pending-queue.ts';
import {
  PUSH_LOOP_TRANSITIONS,
  type PushLoopEffect,
  type PushLoopEvent,
  type PushLoopState,
} from './push-loop-states.ts';
import { assignNumbers, nextPushRequest, type PushRequest } from './push-request.ts';
import { type Acknowledgement, interpretAnswer, type PushResponse, type PushResult } from './push-result.ts';

/** What the loop needs around it. */
export interface PushLoopOptions {
  readonly environment: Environment;
  readonly queue: () => PendingQueue;
  /** Makes this the queue, here and in the store. Resolves once it is stored; undefined where nothing is. */
  readonly persist: (
    queue: PendingQueue,
    acknowledgements: readonly Acknowledgement[],
    settlements: readonly Settlement[],
  ) => Promise<void> | undefined;
  /** Sends over whichever transport there is. Never rejects. */
  readonly send: (request: PushRequest, controller: AbortController) => Promise<PushResponse>;
  /** Of the history that the queue's numbers and seqs belong to; undefined while none is known. */
  readonly epoch: () => string | undefined;
  readonly onProblem: (problem: ProblemBody | undefined) => void;
  /** There is news to read: something was accepted, or an answer came out of another history than the known one. */
  readonly pollNow: () => void;
}

/** Sends what is pending: in order, one request at a time, until the server has taken it or has refused it for good. */
export class PushLoop {
  readonly #options: PushLoopOptions;
  readonly #timer: Timer;
  #state: PushLoopState = 'offline';
  #controller: AbortController | undefined;
  #failures = 0;
  #retryAfterMs = 0;
  /** How many changes the next request may hold. */
  #batchLimit = BATCH_CHANGES_MAX;

  constructor(options: PushLoopOptions) {
    this.#options = options;
    this.#timer = new Timer(options.environment);
  }

  dispatch(event: PushLoopEvent): void {
    const { to, effects } = PUSH_LOOP_TRANSITIONS[this.#state][event];
    this.#state = to;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: PushLoopEffect): void {
    switch (effect) {
      case 'send':
        this.#send();
        return;
      case 'schedule-retry':
        this.#scheduleRetry();
        return;
      case 'cancel-retry':
        this.#timer.clear();
        return;
      case 'abort':
        this.#controller?.abort();
        this.#controller = undefined;
        return;
      case 'reset-failures':
        this.#failures = 0;
        return;
      default:
        effect satisfies never;
    }
  }

  #scheduleRetry(): void {
    this.#failures += 1;
    const delay = retryDelay(PUSH_BACKOFF, this.#failures, this.#options.environment.random(), this.#retryAfterMs);
    this.#retryAfterMs = 0;
    this.#timer.set(delay, () => this.dispatch('retry-due'));
  }

  #send(): void {
    const request = nextPushRequest(this.#options.queue(), this.#batchLimit);
    if (request === undefined) {
      this.dispatch('empty');
      return;
    }
    const controller = new AbortController();
    this.#controller = controller;
    void this.#deliver(request, controller);
  }

  async #deliver(request: PushRequest, controller: AbortController): Promise<void> {
    const { queue, persist, send, environment } = this.#options;
    // Its numbers are stored before it leaves: after a crash it must be sent under the same ones.
    await persist(assignNumbers(queue(), request), [], []);
    if (this.#controller !== controller) return;
    const response = this.#withinEpoch(await send(request, controller));
    // Abandoned: what became of it stays unknown, and it is sent again.
    if (this.#controller !== controller) return;
    const result = interpretAnswer(queue(), request, response, environment.newId());
    const kept = persist(result.queue, result.acknowledgements, result.settlements);
    this.#report(response, result);
    await kept;
    if (this.#controller !== controller) return;
    this.#controller = undefined;
    this.#batchLimit = nextBatchLimit(result, request, this.#batchLimit);
    this.dispatch(result.next === 'retry-later' ? 'failed' : 'answered');
  }

  /**
   * What another history says of this n and that seq must not be mixed with what is known of this one: the reader
   * learns of it first, the queue is renewed, and the same is sent again. A repeat is answered as the first time [Q3].
   */
  #withinEpoch(response: PushResponse): PushResponse {
    const known = this.#options.epoch();
    const acknowledgements = response.kind === 'unknown' ? undefined : response.epoch;
    if (known === undefined || acknowledgements === undefined || acknowledgements === known) return response;
    this.#options.pollNow();
    return { kind: 'unknown', retryAfterMs: 0 };
  }

  #report(response: PushResponse, { acknowledgements }: PushResult): void {
    const { onProblem, pollNow } = this.#options;
    if (response.kind !== 'taken') onProblem('problem' in response ? response.problem : undefined);
    if (response.kind === 'unknown') this.#retryAfterMs = response.retryAfterMs;
    if (acknowledgements.length > 0) pollNow();
  }
}

/** Halved until the change at fault stands alone; doubled again with each success. */
const nextBatchLimit = ({ next }: PushResult, { entries }: PushRequest, batchLimit: number): number => {
  if (next === 'narrow-batch') return Math.max(1, Math.ceil(entries.length / 2));
  return next === 'continue' ? Math.min(BATCH_CHANGES_MAX, batchLimit * 2) : batchLimit;
};
