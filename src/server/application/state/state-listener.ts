import type { Slice } from '../../../core/drain/drain-slice.ts';
import type { LoadedState } from './loaded-state.ts';

/** Receives every step of the state, in the turn that commits it. */
export interface StateListener {
  /** Number of readers that wait or watch. While there is one, changes are applied in the turn that accepts them [D11]. */
  readonly size: number;
  /**
   * Called after a commit: the state has moved, was replaced, or cannot be moved (`loaded.blockedBy`).
   *
   * @param slice the applied slice; undefined when the state was replaced or is blocked
   */
  onCommit(loaded: LoadedState, slice: Slice | undefined): void;
  /** Called after the application was deleted. */
  onDeleted(): void;
}
