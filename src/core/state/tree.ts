import type { Json, JsonObject } from '../../protocol/json.ts';
import { CHANGE_WORK_BYTES_MAX, STATE_BYTES_MAX } from '../../protocol/limits.ts';
import { containersIn, jsonBytes, keyBytes } from '../json/json-bytes.ts';
import { JsonFragment, jsonFragment } from '../json/json-fragment.ts';
import { checkKey } from '../json/json-rules.ts';
import { member, moveLast, REMOVED, restore, type Stored, stored } from '../json/members.ts';
import { Refusal, refuse } from '../json/refusal.ts';
import { utf8Length } from '../json/utf8.ts';

/** What one recorded operation costs beyond its bytes, so that endless loops of tiny writes end too. */
const OPERATION_WORK = 64;

interface Removal {
  readonly parent: JsonObject;
  readonly key: string;
}

/** A value on its way in: a copy of its own, its JSON text and its weight. */
interface AdmittedValue {
  readonly value: Json;
  readonly text: string;
  readonly weight: number;
}

/** How to go back to where a change began. */
export interface TreeMark {
  readonly undo: number;
  readonly operations: number;
  readonly weight: number;
}

/**
 * The state, changed **in place**, with the way back and the JSON Patch written down as it goes. Cost follows the
 * change: copying drafts (mutative, immer) took 1.6 and 3.9 ms for one write into 10,000 items, 33 and 73 ms
 * into 100,000; this takes the same few microseconds for both.
 *
 * Every write names the pointer it goes to; `undefined` says that the target is no longer part of the state.
 * Nothing that can throw stands between a write and the note of its way back.
 */
export class Tree {
  #root: Json;
  #weight: number;
  #work = 0;
  #undo: (() => void)[] = [];
  #operations: string[] = [];
  #removals: Removal[] = [];
  /** Objects whose order of keys can be restored already. */
  readonly #ordered = new Set<JsonObject>();
  #failure: { readonly error: unknown } | undefined;
  #generation = 0;

  /** @param weight what `weight` was when this very state was printed; saves weighing it again */
  constructor(root: Json, weight = jsonBytes(root)) {
    this.#root = root;
    this.#weight = weight;
  }

  get root(): Json {
    return this.#root;
  }

  /** Bytes of the state's JSON, with one separator counted after every member. */
  get weight(): number {
    return this.#weight;
  }

  /** Rises whenever a change begins or ends: drafts belong to one change. */
  get generation(): number {
    return this.#generation;
  }

  retireDrafts(): void {
    this.#generation += 1;
  }

  mark(): TreeMark {
    this.#ordered.clear();
    return { undo: this.#undo.length, operations: this.#operations.length, weight: this.#weight };
  }

  /** Takes back everything since the mark. */
  rollback(mark: TreeMark): void {
    while (this.#undo.length > mark.undo) this.#undo.pop()?.();
    this.#operations.length = mark.operations;
    this.#weight = mark.weight;
    this.#end();
  }

  /**
   * Makes what was done final and answers its JSON Patch, one operation's text each.
   *
   * @throws what a write has thrown, also when the reducer has caught it: the write may have been done by half
   */
  commit(): string[] {
    if (this.#failure !== undefined) throw this.#failure.error;
    for (const { parent, key } of this.#removals) if (stored(parent, key) === REMOVED) delete parent[key];
    const operations = this.#operations;
    this.#operations = [];
    this.#removals = [];
    this.#undo = [];
    this.#end();
    return operations;
  }

  /** Ends a change as commit does, but keeps the way back: for views that are built anew all the time. */
  suspend(mark: TreeMark): string[] {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#end();
    return this.#operations.slice(mark.operations);
  }

  #end(): void {
    this.#work = 0;
    this.#failure = undefined;
    this.#ordered.clear();
    this.retireDrafts();
  }

  replaceRoot(value: unknown): void {
    this.#write(() => {
      const admitted = this.#admit(value, 0);
      const before = this.#root;
      this.#undo.push(() => {
        this.#root = before;
      });
      this.#record('replace', '', admitted.text);
      this.#weigh(admitted.weight - this.#weight);
      this.#root = admitted.value;
    });
  }

  /** Adds or replaces a member. */
  set(parent: JsonObject, key: string, value: unknown, pointer: string | undefined): void {
    this.#write(() => {
      const before = stored(parent, key);
      if (before === undefined) admitKey(key);
      const admitted = this.#admit(value, depthOf(pointer));
      if (before === REMOVED) this.#keepOrder(parent);
      this.#undo.push(() => restore(parent, key, before));
      // A key that comes back stands last, as in any object; and so it does when the patch is replayed.
      if (before === REMOVED) delete parent[key];
      if (pointer !== undefined) this.#recordMember(key, before, admitted, pointer);
      parent[key] = admitted.value;
    });
  }

  #recordMember(key: string, before: Stored, { text, weight }: AdmittedValue, pointer: string): void {
    const isThere = before !== undefined && before !== REMOVED;
    this.#record(isThere ? 'replace' : 'add', pointer, text);
    this.#weigh(weight - (isThere ? jsonBytes(before) : -keyBytes(key)));
  }

  /** Removes a member, if it is there. */
  unset(parent: JsonObject, key: string, pointer: string | undefined): void {
    this.#write(() => {
      const before = member(parent, key);
      if (before === undefined) return;
      const removals = this.#removals.length;
      this.#undo.push(() => {
        this.#removals.length = removals;
        parent[key] = before;
      });
      if (pointer !== undefined) {
        this.#record('remove', pointer);
        this.#weigh(-keyBytes(key) - jsonBytes(before));
      }
      this.#removals.push({ parent, key });
      (parent as Record<string, Stored>)[key] = REMOVED;
    });
  }

  /** Replaces one element. */
  setElement(array: Json[], index: number, value: unknown, pointer: string | undefined): void {
    this.#write(() => {
      const before = array[index] as Json;
      const admitted = this.#admit(value, depthOf(pointer) + 1);
      this.#undo.push(() => {
        array[index] = before;
      });
      if (pointer !== undefined) {
        this.#record('replace', `${pointer}/${index}`, admitted.text);
        this.#weigh(admitted.weight - jsonBytes(before));
      }
      array[index] = admitted.value;
    });
  }

  /** Removes `count` elements from `start` on and puts others there. */
  splice(array: Json[], start: number, count: number, values: readonly unknown[], pointer: string | undefined): void {
    this.#write(() => {
      const admitted = values.map((value) => this.#admit(value, depthOf(pointer) + 1));
      const removed = array.slice(start, start + count);
      const added = admitted.map(({ value }) => value);
      exchange(array, start, count, added);
      this.#undo.push(() => exchange(array, start, added.length, removed));
      if (pointer !== undefined) this.#recordSplice(`${pointer}/`, start, removed, admitted);
    });
  }

  #recordSplice(above: string, start: number, removed: readonly Json[], added: readonly AdmittedValue[]): void {
    for (const element of removed) {
      this.#record('remove', above + start);
      this.#weigh(-jsonBytes(element) - 1);
    }
    for (const [offset, { text, weight }] of added.entries()) {
      this.#record('add', above + (start + offset), text);
      this.#weigh(weight + 1);
    }
  }

  /** Puts the elements into another order. They stay the same containers, so that their drafts stay right. */
  reorder(array: Json[], elements: readonly Json[], pointer: string | undefined): void {
    this.#write(() => {
      const before = [...array];
      this.#undo.push(() => overwrite(array, before));
      if (pointer !== undefined) this.#recordOrder(pointer, JSON.stringify(elements));
      overwrite(array, elements);
    });
  }

  #recordOrder(pointer: string, text: string): void {
    this.#spend(text.length);
    this.#record('replace', pointer, text);
  }

  /** Checks, copies and weighs what is to stand `depth` levels down. */
  #admit(value: unknown, depth: number): AdmittedValue {
    const printed = value instanceof JsonFragment ? value : jsonFragment(value);
    this.#spend(printed.text.length);
    const copy = JSON.parse(printed.text) as Json;
    return { value: copy, text: printed.text, weight: utf8Length(printed.text) + containersIn(copy, depth) };
  }

  /** Once for each object: it looks at all members, which nothing else here does. */
  #keepOrder(parent: JsonObject): void {
    if (this.#ordered.has(parent)) return;
    const keys = Object.keys(parent);
    this.#spend(keys.length);
    this.#undo.push(() => {
      for (const key of keys) moveLast(parent, key);
    });
    this.#ordered.add(parent);
  }

  #write(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }

  /** The value's text has been counted when it was made. */
  #record(op: 'add' | 'replace' | 'remove', pointer: string, value?: string): void {
    this.#spend(pointer.length);
    const rest = value === undefined ? '' : `,"value":${value}`;
    this.#operations.push(`{"op":"${op}","path":${JSON.stringify(pointer)}${rest}}`);
  }

  #spend(work: number): void {
    this.#work += work + OPERATION_WORK;
    if (this.#work <= CHANGE_WORK_BYTES_MAX) return;
    refuse('too-much-work', 'The change copies or writes too much.', { limit: CHANGE_WORK_BYTES_MAX });
  }

  #weigh(difference: number): void {
    this.#weight += difference;
    if (difference <= 0 || this.#weight <= STATE_BYTES_MAX) return;
    refuse('state-too-large', `The state would take ${this.#weight} of ${STATE_BYTES_MAX} bytes.`, {
      size: this.#weight,
      limit: STATE_BYTES_MAX,
    });
  }
}

/** More arguments than this overflow the stack in one call. */
const SPREAD_MAX = 10_000;
/** `Array.prototype.splice` for any number of values. */
const exchange = (array: Json[], start: number, count: number, values: readonly Json[]): void => {
  if (values.length <= SPREAD_MAX) {
    array.splice(start, count, ...values);
    return;
  }
  const behind = array.slice(start + count);
  array.length = start;
  for (const value of values) array.push(value);
  for (const value of behind) array.push(value);
};

const overwrite = (array: Json[], values: readonly Json[]): void => {
  for (const [index, value] of values.entries()) array[index] = value;
};

const admitKey = (key: string): void => {
  const trouble = checkKey(key);
  if (trouble !== undefined) throw new Refusal(trouble);
};

const depthOf = (pointer: string | undefined): number => (pointer === undefined ? 0 : pointer.split('/').length - 1);
