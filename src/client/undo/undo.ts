import type { ChangeRequest } from '../../core/inverse.ts';
import { copyJson } from '../platform/copy-json.ts';
import type { PushHandle } from '../push/push-handle.ts';
import type { PushOptions, PushParts } from '../push/push-options.ts';
import type { OptimisticView } from '../state/optimistic-view.ts';
import type { Direction, StepPush, UndoControls, UndoDepths, UndoHistory } from './undo-history.ts';

/** Pushes that are recorded, and the controls that undo them. */
export interface UndoablePushes {
  readonly push: (change: ChangeRequest, options?: PushOptions) => PushHandle;
  readonly controls: UndoControls;
}

/** Pushes a change under an id that the caller has made. */
export interface PushTarget {
  /** @throws ProblemError while a batch is made, as `push` does */
  readonly newId: () => string;
  readonly push: (change: ChangeRequest, parts: PushParts) => PushHandle;
}

/** Both as one value: it is another one when one of them has changed. */
const depthsOf = ({ undoDepth, redoDepth }: UndoDepths): string => `${undoDepth} ${redoDepth}`;

/** Records the inverse of each push, as far as the view knows its effect. */
export const withUndo = (target: PushTarget, view: OptimisticView, history: UndoHistory): UndoablePushes => {
  const push = (
    { change, undoes }: StepPush,
    direction: Direction,
    options?: PushOptions,
    id = target.newId(),
  ): PushHandle => {
    const handle = target.push(change, { id, undoes, options });
    history.record(id, change, view.effectOf(id), direction);
    // That of the dispatch came before.
    history.subscribers.notify();
    handle.applied.catch(() => {
      history.remove(id);
      history.subscribers.notify();
    });
    return handle;
  };
  /** @param pop called once it is certain that its step can be pushed: otherwise that would be lost */
  const pushStep = (pop: () => StepPush | undefined, direction: Direction): PushHandle | undefined => {
    const id = target.newId();
    const step = pop();
    // The inverse may be the application's own.
    const change = step && { name: step.change.name, args: copyJson(step.change.args) };
    return change && push({ ...step, change }, direction, undefined, id);
  };
  return {
    push: (change, options) => push({ change }, 'new', options),
    controls: {
      get undoDepth() {
        return history.undoDepth;
      },
      get redoDepth() {
        return history.redoDepth;
      },
      subscribeUndo: (listener) => history.subscribers.add(depthsOf, () => listener(history)),
      undo: () => pushStep(() => history.popUndo(), 'undo'),
      redo: () => pushStep(() => history.popRedo(), 'redo'),
    },
  };
};
