import type { Json, JsonObject } from '../../protocol/json.ts';
import { jsonBytes } from '../json/json-bytes.ts';
import { member, REMOVED, type StoredMember, storedMember, storeMember } from '../json/members.ts';
import { admitKey, admitValue } from './admitted-value.ts';
import { overwriteArray, spliceArray } from './array-writes.ts';
import { ChangeRecord } from './change-record.ts';
import { UndoLog } from './undo-log.ts';
import { WorkBudget } from './work-budget.ts';

/** A point that `rollback` returns to. */
export interface TreeMark {
  readonly undo: number;
  readonly operations: number;
  readonly bytes: number;
}

/**
 * The state, changed **in place**, with an undo log and a JSON Patch that grow with each write. Cost follows the
 * change: copying drafts (mutative, immer) took 1.6 and 3.9 ms for one write into 10,000 items, 33 and 73 ms
 * into 100,000; this takes the same few microseconds for both.
 *
 * Every write names the JSON Pointer of its target; `undefined` means that the target is no longer part of the
 * state. A write adds its undo entry before it changes anything, so that it can be undone wherever it throws.
 */
export class Tree {
  readonly #budget = new WorkBudget();
  readonly #undo = new UndoLog(this.#budget);
  readonly #record: ChangeRecord;
  #root: Json;
  #failure: { readonly error: unknown } | undefined;
  #generation = 0;

  /** @param bytes the size of this very state, where it is known; saves printing the state to measure it */
  constructor(root: Json, bytes = jsonBytes(root)) {
    this.#root = root;
    this.#record = new ChangeRecord(this.#budget, bytes);
  }

  get root(): Json {
    return this.#root;
  }

  /** Bytes of the state's JSON, with one separator counted after every member (see `jsonBytes`). */
  get bytes(): number {
    return this.#record.bytes;
  }

  /** Rises whenever a change begins or ends: drafts belong to one change. */
  get generation(): number {
    return this.#generation;
  }

  /** The work of all changes so far, in bytes copied and written. */
  get work(): number {
    return this.#budget.total;
  }

  /** Lowers the work that the next change may do [F2]. */
  restrictWork(bytes: number): void {
    this.#budget.restrict(bytes);
  }

  retireDrafts(): void {
    this.#generation += 1;
  }

  mark(): TreeMark {
    this.#undo.forgetKeyOrders();
    return { undo: this.#undo.length, operations: this.#record.length, bytes: this.#record.bytes };
  }

  /** Undoes everything since the mark. */
  rollback({ undo, operations, bytes }: TreeMark): void {
    this.#undo.rollback(undo);
    this.#record.rollback(operations, bytes);
    this.#end();
  }

  /**
   * Makes the writes since the last commit final.
   *
   * @returns their JSON Patch, one text per operation
   * @throws the error of a write that failed, even if the reducer has caught it: the write may be incomplete
   */
  commit(): string[] {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#undo.commit();
    const operations = this.#record.commit();
    this.#end();
    return operations;
  }

  /**
   * Ends a change like `commit`, but keeps its undo entries: for optimistic views, which are rebuilt all the time.
   *
   * @returns the JSON Patch since the mark, one text per operation
   */
  suspend(mark: TreeMark): string[] {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#end();
    return this.#record.since(mark.operations);
  }

  #end(): void {
    this.#budget.reset();
    this.#failure = undefined;
    this.#undo.forgetKeyOrders();
    this.retireDrafts();
  }

  /** Charges the change under way for visiting so many keys or elements. @throws ProblemError `too-much-work` */
  spendVisits(count: number): void {
    this.#write(() => this.#budget.spendVisits(count));
  }

  /** Charges it for passing over so many elements of an array. Throws like `spendVisits`. */
  spendShifts(count: number): void {
    this.#write(() => this.#budget.spendShifts(count));
  }

  /** Charges it for printing or comparing so many bytes. Throws like `spendVisits`. */
  spendMeasuring(bytes: number): void {
    this.#write(() => this.#budget.spendMeasuring(bytes));
  }

  replaceRoot(value: unknown): void {
    this.#write(() => {
      const admitted = admitValue(value, { depth: 0, at: () => '' }, this.#budget);
      const before = this.#root;
      this.#undo.add(() => {
        this.#root = before;
      });
      this.#record.rootReplaced(admitted);
      this.#root = admitted.value;
    });
  }

  /** Adds or replaces a member. */
  set(parent: JsonObject, key: string, value: unknown, pointer: string | undefined): void {
    this.#write(() => {
      const before = storedMember(parent, key);
      if (before === undefined) admitKey(key);
      const admitted = admitValue(value, { depth: depthOf(pointer), at: () => pointer }, this.#budget);
      if (before === REMOVED) this.#undo.addKeyOrder(parent);
      this.#undo.add(() => storeMember(parent, key, before));
      // A key that returns comes last, as in any object, and as it does when the patch is replayed.
      if (before === REMOVED) delete parent[key];
      if (pointer !== undefined) this.#record.memberSet(pointer, key, before, admitted);
      parent[key] = admitted.value;
    });
  }

  /** Removes a member, if it exists. */
  unset(parent: JsonObject, key: string, pointer: string | undefined): void {
    this.#write(() => {
      const before = member(parent, key);
      if (before === undefined) return;
      this.#undo.addRemoval(parent, key, before);
      if (pointer !== undefined) this.#record.memberRemoved(pointer, key, before);
      (parent as Record<string, StoredMember>)[key] = REMOVED;
    });
  }

  /** Replaces one element. */
  setElement(array: Json[], index: number, value: unknown, pointer: string | undefined): void {
    this.#write(() => {
      const before = array[index] as Json;
      const at = () => elementPointer(pointer, index);
      const admitted = admitValue(value, { depth: depthOf(pointer) + 1, at }, this.#budget);
      this.#undo.add(() => {
        array[index] = before;
      });
      if (pointer !== undefined) this.#record.elementSet(`${pointer}/${index}`, before, admitted);
      array[index] = admitted.value;
    });
  }

  /** Removes `count` elements from `start` on and inserts others there. */
  splice(array: Json[], start: number, count: number, values: readonly unknown[], pointer: string | undefined): void {
    if (count === 0 && values.length === 0) return;
    this.#write(() => {
      const depth = depthOf(pointer) + 1;
      const admitted = values.map((value, offset) =>
        admitValue(value, { depth, at: () => elementPointer(pointer, start + offset) }, this.#budget),
      );
      this.#budget.spendVisits(count);
      // The elements behind move, and move back in a rollback.
      if (count !== values.length) this.#budget.spendShifts(array.length - start);
      const removed = array.slice(start, start + count);
      const added = admitted.map(({ value }) => value);
      const { length } = array;
      // At `start` are the removed elements before the write, the added ones after it: the length shows which.
      this.#undo.add(() => spliceArray(array, start, removed.length + array.length - length, removed));
      spliceArray(array, start, count, added);
      if (pointer !== undefined) this.#record.spliced(pointer, start, removed, admitted);
    });
  }

  /** Puts the elements into another order. They stay the same containers, so that their drafts stay valid. */
  reorder(array: Json[], elements: readonly Json[], pointer: string | undefined): void {
    this.#write(() => {
      this.#budget.spendVisits(array.length);
      const before = [...array];
      this.#undo.add(() => overwriteArray(array, before));
      if (pointer !== undefined) this.#record.reordered(pointer, elements);
      overwriteArray(array, elements);
    });
  }

  /** Keeps the first error: after it the change cannot be committed. */
  #write(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }
}

/** The depth of the container that a pointer names; 0 outside the state, where no depth is known. */
const depthOf = (pointer: string | undefined): number => (pointer === undefined ? 0 : pointer.split('/').length - 1);

const elementPointer = (array: string | undefined, index: number): string | undefined =>
  array === undefined ? undefined : `${array}/${index}`;
