import { BATCH_CHANGES_MAX } from '../../protocol/limits.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import { PUSH_BACKOFF, REQUEST_GAP_MS, retryDelay } from '../platform/backoff.ts';
import type { Environment } from '../platform/environment.ts';
import { Timer } from '../platform/timer.ts';
import type { GiveUp, GiveUpWatch } from './give-up.ts';
import type { PendingQueue } from './pending-queue.ts';
import {
  PUSH_LOOP_TRANSITIONS,
  type PushLoopEffect,
  type PushLoopEvent,
  type PushLoopState,
} from './push-loop-states.ts';
import { assignNumbers, nextPushRequest, type PushRequest } from './push-request.ts';
import { type PushResponse, type PushResult, type QueueUpdate, queueUpdate } from './push-response.ts';
import { dropChanges, holdChange, interpretAnswer, isForeign } from './push-result.ts';

/** A change that was blocked so often, while the server answered others, is held. */
const BLOCKED_TRIES_MAX = 5;

/** The pending queue, as the push loop reads it. */
export interface QueueSource {
  readonly queue: PendingQueue;
  /** The epoch that the queue's numbers and seqs belong to; undefined while none is known. */
  readonly epoch: string | undefined;
}

/** The surroundings of a push loop. */
export interface PushLoopOptions {
  readonly environment: Environment;
  readonly local: QueueSource;
  /** Replaces the queue. Resolves once it is stored; undefined where nothing is. */
  readonly commit: (update: QueueUpdate) => Promise<void> | undefined;
  /** Sends over the transport of the moment. Never rejects. */
  readonly send: (request: PushRequest, controller: AbortController) => Promise<PushResponse>;
  /** `undefined`: no answer came. */
  readonly onProblem: (problem: ProblemBody | undefined) => void;
  /** Gives up changes that were tried for too long; undefined: none ever is. */
  readonly giveUp: GiveUp | undefined;
  /** Called when there is a newer state to read: a change was accepted, or an answer names another epoch. */
  readonly pollNow: () => void;
}

/** Sends the pending changes in order, one request at a time, until the server has accepted or refused each. */
export class PushLoop {
  readonly #options: PushLoopOptions;
  readonly #timer: Timer;
  readonly #giveUp: GiveUpWatch | undefined;
  #state: PushLoopState = 'offline';
  #controller: AbortController | undefined;
  #failures = 0;
  #retryAfterMs = 0;
  /** The most changes that the next request may hold. */
  #batchLimit = BATCH_CHANGES_MAX;
  #startedAt = 0;
  /** True when the last request got no answer: the retries after it are those of an outage. */
  #isOutage: boolean = false;
  /** True when the last request has brought something about a change. */
  #hasProgressed: boolean = true;
  /** The number of times in a row that a change was blocked though the server was reached meanwhile. */
  #blockedTries = 0;
  #isServerReached: boolean = false;

  readonly #effects: Readonly<Record<PushLoopEffect, () => void>> = {
    send: () => this.#send(),
    'schedule-retry': () => this.#scheduleRetry(),
    'cancel-retry': () => this.#timer.clear(),
    abort: () => {
      this.#controller?.abort();
      this.#controller = undefined;
      this.#timer.clear();
    },
    'reset-failures': () => {
      this.#failures = 0;
    },
  };

  constructor(options: PushLoopOptions) {
    const { environment, local, commit, giveUp } = options;
    this.#options = options;
    this.#timer = new Timer(environment);
    const isBusy = (): boolean => this.#controller !== undefined;
    this.#giveUp = giveUp?.({ environment, queue: () => local.queue, isBusy, commit });
  }

  handle(event: PushLoopEvent): void {
    const [to, ...effects] = PUSH_LOOP_TRANSITIONS[this.#state][event];
    this.#state = to;
    this.#giveUp?.handle(event);
    for (const effect of effects) this.#effects[effect]();
  }

  /** To be called when something has come from the server: so what blocks a change does not block everything. */
  onReachable(): void {
    this.#isServerReached = true;
  }

  #scheduleRetry(): void {
    this.#failures += 1;
    const delay = retryDelay(PUSH_BACKOFF, this.#failures, this.#options.environment.random(), this.#retryAfterMs);
    this.#retryAfterMs = 0;
    this.#timer.set(delay, () => this.handle('retry-due'));
  }

  #send(): void {
    const { local, environment } = this.#options;
    const gap = this.#hasProgressed ? 0 : this.#startedAt + REQUEST_GAP_MS - environment.now();
    if (gap > 0) {
      this.#timer.set(Math.min(gap, REQUEST_GAP_MS), () => this.#send());
      return;
    }
    this.#removeDropped();
    const { queue } = local;
    const request = nextPushRequest(queue, this.#batchLimit);
    if (request === undefined) {
      this.handle('empty');
      return;
    }
    const controller = new AbortController();
    this.#controller = controller;
    this.#startedAt = environment.now();
    this.#hasProgressed = false;
    const numbered = assignNumbers(queue, request);
    void this.#deliver(request, this.#giveUp?.count(numbered, request) ?? numbered, controller);
  }

  async #deliver(request: PushRequest, numbered: PendingQueue, controller: AbortController): Promise<void> {
    const { local, commit, send, environment } = this.#options;
    // The numbers are stored before the request leaves: after a crash it must be sent under the same ones.
    await commit(queueUpdate(numbered));
    if (this.#controller !== controller) return;
    const sent = await send(request, controller);
    const response = this.#withinEpoch(sent);
    // Aborted: nobody knows whether it was accepted, so it is sent again.
    if (this.#controller !== controller) return;
    this.#noteOutage(sent);
    const answered = interpretAnswer(local.queue, request, response, environment.newId());
    const result = this.#holdBlocked(request, response, answered);
    const stored = commit(result);
    this.#report(response, result);
    await stored;
    if (this.#controller !== controller) return;
    this.#controller = undefined;
    this.#batchLimit = nextBatchLimit(result, request, this.#batchLimit);
    const isRefused = response.kind === 'refused' && !isForeign(response.problem);
    this.#hasProgressed = isRefused || result.acknowledgements.length > 0;
    this.handle(result.next.endsWith('later') ? 'failed' : 'answered');
  }

  /** The first answer ends an outage: what it asks for is sent soon, not after the delay that the outage has come to. */
  #noteOutage({ kind }: PushResponse): void {
    if (this.#isOutage && kind !== 'unknown') this.#failures = 0;
    this.#isOutage = kind === 'unknown';
  }

  #removeDropped(): void {
    const { local, commit } = this.#options;
    for (const entry of local.queue.entries) {
      if (entry.isDropped && entry.held) void commit(dropChanges(local.queue, [entry], entry.held));
    }
  }

  /** A change that something before the server does not let through must not stop those behind it for ever. */
  #holdBlocked(request: PushRequest, response: PushResponse, result: PushResult): PushResult {
    if (response.kind === 'unknown' && !response.isBlocked) return result;
    const problem = response.kind === 'accepted' || result.next !== 'retry-later' ? undefined : response.problem;
    if (problem === undefined || !isForeign(problem)) {
      this.#blockedTries = 0;
      return result;
    }
    if (request.entries.length > 1) return { ...result, next: 'narrow-later' };
    if (this.#isServerReached) this.#blockedTries += 1;
    this.#isServerReached = false;
    if (this.#blockedTries < BLOCKED_TRIES_MAX) return result;
    this.#blockedTries = 0;
    return holdChange(result.queue, request, problem);
  }

  /**
   * An answer of another epoch is not used: its n and seq must not be mixed with those of this one. The state is read
   * first, which moves the queue to the new epoch, and then the same is sent again: a repeat gets the same answer [Q3].
   */
  #withinEpoch(response: PushResponse): PushResponse {
    const known = this.#options.local.epoch;
    if (response.kind === 'unknown' || (response.epoch ?? known) === (known ?? response.epoch)) return response;
    this.#options.pollNow();
    return { kind: 'unknown', retryAfterMs: 0 };
  }

  #report(response: PushResponse, { acknowledgements }: PushResult): void {
    const { onProblem, pollNow } = this.#options;
    if (response.kind !== 'accepted') onProblem('problem' in response ? response.problem : undefined);
    if (response.kind === 'unknown') this.#retryAfterMs = response.retryAfterMs;
    if (acknowledgements.length > 0) pollNow();
  }
}

/** Halved until the change at fault is alone in its request; doubled again with each success. */
const nextBatchLimit = ({ next }: PushResult, { entries }: PushRequest, batchLimit: number): number => {
  if (next.startsWith('narrow')) return Math.max(1, Math.ceil(entries.length / 2));
  return next === 'continue' ? Math.min(BATCH_CHANGES_MAX, batchLimit * 2) : batchLimit;
};
