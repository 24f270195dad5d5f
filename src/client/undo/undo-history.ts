import type { ChangeEffect, ChangeRequest, Inverse } from '../../core/inverse.ts';
import { copyJson } from '../platform/copy-json.ts';
import { frozen } from '../platform/frozen.ts';
import { reportError } from '../platform/report-error.ts';
import { Subscribers } from '../platform/subscribers.ts';
import type { Acceptance, Settlement, Undoes } from '../push/pending-queue.ts';
import type { PushHandle } from '../push/push-handle.ts';

/** An inverse that never throws: an error is reported as an uncaught one, and the change cannot be undone. */
export type MakeInverse = Inverse;

/** @param inverse may be the user's: it is called within dispatches, which an error must not stop, and gets args of its own */
export const guardInverse =
  (inverse: Inverse): MakeInverse =>
  ({ name, args }, effect) => {
    try {
      frozen(effect.operations);
      return inverse({ name, args: copyJson(args) }, effect);
    } catch (error) {
      reportError(error);
      return undefined;
    }
  };

/** The most steps that are kept for undo, and for redo: older ones are dropped. */
const UNDO_MAX = 100;

interface UndoStep {
  /** The id of the change that this step undoes. */
  readonly id: string;
  readonly change: ChangeRequest;
  /** As predicted from the effect on the view, until it is exact. Made when it is asked for; undefined: it cannot be undone. */
  readonly inverse: () => ChangeRequest | undefined;
  /** Whether it was made from what the change did where it was applied. */
  readonly isExact: boolean;
  /** Present when the change was confirmed together with others: then only the server knows what it did. */
  readonly accepted?: Acceptance;
}

/** The change that undoes or redoes a step. */
export interface StepPush {
  readonly change: ChangeRequest;
  /** Present while it is not known what the change did where it was applied. */
  readonly undoes?: Undoes;
}

/** The reason for a push: the user's own, or an undo or redo of one. */
export type Direction = 'new' | 'undo' | 'redo';

/** The steps that can be undone and redone, newest last. */
export class UndoHistory implements UndoDepths {
  /** To be notified after each dispatch, and whenever steps were recorded or removed. */
  readonly subscribers: Subscribers<UndoDepths> = new Subscribers<UndoDepths>(() => this);
  readonly #inverse: MakeInverse;
  #undone: UndoStep[] = [];
  #done: UndoStep[] = [];

  constructor(inverse: MakeInverse) {
    this.#inverse = inverse;
  }

  get undoDepth(): number {
    return countOf(this.#done);
  }

  get redoDepth(): number {
    return countOf(this.#undone);
  }

  /** Records a push: the inverse of an undo can be redone, that of any other change can be undone. */
  record(id: string, change: ChangeRequest, effect: ChangeEffect | undefined, direction: Direction): void {
    if (direction === 'new') this.#undone = [];
    if (effect === undefined) return;
    const steps = direction === 'undo' ? this.#undone : this.#done;
    steps.push({ id, change, inverse: once(() => this.#inverse(change, effect)), isExact: false });
    if (steps.length > UNDO_MAX) steps.shift();
  }

  /** Makes the inverses anew of changes that were confirmed. One that has changed nothing there cannot be undone. */
  confirm(settlements: readonly Settlement[], effects: ReadonlyMap<string, ChangeEffect>): void {
    for (const each of settlements) {
      if (each.kind !== 'confirmed') continue;
      this.#done = this.#done.flatMap((step) => this.#confirmStep(step, each, effects));
      this.#undone = this.#undone.flatMap((step) => this.#confirmStep(step, each, effects));
    }
  }

  #confirmStep(
    step: UndoStep,
    { id, accepted }: { readonly id: string; readonly accepted: Acceptance },
    effects: ReadonlyMap<string, ChangeEffect>,
  ): readonly UndoStep[] {
    if (step.id !== id) return [step];
    const effect = effects.get(id);
    if (effect === undefined) return [{ ...step, accepted }];
    return [{ ...step, inverse: once(() => this.#inverse(step.change, effect)), isExact: true }];
  }

  /** Removes the newest step. @returns the change to push for it; undefined when there is none */
  popUndo(): StepPush | undefined {
    return popFrom(this.#done);
  }

  popRedo(): StepPush | undefined {
    return popFrom(this.#undone);
  }

  /** To be called when the change was not applied: there is nothing to undo. */
  remove(id: string): void {
    this.#done = this.#done.filter((step) => step.id !== id);
    this.#undone = this.#undone.filter((step) => step.id !== id);
  }
}

const countOf = (steps: readonly UndoStep[]): number => steps.filter(({ inverse }) => inverse() !== undefined).length;

/** Those that cannot be undone are skipped. */
const popFrom = (steps: UndoStep[]): StepPush | undefined => {
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    const { id, change, isExact, accepted } = step;
    const inverse = step.inverse();
    if (inverse !== undefined) return { change: inverse, ...(!isExact && { undoes: { id, change, accepted } }) };
  }
  return undefined;
};

const once = <Value>(make: () => Value): (() => Value) => {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

/** How many steps there are. */
export interface UndoDepths {
  /** The number of steps that can be undone, at most 100. */
  readonly undoDepth: number;
  /** The number of steps that can be redone. A new change resets it to 0. */
  readonly redoDepth: number;
}

/** Undo and redo of the changes that this tab has pushed. Each is pushed as an ordinary change. */
export interface UndoControls extends UndoDepths {
  /**
   * Undoes the newest step. Undefined when there is none. `applied` rejects when somebody else has changed the same place
   * since. While it is not known what the change has done on the server, it shows as predicted and is sent afterwards, and
   * so is all that is pushed behind it; `applied` rejects with `urn:changebucket:client:nothing-to-undo` when the change
   * turns out to have changed nothing.
   */
  undo(): PushHandle | undefined;
  /** Calls the listener whenever one of both depths has changed. @returns ends the subscription */
  subscribeUndo(listener: (depths: UndoDepths) => void): () => void;
  /** Redoes the step that was undone last. Undefined when there is none; `applied` rejects as that of `undo` does. */
  redo(): PushHandle | undefined;
}
