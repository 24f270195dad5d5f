import type { ChangeRequest } from '../../core/inverse.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import type { Receipt, Ticket } from '../../protocol/receipt.ts';
import { Deferred } from '../platform/deferred.ts';
import { type ClientProblem, ProblemError } from '../platform/problem-error.ts';
import { countOf, isBatchFailed, receiptOf } from './batch.ts';
import type { Settlement } from './pending-queue.ts';
import type { Acknowledgement } from './push-result.ts';

/** The two promises of one push. Neither needs to be awaited: a rejection that nobody handles stays silent. */
export interface PushHandle {
  /** Resolves when the change is in the server's queue, durably. Rejects with a `ProblemError` when it was refused. */
  readonly accepted: Promise<Receipt>;
  /** Resolves when the change was applied. Rejects with a `ProblemError` when it was refused or rejected. */
  readonly applied: Promise<Ticket>;
}

/** Called for each change that was refused or rejected. `change` is undefined when it is no longer known here. */
export type OnRefused = (problem: ProblemBody, change: ChangeRequest | undefined) => void;

interface OpenPush {
  readonly change: ChangeRequest;
  readonly accepted: Deferred<Receipt>;
  readonly applied: Deferred<Ticket>;
  receipt?: Receipt;
  isConfirmed?: true;
}

export interface AcceptedPush {
  readonly id: string;
  readonly receipt: Receipt;
  /** The number of changes; above 1 for a batch, whose receipt is that of the last. */
  readonly count: number;
  /** True when the confirmed state contains its effect, or it has none: only the ticket tells which. */
  readonly isConfirmed: true | undefined;
}

/** The promises of the pushes of this tab. */
export class PushPromises {
  readonly #pushes = new Map<string, OpenPush>();
  /** Those with a receipt: a few, also while thousands that were pushed offline have none. */
  readonly #received = new Map<string, OpenPush>();
  readonly #onRefused: OnRefused | undefined;

  constructor(onRefused: OnRefused | undefined) {
    this.#onRefused = onRefused;
  }

  open(id: string, change: ChangeRequest): PushHandle {
    const accepted = new Deferred<Receipt>();
    const applied = new Deferred<Ticket>();
    this.#pushes.set(id, { change, accepted, applied });
    const handle = { accepted: accepted.promise, applied: applied.promise };
    // Callers may ignore both promises: that must not become an unhandled rejection.
    for (const promise of Object.values(handle)) promise.catch(() => undefined);
    return handle;
  }

  acknowledge({ id, receipt }: Acknowledgement): void {
    const push = this.#pushes.get(id);
    if (push === undefined) return;
    push.receipt = receipt;
    this.#received.set(id, push);
    push.accepted.resolve(receipt);
    if ('status' in receipt) this.applyTicket(id, receipt);
  }

  /** @param client the name under which the change was accepted */
  settle(settlement: Settlement, client: string): void {
    const { id } = settlement;
    if (settlement.kind !== 'confirmed') {
      this.reject(id, settlement.problem);
      return;
    }
    const push = this.#pushes.get(id);
    if (push === undefined) return;
    const { n, seq } = settlement.accepted;
    push.isConfirmed = true;
    push.receipt ??= { client, n, seq };
    this.#received.set(id, push);
    push.accepted.resolve(push.receipt);
  }

  applyTicket(id: string, ticket: Ticket): void {
    const push = this.#pushes.get(id);
    if (push === undefined || ticket.status === 'queued') return;
    push.accepted.resolve(ticket);
    if (ticket.status === 'applied') {
      push.applied.resolve(ticket);
      this.#remove(id);
    } else this.reject(id, ticket.problem);
  }

  /** The accepted pushes whose outcome is not known yet. */
  withoutOutcome(): AcceptedPush[] {
    return [...this.#received].flatMap(([id, { receipt, isConfirmed, change }]) =>
      receipt ? [{ id, receipt, count: countOf(change), isConfirmed }] : [],
    );
  }

  reject(id: string, problem: ProblemBody): void {
    const push = this.#pushes.get(id);
    if (push === undefined) return;
    this.#remove(id);
    this.report(problem, push.change);
    rejectBoth(push, problem);
  }

  #remove(id: string): void {
    this.#pushes.delete(id);
    this.#received.delete(id);
  }

  /** Calls `onRefused`, after the running dispatch: an error that it throws must not end a loop. */
  report(problem: ProblemBody, change: ChangeRequest | undefined): void {
    queueMicrotask(() => this.#onRefused?.(problem, change));
  }

  /** @param cause the last problem: perhaps why they are still open */
  rejectAll(problem: ProblemBody, cause: ClientProblem | undefined): void {
    const reason = cause && new ProblemError(cause, cause.cause);
    for (const push of this.#pushes.values()) rejectBoth(push, problem, reason);
    this.#pushes.clear();
    this.#received.clear();
  }
}

const rejectBoth = ({ accepted, applied }: OpenPush, problem: ProblemBody, cause?: unknown): void => {
  const error = new ProblemError(problem, cause);
  accepted.reject(error);
  applied.reject(error);
};

/** Compares the seq, too: another epoch may have given the same n to another change. */
export const isSameReceipt = (a: Receipt, b: Receipt): boolean =>
  a.client === b.client && a.n === b.n && a.seq === b.seq;

/** Applies outcomes that the server sent unasked: each names client, n and seq of a change. */
export const applyOutcomes = (promises: PushPromises, tickets: readonly Ticket[]): void => {
  for (const { id, receipt, count } of promises.withoutOutcome()) {
    const ticket = receiptOf(tickets, receipt, count);
    if (ticket === undefined || !('status' in ticket) || !isSameReceipt(receipt, ticket)) continue;
    // Why the batch failed may be in another frame: then its ticket is polled.
    if (!('problem' in ticket && isBatchFailed(ticket.problem))) promises.applyTicket(id, ticket);
  }
};
