import type { ProblemBody } from '../protocol/problems.ts';
import type { Receipt, Ticket } from '../protocol/receipt.ts';
import type { Asked } from './history.ts';
import type { Gone } from './pending.ts';
import { ProblemError } from './problem-error.ts';
import type { Told } from './verdict.ts';

/** What a push answers with. Neither promise needs to be awaited. */
export interface Pushed {
  /** It is in the server's queue, durably. Rejects with a `ProblemError` when the server refuses to take it. */
  readonly accepted: Promise<Receipt>;
  /** It was applied. Rejects with a `ProblemError` when it was not, which carries the reason. */
  readonly applied: Promise<Ticket>;
}

interface Wait {
  readonly change: Asked;
  readonly accept: (receipt: Receipt) => void;
  readonly apply: (ticket: Ticket) => void;
  readonly fail: (error: unknown) => void;
  receipt: Receipt | undefined;
  /** Its effect is in the confirmed state, or it has none: only the ticket tells. */
  isPast: boolean;
}

/** The promises of this tab's pushes. */
export class Waits {
  readonly #waits = new Map<string, Wait>();
  readonly #refused: (problem: ProblemBody, id: string, change: Asked) => void;

  /** @param refused told once for each push of this tab that was not applied */
  constructor(refused: (problem: ProblemBody, id: string, change: Asked) => void) {
    this.#refused = refused;
  }

  open(id: string, change: Asked): Pushed {
    const accepted = Promise.withResolvers<Receipt>();
    const applied = Promise.withResolvers<Ticket>();
    const pushed = { accepted: accepted.promise, applied: applied.promise };
    // Who is not interested must not be told by an unhandled rejection.
    for (const promise of Object.values(pushed)) promise.catch(() => undefined);
    const fail = (error: unknown): void => {
      accepted.reject(error);
      applied.reject(error);
    };
    const rest = { accept: accepted.resolve, apply: applied.resolve, fail };
    this.#waits.set(id, { change, ...rest, receipt: undefined, isPast: false });
    return pushed;
  }

  has(id: string): boolean {
    return this.#waits.has(id);
  }

  told({ id, receipt, ticket }: Told): void {
    const wait = this.#waits.get(id);
    if (wait === undefined) return;
    wait.receipt = receipt;
    wait.accept(receipt);
    if (ticket !== undefined) this.settle(id, ticket);
  }

  gone(gone: Gone, client: string): void {
    switch (gone.kind) {
      case 'confirmed':
        this.#pass(gone.id, { client, n: gone.accepted.n, seq: gone.accepted.seq });
        return;
      case 'settled':
        this.settle(gone.id, gone.ticket);
        return;
      case 'refused':
        this.#end(gone.id, gone.problem);
        return;
      default:
        gone satisfies never;
    }
  }

  /** An outcome that came by itself. */
  outcome(ticket: Ticket): void {
    for (const [id, { receipt }] of this.#waits) {
      if (receipt !== undefined && isSame(receipt, ticket)) this.settle(id, ticket);
    }
  }

  settle(id: string, ticket: Ticket): void {
    if (ticket.status === 'queued') return;
    this.#waits.get(id)?.accept(ticket);
    if (ticket.status === 'applied') this.#waits.get(id)?.apply(ticket);
    this.#end(id, ticket.status === 'applied' ? undefined : ticket.problem);
  }

  /** Those whose turn is over and whose outcome nobody has told yet. */
  unsettled(): { readonly id: string; readonly receipt: Receipt }[] {
    return [...this.#waits].flatMap(([id, { isPast, receipt }]) =>
      isPast && receipt !== undefined ? [{ id, receipt }] : [],
    );
  }

  /** Ends one without a ticket. */
  fail(id: string, problem: ProblemBody): void {
    this.#end(id, problem);
  }

  close(problem: ProblemBody): void {
    for (const { fail } of this.#waits.values()) fail(new ProblemError(problem));
    this.#waits.clear();
  }

  #pass(id: string, receipt: Receipt): void {
    const wait = this.#waits.get(id);
    if (wait === undefined) return;
    wait.isPast = true;
    wait.receipt ??= receipt;
    wait.accept(wait.receipt);
  }

  #end(id: string, problem: ProblemBody | undefined): void {
    const wait = this.#waits.get(id);
    this.#waits.delete(id);
    if (wait === undefined || problem === undefined) return;
    wait.fail(new ProblemError(problem));
    this.#refused(problem, id, wait.change);
  }
}

/** The same n may have been given to another change in another history; the seq tells. */
export const isSame = (a: Receipt, b: Receipt): boolean => a.client === b.client && a.n === b.n && a.seq === b.seq;
