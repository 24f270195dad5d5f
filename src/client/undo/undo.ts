import type { ChangeRequest } from '../push/pending-queue.ts';
import type { PushHandle } from '../push/push-promises.ts';
import type { OptimisticView } from '../state/optimistic-view.ts';
import { type Direction, type Inverse, type UndoControls, UndoHistory } from './undo-history.ts';

/** Pushes that can be taken back. */
export interface UndoablePushes {
  readonly push: (change: ChangeRequest) => PushHandle;
  readonly history: UndoControls;
}

/** Pushes a change under an id that the caller has made. */
export interface PushTarget {
  readonly newId: () => string;
  readonly push: (change: ChangeRequest, id: string) => PushHandle;
}

/** Notes what takes each push back, as far as the view shows what it has done. */
export const withUndo = (target: PushTarget, view: OptimisticView, inverse: Inverse): UndoablePushes => {
  const steps = new UndoHistory(inverse);
  const push = (change: ChangeRequest, direction: Direction): PushHandle => {
    const id = target.newId();
    const pushed = target.push(change, id);
    steps.record(id, change, view.effectOf(id), direction);
    pushed.applied.catch(() => steps.remove(id));
    return pushed;
  };
  const step = (change: ChangeRequest | undefined, direction: Direction): PushHandle | undefined =>
    change && push(change, direction);
  return {
    push: (change) => push(change, 'new'),
    history: {
      get undoDepth() {
        return steps.undoDepth;
      },
      get redoDepth() {
        return steps.redoDepth;
      },
      undo: () => step(steps.takeUndo(), 'undo'),
      redo: () => step(steps.takeRedo(), 'redo'),
    },
  };
};
