import type { Problem } from '../../../protocol/problems.ts';
import type { Cost, Receipt } from '../../../protocol/receipt.ts';
import type { LoadedState } from '../state/loaded-state.ts';

/** Answer to one push: receipts for all its changes, or the reason why none was accepted. */
export type SequenceResult =
  | { readonly kind: 'accepted'; readonly receipts: readonly Receipt[] }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** Decision about one push. Durable once the effects of its turn are performed. */
export interface Verdict {
  readonly accepted: SequenceResult;
  /** Undefined when the application does not exist. */
  readonly loaded: LoadedState | undefined;
  /** Bytes of the new changes as they are stored, before compression [C2]. */
  readonly storedBytes: number;
}

/** Verdict with its cost: all pushes of a turn share the rows of that turn equally [C2]. */
export type VerdictWithCost = Verdict & Pick<Cost, 'rowsRead' | 'rowsWritten'>;
