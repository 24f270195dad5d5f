import type { ChangeRequest } from '../push/pending-queue.ts';
import type { PushHandle } from '../push/push-promises.ts';
import type { ChangeEffect } from '../state/view.ts';

/**
 * Makes the change that takes another one back, from what that one did to the view. Undefined: it cannot be taken back.
 * It must fail when somebody else has changed the same thing since.
 */
export type Inverse = (change: ChangeRequest, effect: ChangeEffect) => ChangeRequest | undefined;

/** Changes that can be undone. */
const UNDO_MAX = 100;

interface UndoStep {
  /** The change that this step takes back. */
  readonly id: string;
  readonly inverse: ChangeRequest;
}

/** What a push is to the history. */
export type Direction = 'new' | 'undo' | 'redo';

/** The changes of one's own that can be taken back, newest last, and those that were. */
export class UndoHistory {
  readonly #inverse: Inverse;
  #undone: UndoStep[] = [];
  #done: UndoStep[] = [];

  constructor(inverse: Inverse) {
    this.#inverse = inverse;
  }

  get undoDepth(): number {
    return this.#done.length;
  }

  get redoDepth(): number {
    return this.#undone.length;
  }

  /** Notes a push: what takes it back lies on the other side. */
  record(id: string, change: ChangeRequest, effect: ChangeEffect | undefined, direction: Direction): void {
    const inverse = effect === undefined ? undefined : this.#inverse(change, effect);
    if (direction === 'new') this.#undone = [];
    if (inverse === undefined) return;
    const to = direction === 'undo' ? this.#undone : this.#done;
    to.push({ id, inverse });
    if (to.length > UNDO_MAX) to.shift();
  }

  /** What to push to take the last one back. */
  takeUndo(): ChangeRequest | undefined {
    return this.#done.pop()?.inverse;
  }

  takeRedo(): ChangeRequest | undefined {
    return this.#undone.pop()?.inverse;
  }

  /** It was never applied: there is nothing to take back. */
  remove(id: string): void {
    this.#done = this.#done.filter((step) => step.id !== id);
    this.#undone = this.#undone.filter((step) => step.id !== id);
  }
}

/** Undo and redo of what this tab has pushed, as ordinary changes. */
export interface UndoControls {
  /** How many steps back there are. */
  readonly undoDepth: number;
  readonly redoDepth: number;
  /** Undefined when there is nothing to undo. Its `applied` rejects when somebody else changed the same thing since. */
  undo(): PushHandle | undefined;
  redo(): PushHandle | undefined;
}
