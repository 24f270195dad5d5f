import { reportError } from '../platform/report-error.ts';
import type { ChangeRequest } from '../push/pending-queue.ts';
import type { PushHandle } from '../push/push-promises.ts';
import type { ChangeEffect } from '../state/view.ts';

/**
 * Makes the change that undoes another one, from the effect that that one had on the view. Returns undefined when it
 * cannot be undone. The change that it returns must be rejected when somebody else has changed the same value since.
 */
export type Inverse = (change: ChangeRequest, effect: ChangeEffect) => ChangeRequest | undefined;

/** The most steps that are kept for undo, and for redo: older ones are dropped. */
const UNDO_MAX = 100;

interface UndoStep {
  /** The id of the change that this step undoes. */
  readonly id: string;
  readonly inverse: ChangeRequest;
}

/** The reason for a push: the user's own, or an undo or redo of one. */
export type Direction = 'new' | 'undo' | 'redo';

/** The steps that can be undone and redone, newest last. */
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

  /** Records a push: the inverse of an undo can be redone, that of any other change can be undone. */
  record(id: string, change: ChangeRequest, effect: ChangeEffect | undefined, direction: Direction): void {
    const inverse = effect === undefined ? undefined : this.#invert(change, effect);
    if (direction === 'new') this.#undone = [];
    if (inverse === undefined) return;
    const steps = direction === 'undo' ? this.#undone : this.#done;
    steps.push({ id, inverse });
    if (steps.length > UNDO_MAX) steps.shift();
  }

  /** An error of the page's own function must not keep `push` from returning: the change is on its way. */
  #invert(change: ChangeRequest, effect: ChangeEffect): ChangeRequest | undefined {
    try {
      return this.#inverse(change, effect);
    } catch (error) {
      reportError(error);
      return undefined;
    }
  }

  /** Removes the newest step. @returns the change to push for it; undefined when there is none */
  popUndo(): ChangeRequest | undefined {
    return this.#done.pop()?.inverse;
  }

  popRedo(): ChangeRequest | undefined {
    return this.#undone.pop()?.inverse;
  }

  /** To be called when the change was not applied: there is nothing to undo. */
  remove(id: string): void {
    this.#done = this.#done.filter((step) => step.id !== id);
    this.#undone = this.#undone.filter((step) => step.id !== id);
  }
}

/** Undo and redo of the changes that this tab has pushed. Each is pushed as an ordinary change. */
export interface UndoControls {
  /** The number of steps that can be undone, at most 100. */
  readonly undoDepth: number;
  /** The number of steps that can be redone. A new change resets it to 0. */
  readonly redoDepth: number;
  /**
   * Undoes the newest step. Undefined when there is none. `applied` rejects when somebody else has changed the same value
   * since.
   */
  undo(): PushHandle | undefined;
  /** Redoes the step that was undone last. Undefined when there is none; `applied` rejects as that of `undo` does. */
  redo(): PushHandle | undefined;
}
