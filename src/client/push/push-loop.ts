import { BATCH_CHANGES_MAX } from '../../protocol/limits.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import { PUSH_BACKOFF, retryDelay } from '../platform/backoff.ts';
import type { Environment } from '../platform/environment.ts';
import { Alarm } from '../platform/timer.ts';
import type { Gone, PendingQueue } from './pending-queue.ts';
import { PUSHING, type Pushing, type PushingEffect, type PushingEvent } from './push-loop-states.ts';
import { type Flight, nextFlight, takenOff } from './push-request.ts';
import { type Answered, judge, type Told, type Verdict } from './push-result.ts';

/** What the loop needs around it. */
export interface PushLoopOptions {
  readonly environment: Environment;
  readonly queue: () => PendingQueue;
  /** Makes this the queue, here and in the store. Resolves once it is stored; undefined where nothing is. */
  readonly keep: (queue: PendingQueue, told: readonly Told[], gone: readonly Gone[]) => Promise<void> | undefined;
  /** Sends over whichever transport there is. Never rejects. */
  readonly deliver: (flight: Flight, controller: AbortController) => Promise<Answered>;
  /** Of the history that the queue's numbers and seqs belong to; undefined while none is known. */
  readonly epoch: () => string | undefined;
  readonly trouble: (problem: ProblemBody | undefined) => void;
  /** There is news to read: something was accepted, or an answer came out of another history than the known one. */
  readonly hurry: () => void;
}

/** Sends what is pending: in order, one request at a time, until the server has taken it or has refused it for good. */
export class PushLoop {
  readonly #options: PushLoopOptions;
  readonly #alarm: Alarm;
  #state: Pushing = 'offline';
  #controller: AbortController | undefined;
  #failures = 0;
  #retryAfterMs = 0;
  /** How many changes the next request may hold. */
  #width = BATCH_CHANGES_MAX;

  constructor(options: PushLoopOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.environment);
  }

  say(event: PushingEvent): void {
    const { to, effects } = PUSHING[this.#state][event];
    this.#state = to;
    for (const effect of effects) this.#act(effect);
  }

  #act(effect: PushingEffect): void {
    switch (effect) {
      case 'send':
        this.#send();
        return;
      case 'arm':
        this.#arm();
        return;
      case 'disarm':
        this.#alarm.clear();
        return;
      case 'abandon':
        this.#controller?.abort();
        this.#controller = undefined;
        return;
      case 'forgive':
        this.#failures = 0;
        return;
      default:
        effect satisfies never;
    }
  }

  #arm(): void {
    this.#failures += 1;
    const delay = retryDelay(PUSH_BACKOFF, this.#failures, this.#options.environment.random(), this.#retryAfterMs);
    this.#retryAfterMs = 0;
    this.#alarm.set(delay, () => this.say('due'));
  }

  #send(): void {
    const flight = nextFlight(this.#options.queue(), this.#width);
    if (flight === undefined) {
      this.say('empty');
      return;
    }
    const controller = new AbortController();
    this.#controller = controller;
    void this.#fly(flight, controller);
  }

  async #fly(flight: Flight, controller: AbortController): Promise<void> {
    const { queue, keep, deliver, environment } = this.#options;
    // Its numbers are stored before it leaves: after a crash it must be sent under the same ones.
    await keep(takenOff(queue(), flight), [], []);
    if (this.#controller !== controller) return;
    const answered = this.#inThisHistory(await deliver(flight, controller));
    // Abandoned: what became of it stays unknown, and it is sent again.
    if (this.#controller !== controller) return;
    const verdict = judge(queue(), flight, answered, environment.newId());
    const kept = keep(verdict.queue, verdict.told, verdict.gone);
    this.#report(answered, verdict);
    await kept;
    if (this.#controller !== controller) return;
    this.#controller = undefined;
    this.#width = widthAfter(verdict, flight, this.#width);
    this.say(verdict.next === 'again later' ? 'failed' : 'answered');
  }

  /**
   * What another history says of this n and that seq must not be mixed with what is known of this one: the reader
   * learns of it first, the queue is renewed, and the same is sent again. A repeat is answered as the first time [Q3].
   */
  #inThisHistory(answered: Answered): Answered {
    const known = this.#options.epoch();
    const told = answered.kind === 'unknown' ? undefined : answered.epoch;
    if (known === undefined || told === undefined || told === known) return answered;
    this.#options.hurry();
    return { kind: 'unknown', retryAfterMs: 0 };
  }

  #report(answered: Answered, { told }: Verdict): void {
    const { trouble, hurry } = this.#options;
    if (answered.kind !== 'taken') trouble('problem' in answered ? answered.problem : undefined);
    if (answered.kind === 'unknown') this.#retryAfterMs = answered.retryAfterMs;
    if (told.length > 0) hurry();
  }
}

/** Halved until the change at fault stands alone; doubled again with each success. */
const widthAfter = ({ next }: Verdict, { entries }: Flight, width: number): number => {
  if (next === 'narrower') return Math.max(1, Math.ceil(entries.length / 2));
  return next === 'go on' ? Math.min(BATCH_CHANGES_MAX, width * 2) : width;
};
