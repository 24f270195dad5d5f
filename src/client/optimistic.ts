import type { Definition } from '../core/definition.ts';
import { applyPatch } from '../core/json-patch.ts';
import { type Mark, Tree } from '../core/tree.ts';
import type { Json } from '../protocol/json.ts';
import type { PatchOperation } from '../protocol/patch.ts';
import type { Pending } from './pending.ts';
import { patched } from './shared-patch.ts';
import type { Effect, View } from './view.ts';

/** A pending change as it stands in the view, with the way back. */
interface Replayed {
  readonly id: string;
  readonly mark: Mark;
  readonly effect: Effect | undefined;
  readonly shown: Json;
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

  /** @param user the subject that reducers see as `user` until the server has said it */
  constructor(definition: Definition, user: () => string) {
    this.#definition = definition;
    this.#user = user;
    this.initial = definition.initial();
    this.#confirmed = this.initial;
  }

  confirm(state: Json, version: number, patch: readonly PatchOperation[] | undefined): void {
    this.#takeBack(0);
    this.#confirmed = state;
    this.#version = version;
    // A tree is made when something is pending; it is kept up only where that is cheaper than making it again.
    if (patch === undefined || this.#tree === undefined) this.#tree = undefined;
    else this.#follow(this.#tree, patch);
  }

  #follow(tree: Tree, patch: readonly PatchOperation[]): void {
    try {
      applyPatch(tree, patch);
      tree.commit();
    } catch {
      this.#tree = undefined;
    }
  }

  show(pending: readonly Pending[], client: string): Json {
    const same = this.#replayed.findIndex(({ id }, index) => pending[index]?.id !== id);
    if (same >= 0) this.#takeBack(same);
    for (const change of pending.slice(this.#replayed.length)) this.#replay(change, client);
    return this.#shown;
  }

  effectOf(id: string): Effect | undefined {
    return this.#replayed.find((each) => each.id === id)?.effect;
  }

  get #shown(): Json {
    // A state may be null.
    const last = this.#replayed.at(-1);
    return last === undefined ? this.#confirmed : last.shown;
  }

  #takeBack(length: number): void {
    const first = this.#replayed[length];
    if (first === undefined) return;
    this.#tree?.rollback(first.mark);
    this.#replayed.length = length;
  }

  #replay(change: Pending, client: string): void {
    this.#tree ??= new Tree(JSON.parse(JSON.stringify(this.#confirmed)) as Json);
    const before = this.#shown;
    const mark = this.#tree.mark();
    const operations = this.#run(this.#tree, change, client);
    const shown = operations === undefined ? undefined : patched(before, operations);
    const effect = operations === undefined || shown === undefined ? undefined : { before, after: shown, operations };
    this.#replayed.push({ id: change.id, mark, effect, shown: effect === undefined ? before : effect.after });
  }

  /** What is refused here has no effect here; the server judges it over a state that may be another. */
  #run(tree: Tree, { name, args, at, accepted }: Pending, client: string): readonly PatchOperation[] | undefined {
    const { changes } = this.#definition;
    const known = Object.hasOwn(changes, name) ? changes[name] : undefined;
    if (known === undefined) return undefined;
    const seq = accepted?.seq ?? this.#version + 1 + this.#replayed.length;
    const mark = tree.mark();
    try {
      known.apply(tree, args, { now: at, seq, client, user: this.#user() });
      return JSON.parse(`[${tree.suspend(mark).join(',')}]`) as PatchOperation[];
    } catch {
      tree.rollback(mark);
      return undefined;
    }
  }
}
