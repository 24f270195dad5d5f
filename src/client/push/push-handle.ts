import type { ChangeRequest } from '../../core/inverse.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import type { AppliedTicket, Receipt } from '../../protocol/receipt.ts';
import type { RequestCost } from './push-response.ts';

/**
 * The promises of one push, or of one batch. None needs to be awaited: a rejection that nobody handles stays silent. They
 * reject with a `ProblemError`; TypeScript has no type for that, so `isRejectedBy` tells the reasons of the definition.
 */
export interface PushHandle {
  /**
   * Resolves when the change is in the server's queue, durably, to its place there. Of a batch: that of its last change.
   * Rejects when it was refused, and when it was given up.
   */
  readonly accepted: Promise<PushReceipt>;
  /** Resolves when the change was applied, to its ticket. Rejects when it was refused or rejected. */
  readonly applied: Promise<AppliedTicket>;
  /**
   * Resolves when the change was applied and `client.confirmed` contains it: for the light client, when it shows. Rejects
   * as `applied` does, and with `urn:changebucket:client:history-lost` when another epoch began before both were known.
   */
  readonly confirmed: Promise<AppliedTicket>;
}

/** The place of an accepted change: `client`, `n` and `seq`. */
export interface PushReceipt extends Receipt {
  /** The address of its ticket, which tells what becomes of it [O1]. */
  readonly url: string;
  /** Present where the option `cost` has asked for it, and the server has told it. */
  readonly cost?: RequestCost;
}

/**
 * Called for each change that was refused or rejected, or was given up. A batch, and a change with a precondition, comes as a
 * single change: `changesIn` gives what was pushed.
 *
 * @typeParam Reason the reasons that the page's definition lists. A newer one on the server may have others
 * @param change undefined when it is no longer known here
 */
export type OnRefused<Reason extends string = string> = (
  problem: ProblemBody<Reason>,
  change: ChangeRequest | undefined,
) => void;
