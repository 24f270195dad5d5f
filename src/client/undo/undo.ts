import type { PushHandle } from '../push/push-promises.ts';
import type { Session } from '../session.ts';
import type { OptimisticView } from '../state/optimistic-view.ts';
import type { SyncHost } from '../sync/sync-host.ts';
import { type ChangeRequest, type Direction, type Inverse, type UndoControls, UndoHistory } from './undo-history.ts';

/** Pushes that can be taken back. */
export interface UndoablePushes {
  readonly push: (change: ChangeRequest) => PushHandle;
  readonly history: UndoControls;
}

/** Notes what takes each push back, as far as the view shows what it has done. */
export const withUndo = (session: Session<SyncHost>, view: OptimisticView, inverse: Inverse): UndoablePushes => {
  const steps = new UndoHistory(inverse);
  const push = (change: ChangeRequest, direction: Direction): PushHandle => {
    const id = session.environment.newId();
    const pushed = session.push(change, id);
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
