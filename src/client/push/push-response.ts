import type { ProblemBody } from '../../protocol/problems.ts';
import type { Cost, Receipt, Ticket } from '../../protocol/receipt.ts';
import type { PendingQueue, Settlement } from './pending-queue.ts';

/** The server's answer to a push, over whichever transport. */
export type PushResponse =
  /** All changes are in the queue. Tickets where the outcomes are known already. */
  | {
      readonly kind: 'accepted';
      readonly epoch: string;
      readonly receipts: readonly (Receipt | Ticket)[];
      readonly cost?: Omit<RequestCost, 'changes'> | undefined;
    }
  /** The push has changed nothing [J11]. */
  | { readonly kind: 'refused'; readonly epoch?: string | undefined; readonly problem: ProblemBody }
  /** No answer, a 5xx, or something to wait for: sending the same again is safe [Q1]. */
  | {
      readonly kind: 'unknown';
      readonly problem?: ProblemBody | undefined;
      readonly retryAfterMs: number;
      /** True when something before the server has answered, and perhaps does not let this change through. */
      readonly isBlocked?: boolean;
    };

/** The queue after a step of the push loop, and what that step means for the pushes. */
export interface QueueUpdate {
  readonly queue: PendingQueue;
  readonly settlements: readonly Settlement[];
  /** The changes that were accepted in this step. */
  readonly acknowledgements: readonly Acknowledgement[];
}

/** The effect of an answer. */
export interface PushResult extends QueueUpdate {
  /** `narrow`: one of the changes is at fault, and only a smaller batch tells which. */
  readonly next: 'continue' | 'retry-later' | 'narrow-batch' | 'narrow-later';
}

/** The receipt of one change of this browser; of a batch, that of its last change. */
export interface Acknowledgement {
  readonly id: string;
  /** A ticket when the outcome is known. */
  readonly receipt: Receipt | Ticket;
  readonly cost?: RequestCost;
}

/** What the request of a push had cost by its answer, as the server counts it [C2]. Several pushes share a request. */
export interface RequestCost extends Pick<Cost, 'rowsRead' | 'rowsWritten' | 'storedBytes'> {
  /** Millionths of a dollar, by the price list that the application's info names. */
  readonly microdollars: number;
  /** The number of changes in the request. */
  readonly changes: number;
}

/** An update that settles and acknowledges nothing. */
export const queueUpdate = (queue: PendingQueue): QueueUpdate => ({ queue, settlements: [], acknowledgements: [] });
