import type { ChangeRequest } from '../../core/inverse.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import type { AppliedTicket, Receipt } from '../../protocol/receipt.ts';
import { Deferred } from '../platform/deferred.ts';
import { clientProblem, ProblemError } from '../platform/problem-error.ts';
import type { PushHandle, PushReceipt } from './push-handle.ts';

/** What became of a change is not known here: it was accepted in a history that has ended. */
export const LOST = clientProblem('history-lost', 0, 'The history was replaced', 'Its outcome is not known here.');

/** One push of this tab, until it is known whether it was applied and shows. */
export class OpenPush {
  readonly change: ChangeRequest;
  receipt: Receipt | undefined;
  /** Its ticket, once it was applied. */
  ticket: AppliedTicket | undefined;
  /** Whether the confirmed state contains its effect, or it has none: only the ticket tells which. */
  isConfirmed: boolean = false;
  readonly #accepted = new Deferred<PushReceipt>();
  readonly #applied = new Deferred<AppliedTicket>();
  readonly #confirmed = new Deferred<AppliedTicket>();

  constructor(change: ChangeRequest) {
    this.change = change;
    // Callers may ignore the promises: that must not become an unhandled rejection.
    for (const promise of Object.values(this.handle)) promise.catch(() => undefined);
  }

  get handle(): PushHandle {
    return { accepted: this.#accepted.promise, applied: this.#applied.promise, confirmed: this.#confirmed.promise };
  }

  /** Whether nothing more can come. */
  get isOver(): boolean {
    return this.ticket !== undefined && this.isConfirmed;
  }

  accept(receipt: PushReceipt): void {
    this.#accepted.resolve(receipt);
  }

  /** To be called after `ticket` or `isConfirmed` has changed. */
  resolve(): void {
    if (this.ticket === undefined) return;
    this.#applied.resolve(this.ticket);
    if (this.isConfirmed) this.#confirmed.resolve(this.ticket);
  }

  /** Another history began. What is known of this one no longer counts, unless it is all. */
  onNewEpoch(): void {
    if (this.isConfirmed) this.#confirmed.reject(new ProblemError(LOST));
    else this.ticket = undefined;
  }

  /** @param cause why, when something else was the reason */
  reject(problem: ProblemBody, cause?: unknown): void {
    const error = new ProblemError(problem, cause);
    for (const each of [this.#accepted, this.#applied, this.#confirmed]) each.reject(error);
  }
}
