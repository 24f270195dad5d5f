import type { Json, JsonObject } from '../protocol/json.ts';
import { CHANGE_WORK_BYTES_MAX, DEPTH_MAX, STATE_BYTES_MAX } from '../protocol/limits.ts';
import { checkJson } from './json-text.ts';
import { Refusal, refuse } from './refusal.ts';
import { utf8Length } from './utf8.ts';

/**
 * Stands in place of a removed member until commit, so that a rollback leaves the key where it was: memory and
 * disk must print a version to the same bytes. `JSON.stringify` leaves symbols out by itself.
 */
const REMOVED = Symbol('removed');
type Stored = Json | typeof REMOVED | undefined;

/** What one recorded operation costs beyond its bytes, so that endless loops of tiny writes end too. */
const OPERATION_WORK = 64;

interface Removal {
  readonly parent: JsonObject;
  readonly key: string;
  /** Where its `remove` stands in the patch; a later `set` of the same key takes it back. */
  readonly operation: number;
}

/** A value on its way in: a copy of its own, its JSON text and its weight. */
interface Admitted {
  readonly value: Json;
  readonly text: string;
  readonly weight: number;
}

/** How to go back to where a change began. */
export interface Mark {
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
 */
export class Tree {
  #root: Json;
  #weight: number;
  #work = 0;
  #undo: (() => void)[] = [];
  #operations: (string | undefined)[] = [];
  #removals: Removal[] = [];
  #generation = 0;

  constructor(root: Json) {
    this.#root = root;
    this.#weight = weightOf(root);
  }

  get root(): Json {
    return this.#root;
  }

  /** Bytes of the state's JSON, with one separator counted after every member. */
  get weight(): number {
    return this.#weight;
  }

  /** Rises whenever a change ends: a draft of an ended change must not write any more. */
  get generation(): number {
    return this.#generation;
  }

  mark(): Mark {
    return { undo: this.#undo.length, operations: this.#operations.length, weight: this.#weight };
  }

  /** Takes back everything since the mark. */
  rollback(mark: Mark): void {
    while (this.#undo.length > mark.undo) this.#undo.pop()?.();
    this.#operations.length = mark.operations;
    this.#weight = mark.weight;
    this.#end();
  }

  /** Makes what was done final and answers its JSON Patch, one operation's text each. */
  commit(): string[] {
    for (const { parent, key } of this.#removals) if (stored(parent, key) === REMOVED) delete parent[key];
    const operations = this.#operations.filter((text) => text !== undefined);
    this.#operations = [];
    this.#removals = [];
    this.#undo = [];
    this.#end();
    return operations;
  }

  #end(): void {
    this.#work = 0;
    this.#generation += 1;
  }

  replaceRoot(value: unknown): void {
    const admitted = this.#admit(value, 0);
    const before = this.#root;
    this.#undo.push(() => {
      this.#root = before;
    });
    this.#record(operationText('replace', '', admitted.text));
    this.#root = admitted.value;
    this.#weigh(admitted.weight - this.#weight);
  }

  /** Adds or replaces a member. */
  set(parent: JsonObject, key: string, value: unknown, pointer: string | undefined): void {
    refuseKey(key, parent);
    const before = stored(parent, key);
    const admitted = this.#admit(value, depthOf(pointer));
    const removed = before === REMOVED ? this.#takeBackRemoval(parent, key) : undefined;
    const isNew = before === undefined || before === REMOVED;
    this.#undo.push(() => {
      restore(parent, key, before);
    });
    if (pointer !== undefined) {
      const inPlace = !isNew || removed !== undefined;
      this.#record(operationText(inPlace ? 'replace' : 'add', pointer, admitted.text));
      this.#weigh(admitted.weight - (isNew ? -keyWeight(key) : weightOf(before)));
    }
    parent[key] = admitted.value;
  }

  /** Removes a member that is there. */
  unset(parent: JsonObject, key: string, pointer: string | undefined): void {
    const before = stored(parent, key);
    if (before === undefined || before === REMOVED) return;
    this.#undo.push(() => {
      this.#removals.pop();
      parent[key] = before;
    });
    this.#removals.push({ parent, key, operation: pointer === undefined ? -1 : this.#operations.length });
    if (pointer !== undefined) {
      this.#record(operationText('remove', pointer));
      this.#weigh(-keyWeight(key) - weightOf(before));
    }
    (parent as Record<string, Stored>)[key] = REMOVED;
  }

  /** Replaces one element. */
  setElement(array: Json[], index: number, value: unknown, pointer: string | undefined): void {
    const before = array[index] as Json;
    const admitted = this.#admit(value, depthOf(pointer) + 1);
    this.#undo.push(() => {
      array[index] = before;
    });
    if (pointer !== undefined) {
      this.#record(operationText('replace', `${pointer}/${index}`, admitted.text));
      this.#weigh(admitted.weight - weightOf(before));
    }
    array[index] = admitted.value;
  }

  /** Removes `count` elements from `start` on and puts others there; answers the removed ones. */
  splice(array: Json[], start: number, count: number, values: readonly unknown[], pointer: string | undefined): Json[] {
    const admitted = values.map((value) => this.#admit(value, depthOf(pointer) + 1));
    const removed = exchange(
      array,
      start,
      count,
      admitted.map(({ value }) => value),
    );
    this.#undo.push(() => {
      exchange(array, start, admitted.length, removed);
    });
    if (pointer === undefined) return removed;
    for (const element of removed) {
      this.#record(operationText('remove', `${pointer}/${start}`));
      this.#weigh(-weightOf(element) - 1);
    }
    admitted.forEach(({ text, weight }, offset) => {
      this.#record(operationText('add', `${pointer}/${start + offset}`, text));
      this.#weigh(weight + 1);
    });
    return removed;
  }

  /** Puts others in place of all elements, as one operation. */
  replaceElements(array: Json[], values: readonly unknown[], pointer: string | undefined): void {
    const admitted = this.#admit(values, depthOf(pointer));
    const weightBefore = weightOf(array);
    const before = exchange(array, 0, array.length, admitted.value as Json[]);
    this.#undo.push(() => {
      exchange(array, 0, array.length, before);
    });
    if (pointer === undefined) return;
    this.#record(operationText('replace', pointer, admitted.text));
    this.#weigh(admitted.weight - weightBefore);
  }

  /** Checks, copies and weighs what is to stand `depth` levels down. */
  #admit(value: unknown, depth: number): Admitted {
    const trouble = checkJson(value);
    if (trouble !== undefined) throw new Refusal(trouble);
    const text = JSON.stringify(value);
    this.#spend(text.length);
    if (typeof value !== 'object' || value === null) {
      return { value: (value === 0 ? 0 : value) as Json, text, weight: utf8Length(text) };
    }
    const copy = JSON.parse(text) as Json;
    return { value: copy, text, weight: utf8Length(text) + containersIn(copy, depth) };
  }

  #takeBackRemoval(parent: JsonObject, key: string): Removal | undefined {
    const removal = this.#removals.findLast((each) => each.parent === parent && each.key === key);
    if (removal === undefined || removal.operation < 0) return undefined;
    const text = this.#operations[removal.operation];
    this.#operations[removal.operation] = undefined;
    this.#undo.push(() => {
      this.#operations[removal.operation] = text;
    });
    return removal;
  }

  #record(text: string): void {
    this.#spend(text.length);
    this.#operations.push(text);
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

/** Own members only, removed ones not: `undefined` says that there is none. */
export const member = (parent: JsonObject, key: string): Json | undefined => {
  const value = stored(parent, key);
  return value === REMOVED ? undefined : value;
};

/** The keys that are there now. */
export const memberKeys = (parent: JsonObject): string[] =>
  Object.keys(parent).filter((key) => stored(parent, key) !== REMOVED);

const stored = (parent: JsonObject, key: string): Stored =>
  Object.hasOwn(parent, key) ? (parent as Record<string, Stored>)[key] : undefined;

const restore = (parent: JsonObject, key: string, before: Stored): void => {
  if (before === undefined) delete parent[key];
  else (parent as Record<string, Stored>)[key] = before;
};

/** More arguments than this overflow the stack in one call. */
const SPREAD_MAX = 10_000;

/** `Array.prototype.splice` for any number of values. */
const exchange = (array: Json[], start: number, count: number, values: readonly Json[]): Json[] => {
  if (values.length <= SPREAD_MAX) return array.splice(start, count, ...values);
  const behind = array.splice(start);
  const removed = behind.splice(0, count);
  for (const value of values) array.push(value);
  for (const value of behind) array.push(value);
  return removed;
};

const refuseKey = (key: string, parent: JsonObject): void => {
  if (Object.hasOwn(parent, key)) return;
  const trouble = checkJson({ [key]: null });
  if (trouble !== undefined) throw new Refusal(trouble);
};

const operationText = (op: 'add' | 'replace' | 'remove', pointer: string, value?: string): string =>
  value === undefined
    ? `{"op":"${op}","path":${JSON.stringify(pointer)}}`
    : `{"op":"${op}","path":${JSON.stringify(pointer)},"value":${value}}`;

/** A member's key, its colon and its separator. */
const keyWeight = (key: string): number => utf8Length(JSON.stringify(key)) + 2;

const weightOf = (value: Json): number => utf8Length(JSON.stringify(value)) + containersIn(value, 0);

const depthOf = (pointer: string | undefined): number => (pointer === undefined ? 0 : pointer.split('/').length - 1);

/**
 * One for each container that is not empty: n members print n - 1 separators.
 * The depth check keeps the whole state as shallow as a single body must be [J4].
 */
const containersIn = (value: Json, depth: number): number => {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth >= DEPTH_MAX)
    refuse('too-deep', `The state would be deeper than ${DEPTH_MAX} levels.`, { limit: DEPTH_MAX });
  let inside = 0;
  let containers = 0;
  for (const each of Object.values(value) as Stored[]) {
    if (each === undefined || each === REMOVED) continue;
    inside = 1;
    if (typeof each === 'object') containers += containersIn(each, depth + 1);
  }
  return inside + containers;
};
