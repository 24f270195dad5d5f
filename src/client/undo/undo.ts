import type { PushHandle } from '../push/push-promises.ts';
import type { Core } from '../session.ts';
import type { OptimisticView } from '../state/optimistic-view.ts';
import type { Home } from '../sync/sync-host.ts';
import { type ChangeRequest, type Direction, type History, type Inverse, UndoHistory } from './undo-history.ts';

/** Pushes that can be taken back. */
export interface Undoing {
  readonly push: (asked: ChangeRequest) => PushHandle;
  readonly history: History;
}

/** Notes what takes each push back, as far as the view shows what it has done. */
export const undoing = (core: Core<Home>, view: OptimisticView, inverse: Inverse): Undoing => {
  const steps = new UndoHistory(inverse);
  const push = (asked: ChangeRequest, direction: Direction): PushHandle => {
    const id = core.environment.newId();
    const pushed = core.push(asked, id);
    steps.note(id, asked, view.effectOf(id), direction);
    pushed.applied.catch(() => steps.forget(id));
    return pushed;
  };
  const step = (asked: ChangeRequest | undefined, direction: Direction): PushHandle | undefined =>
    asked && push(asked, direction);
  return {
    push: (asked) => push(asked, 'new'),
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
