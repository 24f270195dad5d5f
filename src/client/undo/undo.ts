import type { ChangeRequest } from '../push/pending-queue.ts';
import type { PushHandle } from '../push/push-promises.ts';
import type { OptimisticView } from '../state/optimistic-view.ts';
import { type Direction, type Inverse, type UndoControls, UndoHistory } from './undo-history.ts';

/** Pushes that are recorded, and the controls that undo them. */
export interface UndoablePushes {
  readonly push: (change: ChangeRequest) => PushHandle;
  readonly controls: UndoControls;
}

/** Pushes a change under an id that the caller has made. */
export interface PushTarget {
  readonly newId: () => string;
  readonly push: (change: ChangeRequest, id: string) => PushHandle;
}

/** Records the inverse of each push, as far as the view knows its effect. */
export const withUndo = (target: PushTarget, view: OptimisticView, inverse: Inverse): UndoablePushes => {
  const history = new UndoHistory(inverse);
  const push = (change: ChangeRequest, direction: Direction): PushHandle => {
    const id = target.newId();
    const handle = target.push(change, id);
    history.record(id, change, view.effectOf(id), direction);
    handle.applied.catch(() => history.remove(id));
    return handle;
  };
  const pushStep = (change: ChangeRequest | undefined, direction: Direction): PushHandle | undefined =>
    change && push(change, direction);
  return {
    push: (change) => push(change, 'new'),
    controls: {
      get undoDepth() {
        return history.undoDepth;
      },
      get redoDepth() {
        return history.redoDepth;
      },
      undo: () => pushStep(history.popUndo(), 'undo'),
      redo: () => pushStep(history.popRedo(), 'redo'),
    },
  };
};
