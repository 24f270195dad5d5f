import type { Problem } from '../../../protocol/problems.ts';
import type { Cost, Receipt } from '../../../protocol/receipt.ts';
import type { LoadedState } from '../state/loaded-state.ts';

/** Answer to one push: receipts for all its changes, or the reason why none was accepted. */
export type SequenceResult =
  | { readonly kind: 'accepted'; readonly receipts: readonly Receipt[] }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** Decision about one push. Durable once the turn that made it has been performed. */
export interface Verdict {
  readonly accepted: SequenceResult;
  /** Undefined when there is no such application. */
  readonly loaded: LoadedState | undefined;
  /** Bytes of the new changes as they are stored. */
  readonly storedBytes: number;
}

/** Verdict with its cost: all pushes of a turn share the rows of that turn equally. */
export type VerdictWithCost = Verdict & Pick<Cost, 'rowsRead' | 'rowsWritten'>;
