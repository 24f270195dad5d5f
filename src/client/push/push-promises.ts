import type { ProblemBody } from '../../protocol/problems.ts';
import type { Receipt, Ticket } from '../../protocol/receipt.ts';
import { ProblemError } from '../platform/problem-error.ts';
import type { ChangeRequest } from '../undo/undo-history.ts';
import type { Gone } from './pending-queue.ts';
import type { Told } from './push-result.ts';

/** What a push answers with. Neither promise needs to be awaited. */
export interface PushHandle {
  /** It is in the server's queue, durably. Rejects with a `ProblemError` when the server refuses to take it. */
  readonly accepted: Promise<Receipt>;
  /** It was applied. Rejects with a `ProblemError` when it was not, which carries the reason. */
  readonly applied: Promise<Ticket>;
}

/** Told of each change that came to nothing. */
export type OnRefused = (problem: ProblemBody, change: ChangeRequest | undefined) => void;

interface Wait {
  readonly asked: ChangeRequest;
  readonly accepted: PromiseWithResolvers<Receipt>;
  readonly applied: PromiseWithResolvers<Ticket>;
  receipt?: Receipt;
  /** Its effect is in the confirmed state, or it has none: only the ticket tells. */
  isPast?: true;
}

/** The promises of this tab's pushes. */
export class Waits {
  readonly #waits = new Map<string, Wait>();
  readonly #refused: OnRefused | undefined;

  constructor(refused: OnRefused | undefined) {
    this.#refused = refused;
  }

  open(id: string, asked: ChangeRequest): PushHandle {
    const accepted = Promise.withResolvers<Receipt>();
    const applied = Promise.withResolvers<Ticket>();
    this.#waits.set(id, { asked, accepted, applied });
    const pushed = { accepted: accepted.promise, applied: applied.promise };
    // Who is not interested must not be told by an unhandled rejection.
    for (const promise of Object.values(pushed)) promise.catch(() => undefined);
    return pushed;
  }

  told({ id, receipt }: Told): void {
    const wait = this.#waits.get(id);
    if (wait === undefined) return;
    wait.receipt = receipt;
    wait.accepted.resolve(receipt);
    if ('status' in receipt) this.settle(id, receipt);
  }

  gone(gone: Gone, client: string): void {
    if (gone.kind === 'confirmed') this.#pass(gone.id, { client, n: gone.accepted.n, seq: gone.accepted.seq });
    else this.fail(gone.id, gone.problem);
  }

  /** An outcome that came by itself. */
  outcome(ticket: Ticket): void {
    for (const [id, { receipt }] of this.#waits) {
      if (receipt !== undefined && isSame(receipt, ticket)) this.settle(id, ticket);
    }
  }

  settle(id: string, ticket: Ticket): void {
    const wait = this.#waits.get(id);
    if (wait === undefined || ticket.status === 'queued') return;
    wait.accepted.resolve(ticket);
    if (ticket.status === 'applied') {
      wait.applied.resolve(ticket);
      this.#waits.delete(id);
    } else this.fail(id, ticket.problem);
  }

  /** Those whose turn is over and whose outcome nobody has told yet. */
  unsettled(): { readonly id: string; readonly receipt: Receipt }[] {
    return [...this.#waits].flatMap(([id, { isPast, receipt }]) =>
      isPast && receipt !== undefined ? [{ id, receipt }] : [],
    );
  }

  fail(id: string, problem: ProblemBody): void {
    const wait = this.#waits.get(id);
    if (wait === undefined) return;
    this.#waits.delete(id);
    reject(wait, problem);
    this.#refused?.(problem, wait.asked);
  }

  close(problem: ProblemBody): void {
    for (const wait of this.#waits.values()) reject(wait, problem);
    this.#waits.clear();
  }

  #pass(id: string, receipt: Receipt): void {
    const wait = this.#waits.get(id);
    if (wait === undefined) return;
    wait.isPast = true;
    wait.receipt ??= receipt;
    wait.accepted.resolve(wait.receipt);
  }
}

const reject = ({ accepted, applied }: Wait, problem: ProblemBody): void => {
  const error = new ProblemError(problem);
  accepted.reject(error);
  applied.reject(error);
};

/** The same n may have been given to another change in another history; the seq tells. */
export const isSame = (a: Receipt, b: Receipt): boolean => a.client === b.client && a.n === b.n && a.seq === b.seq;
