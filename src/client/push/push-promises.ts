import type { ProblemBody } from '../../protocol/problems.ts';
import type { Receipt, Ticket } from '../../protocol/receipt.ts';
import { ProblemError } from '../platform/problem-error.ts';
import type { ChangeRequest, Settlement } from './pending-queue.ts';
import type { Acknowledgement } from './push-result.ts';

/** What a push answers with. Neither promise needs to be awaited. */
export interface PushHandle {
  /** It is in the server's queue, durably. Rejects with a `ProblemError` when the server refuses to take it. */
  readonly accepted: Promise<Receipt>;
  /** It was applied. Rejects with a `ProblemError` when it was not, which carries the reason. */
  readonly applied: Promise<Ticket>;
}

/** Told of each change that came to nothing. */
export type OnRefused = (problem: ProblemBody, change: ChangeRequest | undefined) => void;

interface PendingPush {
  readonly change: ChangeRequest;
  readonly accepted: PromiseWithResolvers<Receipt>;
  readonly applied: PromiseWithResolvers<Ticket>;
  receipt?: Receipt;
  /** Its effect is in the confirmed state, or it has none: only the ticket tells. */
  isConfirmed?: true;
}

/** The promises of this tab's pushes. */
export class PushPromises {
  readonly #pushes = new Map<string, PendingPush>();
  readonly #refused: OnRefused | undefined;

  constructor(refused: OnRefused | undefined) {
    this.#refused = refused;
  }

  open(id: string, change: ChangeRequest): PushHandle {
    const accepted = Promise.withResolvers<Receipt>();
    const applied = Promise.withResolvers<Ticket>();
    this.#pushes.set(id, { change, accepted, applied });
    const pushed = { accepted: accepted.promise, applied: applied.promise };
    // Who is not interested must not be told by an unhandled rejection.
    for (const promise of Object.values(pushed)) promise.catch(() => undefined);
    return pushed;
  }

  acknowledge({ id, receipt }: Acknowledgement): void {
    const push = this.#pushes.get(id);
    if (push === undefined) return;
    push.receipt = receipt;
    push.accepted.resolve(receipt);
    if ('status' in receipt) this.settle(id, receipt);
  }

  remove(settlement: Settlement, client: string): void {
    if (settlement.kind === 'confirmed')
      this.#confirmed(settlement.id, { client, n: settlement.accepted.n, seq: settlement.accepted.seq });
    else this.fail(settlement.id, settlement.problem);
  }

  /** An outcome that came by itself. */
  outcome(ticket: Ticket): void {
    for (const [id, { receipt }] of this.#pushes) {
      if (receipt !== undefined && isSameReceipt(receipt, ticket)) this.settle(id, ticket);
    }
  }

  settle(id: string, ticket: Ticket): void {
    const push = this.#pushes.get(id);
    if (push === undefined || ticket.status === 'queued') return;
    push.accepted.resolve(ticket);
    if (ticket.status === 'applied') {
      push.applied.resolve(ticket);
      this.#pushes.delete(id);
    } else this.fail(id, ticket.problem);
  }

  /** Those whose turn is over and whose outcome nobody has told yet. */
  unsettled(): { readonly id: string; readonly receipt: Receipt }[] {
    return [...this.#pushes].flatMap(([id, { isConfirmed, receipt }]) =>
      isConfirmed && receipt !== undefined ? [{ id, receipt }] : [],
    );
  }

  fail(id: string, problem: ProblemBody): void {
    const push = this.#pushes.get(id);
    if (push === undefined) return;
    this.#pushes.delete(id);
    reject(push, problem);
    this.#refused?.(problem, push.change);
  }

  close(problem: ProblemBody): void {
    for (const push of this.#pushes.values()) reject(push, problem);
    this.#pushes.clear();
  }

  #confirmed(id: string, receipt: Receipt): void {
    const push = this.#pushes.get(id);
    if (push === undefined) return;
    push.isConfirmed = true;
    push.receipt ??= receipt;
    push.accepted.resolve(push.receipt);
  }
}

const reject = ({ accepted, applied }: PendingPush, problem: ProblemBody): void => {
  const error = new ProblemError(problem);
  accepted.reject(error);
  applied.reject(error);
};

/** The same n may have been given to another change in another history; the seq tells. */
export const isSameReceipt = (a: Receipt, b: Receipt): boolean =>
  a.client === b.client && a.n === b.n && a.seq === b.seq;
