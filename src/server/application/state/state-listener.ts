import type { Slice } from '../../../core/drain/drain-slice.ts';
import type { LoadedState } from './loaded-state.ts';

/** Who is told of every step of the state, in the turn that makes it. */
export interface StateListener {
  /** How many wait or watch there: while there is one, changes are applied in the turn that accepts them [D11]. */
  readonly size: number;
  /**
   * The state has moved, or begun anew, or cannot move. Call after the commit.
   *
   * @param slice what was applied; undefined when the state did not move by applying
   */
  onCommit(loaded: LoadedState, slice: Slice | undefined): void;
  /** The application is gone. */
  onDeleted(): void;
}
