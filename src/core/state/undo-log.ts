import type { Json, JsonObject } from '../../protocol/json.ts';
import { moveMemberLast, REMOVED, storedMember } from '../json/members.ts';
import type { WorkBudget } from './work-budget.ts';

interface Removal {
  readonly parent: JsonObject;
  readonly key: string;
}

/**
 * Undo entries of the change under way, in the order of its writes. A write adds its entry first: whatever throws
 * afterwards, a rollback finds it. Removed members stay in place, marked as removed, until the commit deletes them.
 */
export class UndoLog {
  readonly #budget: WorkBudget;
  #entries: (() => void)[] = [];
  #removals: Removal[] = [];
  /** Objects whose order of keys an entry since the last mark already restores. */
  readonly #ordered = new Set<JsonObject>();

  constructor(budget: WorkBudget) {
    this.#budget = budget;
  }

  get length(): number {
    return this.#entries.length;
  }

  add(undo: () => void): void {
    this.#entries.push(undo);
  }

  /** Adds the entry of a removal, and lists the member so that the commit deletes it. */
  addRemoval(parent: JsonObject, key: string, before: Json): void {
    const removals = this.#removals.length;
    this.#entries.push(() => {
      this.#removals.length = removals;
      parent[key] = before;
    });
    this.#removals.push({ parent, key });
  }

  /** Adds an entry that restores the order of keys: once per object, since it visits every member. */
  addKeyOrder(parent: JsonObject): void {
    if (this.#ordered.has(parent)) return;
    const keys = Object.keys(parent);
    this.#budget.spendVisits(keys.length);
    this.#entries.push(() => {
      for (const key of keys) moveMemberLast(parent, key);
    });
    this.#ordered.add(parent);
  }

  /** The next change, or part of a change, must be able to restore the order of keys by itself. */
  forgetKeyOrders(): void {
    this.#ordered.clear();
  }

  /** Undoes the newest entries until `length` are left. */
  rollback(length: number): void {
    while (this.#entries.length > length) this.#entries.pop()?.();
  }

  /** Deletes the members that were marked as removed, and drops all entries. */
  commit(): void {
    for (const { parent, key } of this.#removals) if (storedMember(parent, key) === REMOVED) delete parent[key];
    this.#removals = [];
    this.#entries = [];
  }
}
