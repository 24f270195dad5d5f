import type { ChangeContext, Definition } from '../../core/definition.ts';
import type { ChangeEffect, ChangeRequest, Inverse } from '../../core/inverse.ts';
import { applyPatch } from '../../core/patch/json-patch.ts';
import { Tree, type TreeMark } from '../../core/state/tree.ts';
import type { Json } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import { frozenCopy } from '../platform/frozen.ts';
import { NOTHING } from '../platform/nothing.ts';
import { changesIn, countOf } from '../push/batch.ts';
import type { PendingChange } from '../push/pending-queue.ts';
import { EffectLog } from './effect-log.ts';
import { lazyEffect, patched } from './lazy-effect.ts';
import type { ApplyResult } from './local-state.ts';
import type { Confirmed } from './state-update.ts';
import type { View } from './view.ts';

/** A pending change that the view contains. */
interface Replayed {
  readonly id: string;
  readonly name: string;
  readonly args: Json;
  /** The number of changes up to here: a batch has several. */
  readonly end: number;
  /** The mark to roll the tree back to when the change is taken out again. */
  readonly mark: TreeMark;
  /** Empty when the reducer has rejected it. */
  readonly operations: readonly PatchOperation[];
}

/** What reducers see of whoever pushes. */
export type ChangeSender = Pick<ChangeContext, 'user' | 'role' | 'claims'>;

/** One run of a change, or of the changes of a batch, over the tree. */
export interface Attempt {
  readonly change: ChangeRequest;
  /** Of each change of a batch. */
  readonly contexts: readonly ChangeContext[];
  /** @throws what the schema or the reducer throws */
  readonly run: (contexts: readonly ChangeContext[]) => readonly PatchOperation[];
  /** Takes back what it has written. */
  readonly rollback: () => void;
}

/**
 * Rebases the pending changes on the confirmed state, with the same reducers that the server runs: whenever the confirmed
 * state changes, they are rolled back and run again over it.
 *
 * The reducers change a tree of the view's own, in place. The state to show is made of the operations that they record,
 * and shares what they have not touched. So both cost as much as the change, not as much as the state.
 */
export class OptimisticView implements View {
  readonly initial: Json;
  readonly empty: Json;
  readonly #definition: Definition;
  readonly #sender: () => ChangeSender;
  #confirmed: Json;
  #epoch: string | undefined;
  #version = 0;
  protected readonly effects: EffectLog = new EffectLog();
  #tree: Tree | undefined;
  #replayed: Replayed[] = [];
  #shown: Json;
  /** The operations that lead from there to the state to show. Replaced, never emptied: effects refer to it. */
  #unshown: PatchOperation[] = [];
  /** The effect of the change that was added last. */
  #last: { readonly id: string; readonly effect: ChangeEffect } | undefined;

  /** @param sender whom reducers see, now */
  constructor(definition: Definition, sender: () => ChangeSender, initial: Json = definition.initial()) {
    this.#definition = definition;
    this.#sender = sender;
    this.initial = frozenCopy(initial);
    this.empty = frozenCopy(definition.initial());
    this.#confirmed = this.initial;
    this.#shown = this.initial;
  }

  confirm({ epoch, version, state }: Confirmed, patch: readonly PatchOperation[] | undefined): void {
    if (this.#replayed.length === 0) this.effects.clear();
    else if (this.#epoch === epoch) {
      const [from, before, replayed] = [this.#version, this.#confirmed, [...this.#replayed]];
      this.effects.record({ epoch, from, to: version, before, after: state, patch, replayed });
    }
    this.#epoch = epoch;
    this.#rollbackTo(0);
    this.#confirmed = state;
    this.#show(state, []);
    this.#version = version;
    // The tree exists while changes are pending. Patching it is cheaper than making it again from the whole state.
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

  /** Made when it is read: a loop of pushes copies what they reach once, not each time. */
  get shown(): Json {
    if (this.#unshown.length > 0) this.#show(patched(this.#shown, this.#unshown), []);
    return this.#shown;
  }

  rebase(pending: readonly PendingChange[], client: string): void {
    const firstDifferent = this.#replayed.findIndex(({ id, args }, index) => {
      const change = pending[index];
      return change?.id !== id || change.args !== args;
    });
    if (firstDifferent >= 0) this.#rollbackTo(firstDifferent);
    const added = pending.slice(this.#replayed.length);
    if (added.length > 0) this.#replay(added, client);
  }

  /** The effect of the change that was added last. Undefined for all others, and when it had none. */
  effectOf(id: string): ChangeEffect | undefined {
    return this.#last?.id === id ? this.#last.effect : undefined;
  }

  /**
   * What confirmed changes did where they were applied, by id, as far as it is known here. Called with the result of every
   * dispatch: development builds tell of problems with tokens.
   */
  effectsOf({ settlements }: ApplyResult): ReadonlyMap<string, ChangeEffect> {
    return this.effects.effectsOf(settlements);
  }

  /** The inverse to use: development builds tell of its errors. */
  watch(inverse: Inverse): Inverse {
    return inverse;
  }

  /** A change that throws here has no effect here. The server decides, over a state that may differ. */
  protected attempt({ run, rollback, contexts }: Attempt): readonly PatchOperation[] {
    try {
      return run(contexts);
    } catch {
      rollback();
      return [];
    }
  }

  #rollbackTo(length: number): void {
    const first = this.#replayed[length];
    if (first === undefined) return;
    this.#tree?.rollback(first.mark);
    this.#replayed.length = length;
    this.#show(
      this.#confirmed,
      this.#replayed.flatMap(({ operations }) => operations),
    );
  }

  #show(state: Json, unshown: PatchOperation[]): void {
    this.#shown = state;
    this.#unshown = unshown;
  }

  #replay(changes: readonly PendingChange[], client: string): void {
    this.#tree ??= new Tree(JSON.parse(JSON.stringify(this.#confirmed)) as Json);
    const [shown, unshown, count] = [this.#shown, this.#unshown, this.#unshown.length];
    for (const change of changes) {
      const mark = this.#tree.mark();
      const recorded = this.#applyChange(this.#tree, change, client);
      const end = this.#replayedCount + countOf(change);
      this.#replayed.push({ id: change.id, name: change.name, args: change.args, end, mark, operations: recorded });
      for (const each of recorded) unshown.push(each);
    }
    const [only] = changes;
    const operations = unshown.slice(count);
    const isOne = only !== undefined && changes.length === 1 && operations.length > 0;
    this.#last = isOne ? { id: only.id, effect: lazyEffect(shown, unshown, count, operations) } : undefined;
  }

  get #replayedCount(): number {
    return this.#replayed.at(-1)?.end ?? 0;
  }

  #applyChange(tree: Tree, change: PendingChange, client: string): readonly PatchOperation[] {
    const { at, accepted } = change;
    const { changes } = this.#definition;
    const all = changesIn(change);
    // The server may know it: then the effect comes with its state.
    if (all.some(({ name }) => !Object.hasOwn(changes, name))) return [];
    const seq = accepted === undefined ? this.#version + 1 + this.#replayedCount : accepted.seq + 1 - all.length;
    const mark = tree.mark();
    const sender = this.#sender();
    return this.attempt({
      change,
      contexts: all.map((_, index) => ({ now: at, seq: seq + index, client, ...sender })),
      run: (contexts) => {
        all.forEach(({ name, args }, index) => {
          changes[name]?.apply(tree, args, contexts[index] as ChangeContext);
        });
        return JSON.parse(`[${tree.suspend(mark).join(',')}]`) as PatchOperation[];
      },
      rollback: () => tree.rollback(mark),
    });
  }
}

/** The view of a part: reducers need the whole state, so it shows the confirmed part alone. */
export class PartView extends OptimisticView {
  constructor(definition: Definition, sender: () => ChangeSender, initial: Json | undefined) {
    super({ ...definition, initial: () => NOTHING }, sender, initial);
  }

  override rebase(): void {
    // Pending changes show once they are confirmed.
  }
}
