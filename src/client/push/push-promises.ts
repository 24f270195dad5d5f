import type { ChangeRequest } from '../../core/inverse.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import type { Receipt, Ticket } from '../../protocol/receipt.ts';
import { type ClientProblem, ProblemError } from '../platform/problem-error.ts';
import { reportError } from '../platform/report-error.ts';
import { countOf, isBatchFailed, receiptOf } from './batch.ts';
import { OpenPush } from './open-push.ts';
import type { Settlement } from './pending-queue.ts';
import type { OnRefused, PushHandle } from './push-handle.ts';
import type { Acknowledgement, RequestCost } from './push-response.ts';

export interface AcceptedPush {
  readonly id: string;
  readonly receipt: Receipt;
  /** The number of changes; above 1 for a batch, whose receipt is that of the last. */
  readonly count: number;
  /** True when the confirmed state contains its effect, or it has none: only the ticket tells which. */
  readonly isConfirmed: boolean;
}

/** The promises of the pushes of this tab. */
export class PushPromises {
  /** Told of each change that was refused, rejected or given up. */
  readonly listeners = new Set<OnRefused>();
  readonly #base: string;
  readonly #pushes = new Map<string, OpenPush>();
  /** Those with a receipt: a few, also while thousands that were pushed offline have none. */
  readonly #received = new Map<string, OpenPush>();

  /** @param base the address of the application */
  constructor(base: string) {
    this.#base = base;
  }

  open(id: string, change: ChangeRequest): PushHandle {
    const push = new OpenPush(change);
    this.#pushes.set(id, push);
    return push.handle;
  }

  acknowledge({ id, receipt, cost }: Acknowledgement): void {
    const push = this.#pushes.get(id);
    if (push === undefined) return;
    this.#accept(id, push, receipt, cost);
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
    this.#accept(id, push, push.receipt ?? { client, n, seq });
    this.#resolve(id, push);
  }

  applyTicket(id: string, ticket: Ticket): void {
    const push = this.#pushes.get(id);
    if (push === undefined || ticket.status === 'queued') return;
    this.#accept(id, push, ticket);
    if (ticket.status === 'applied') {
      push.ticket = ticket;
      this.#resolve(id, push);
    } else this.reject(id, ticket.problem);
  }

  #accept(id: string, push: OpenPush, receipt: Receipt, cost?: RequestCost): void {
    const { client, n, seq } = receipt;
    push.receipt = receipt;
    this.#received.set(id, push);
    const url = `${this.#base}/changes/${client}/${n}`;
    push.accept({ client, n, seq, url, ...(receipt.repeated && { repeated: true }), ...(cost && { cost }) });
  }

  #resolve(id: string, push: OpenPush): void {
    push.resolve();
    if (push.isOver) this.#remove(id);
  }

  /** The accepted pushes whose outcome is not known yet. */
  withoutOutcome(): AcceptedPush[] {
    return [...this.#received].flatMap(([id, { receipt, ticket, isConfirmed, change }]) =>
      receipt && ticket === undefined ? [{ id, receipt, count: countOf(change), isConfirmed }] : [],
    );
  }

  /** To be called before the settlements of the new epoch: some changes are sent again. */
  onNewEpoch(): void {
    for (const push of this.#received.values()) push.onNewEpoch();
  }

  reject(id: string, problem: ProblemBody): void {
    const push = this.#pushes.get(id);
    if (push === undefined) return;
    this.#remove(id);
    this.report(problem, push.change);
    push.reject(problem);
  }

  #remove(id: string): void {
    this.#pushes.delete(id);
    this.#received.delete(id);
  }

  /** Calls the listeners, after the running dispatch. */
  report(problem: ProblemBody, change: ChangeRequest | undefined): void {
    queueMicrotask(() => {
      for (const listener of [...this.listeners]) {
        try {
          // Another one may have ended it.
          if (this.listeners.has(listener)) listener(problem, change);
        } catch (error) {
          reportError(error);
        }
      }
    });
  }

  /** @param cause the last problem: perhaps why they are still open */
  rejectAll(problem: ProblemBody, cause: ClientProblem | undefined): void {
    const reason = cause && new ProblemError(cause, cause.cause);
    for (const push of this.#pushes.values()) push.reject(problem, reason);
    this.#pushes.clear();
    this.#received.clear();
  }
}

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
