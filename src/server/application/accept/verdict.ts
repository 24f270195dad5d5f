import type { Problem } from '../../../protocol/problems.ts';
import type { Cost, Receipt } from '../../../protocol/receipt.ts';
import type { UsageMeter } from '../cost/usage-meter.ts';
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

/** What a turn took, in ms. A stage that has not happened is missing. */
export interface TurnTimes {
  /** When its pushes were accepted or refused, ms since 1970. */
  readonly acceptedAt: number;
  /** Writing them, and telling readers. */
  readonly commit?: number;
  /** Applying them, where that happened in this turn [D11]. */
  readonly drain?: number;
}

/** The verdicts of a turn, and what it took. */
export interface DecidedTurn {
  readonly verdicts: readonly Verdict[];
  readonly times: TurnTimes;
}

/** Verdict with its cost: all pushes of a turn share the rows of that turn equally [C2]. */
export type VerdictWithCost = Verdict & Pick<Cost, 'rowsRead' | 'rowsWritten'> & Pick<DecidedTurn, 'times'>;

/** Decides, and adds to each verdict its share of the rows that deciding and committing took. */
export const metered = (usage: UsageMeter, decide: () => DecidedTurn): VerdictWithCost[] => {
  const before = usage.totals;
  const { verdicts, times } = decide();
  const rows = usage.rowsSince(before, verdicts.length);
  return verdicts.map((verdict) => ({ ...verdict, ...rows, times }));
};
