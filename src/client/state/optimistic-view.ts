import type { Definition } from '../../core/definition.ts';
import { applyPatch } from '../../core/patch/json-patch.ts';
import { Tree, type TreeMark } from '../../core/state/tree.ts';
import type { Json } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import type { PendingChange } from '../push/pending-queue.ts';
import { patchImmutably } from './immutable-patch.ts';
import type { ChangeEffect, View } from './view.ts';

/** A pending change as it stands in the view, with the way back. */
interface Replayed {
  readonly id: string;
  readonly mark: TreeMark;
  /** None when it was refused here. */
  readonly operations: readonly PatchOperation[];
}

/**
 * Replays pending changes over the confirmed state through the same reducers that the server runs. There is no undo
 * log to get wrong: whenever the confirmed state moves, the pending changes are taken back and run again over it.
 *
 * The reducers work on a tree of their own, in place; what is shown is made from the operations they leave behind and
 * shares everything they did not touch. So the cost of both follows the change.
 */
export class OptimisticView implements View {
  readonly initial: Json;
  readonly #definition: Definition;
  readonly #user: () => string;
  #confirmed: Json;
  #version = 0;
  #tree: Tree | undefined;
  #replayed: Replayed[] = [];
  #shown: Json;
  /** What the change that was shown last has done. */
  #last: { readonly id: string; readonly effect: ChangeEffect } | undefined;

  /** @param user the subject that reducers see as `user` until the server has said it */
  constructor(definition: Definition, user: () => string) {
    this.#definition = definition;
    this.#user = user;
    this.initial = definition.initial();
    this.#confirmed = this.initial;
    this.#shown = this.initial;
  }

  confirm(state: Json, version: number, patch: readonly PatchOperation[] | undefined): void {
    this.#rollbackTo(0);
    this.#confirmed = state;
    this.#shown = state;
    this.#version = version;
    // A tree is made when something is pending; it is kept up only where that is cheaper than making it again.
    if (patch === undefined || this.#tree === undefined) this.#tree = undefined;
    else this.#patchTree(this.#tree, patch);
  }

  #patchTree(tree: Tree, patch: readonly PatchOperation[]): void {
    try {
      applyPatch(tree, patch);
      tree.commit();
    } catch {
      this.#tree = undefined;
    }
  }

  show(pending: readonly PendingChange[], client: string): Json {
    const same = this.#replayed.findIndex(({ id }, index) => pending[index]?.id !== id);
    if (same >= 0) this.#rollbackTo(same);
    const fresh = pending.slice(this.#replayed.length);
    if (fresh.length > 0) this.#replay(fresh, client);
    return this.#shown;
  }

  /** What the change did that was shown last. Undefined for others, and when it had no effect. */
  effectOf(id: string): ChangeEffect | undefined {
    return this.#last?.id === id ? this.#last.effect : undefined;
  }

  #rollbackTo(length: number): void {
    const first = this.#replayed[length];
    if (first === undefined) return;
    this.#tree?.rollback(first.mark);
    this.#replayed.length = length;
    this.#shown = this.#applyOperations(
      this.#confirmed,
      this.#replayed.flatMap(({ operations }) => operations),
    );
  }

  #replay(changes: readonly PendingChange[], client: string): void {
    this.#tree ??= new Tree(JSON.parse(JSON.stringify(this.#confirmed)) as Json);
    const before = this.#shown;
    const operations: PatchOperation[] = [];
    for (const change of changes) {
      const mark = this.#tree.mark();
      const own = this.#applyChange(this.#tree, change, client);
      this.#replayed.push({ id: change.id, mark, operations: own });
      for (const each of own) operations.push(each);
    }
    this.#shown = this.#applyOperations(before, operations);
    const [only] = changes;
    const isOne = only !== undefined && changes.length === 1 && operations.length > 0;
    this.#last = isOne ? { id: only.id, effect: { before, after: this.#shown, operations } } : undefined;
  }

  /** The operations come from the very state that they are applied to: they fit. */
  #applyOperations(state: Json, operations: readonly PatchOperation[]): Json {
    const shown = patchImmutably(state, operations);
    return shown === undefined ? state : shown;
  }

  /** What is refused here has no effect here; the server judges it over a state that may be another. */
  #applyChange(tree: Tree, { name, args, at, accepted }: PendingChange, client: string): readonly PatchOperation[] {
    const { changes } = this.#definition;
    const known = Object.hasOwn(changes, name) ? changes[name] : undefined;
    if (known === undefined) return [];
    const seq = accepted?.seq ?? this.#version + 1 + this.#replayed.length;
    const mark = tree.mark();
    try {
      known.apply(tree, args, { now: at, seq, client, user: this.#user() });
      return JSON.parse(`[${tree.suspend(mark).join(',')}]`) as PatchOperation[];
    } catch {
      tree.rollback(mark);
      return [];
    }
  }
}
