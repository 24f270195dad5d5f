import type { Json, JsonObject } from '../../protocol/json.ts';
import { member, memberKeys } from '../json/members.ts';
import { escapeToken } from '../json/pointer.ts';
import { arrayMethods, type Elements } from './draft-array.ts';
import type { Tree } from './tree.ts';

type Container = JsonObject | Json[];

/**
 * A proxy through which a reducer reads and changes the tree as if it were a plain object, one without a prototype:
 * `state.items[id]` is undefined for an id like `toString`. Ends the drafts of earlier changes.
 */
export const draftOf = (tree: Tree): unknown => {
  tree.retireDrafts();
  return draftAt({ tree, parent: undefined, key: '' }, tree.root);
};

/** Makes what a reducer has returned the whole state, unless it is the draft that the reducer was given. */
export const takeReturned = (tree: Tree, draft: unknown, returned: unknown): void => {
  if (returned === undefined || returned === draft) return;
  tree.replaceRoot(returned);
  deepFreeze(returned);
};

interface Place {
  readonly tree: Tree;
  readonly parent: Draft | undefined;
  readonly key: string;
}

/** By proxy. */
const drafts = new WeakMap<object, Draft>();

/** By container: the same one is the same draft within one change, so that `indexOf` and `===` work. */
const current = new WeakMap<Container, Draft>();

const draftAt = (place: Place, value: Json | undefined): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  const known = current.get(value);
  if (known?.generation !== place.tree.generation) return new Draft(place, value).proxy;
  known.key = place.key;
  return known.proxy;
};

/** One container as one change sees it. It finds its own place at each write: array elements move. */
class Draft implements ProxyHandler<Container>, Elements {
  readonly proxy: object;
  readonly generation: number;
  readonly raw: Container;
  /** Of an array element: where it was when last looked at. */
  key: string;
  /** The state was given a copy of it. */
  isCopied: boolean;
  readonly #tree: Tree;
  readonly #parent: Draft | undefined;

  constructor({ tree, parent, key }: Place, raw: Container) {
    this.#tree = tree;
    this.#parent = parent;
    this.key = key;
    this.raw = raw;
    this.generation = tree.generation;
    this.isCopied = false;
    this.proxy = new Proxy(raw, this);
    drafts.set(this.proxy, this);
    current.set(raw, this);
  }

  get(target: Container, key: string | symbol): unknown {
    this.#checkLive();
    if (typeof key === 'symbol') return Reflect.get(target, key);
    if (!Array.isArray(target)) return this.#child(key, member(target, key));
    if (key === 'length') return target.length;
    const method = arrayMethods.get(key);
    if (method !== undefined) return (...args: unknown[]) => method(this, args);
    return Object.hasOwn(target, key) ? this.at(Number(key)) : inheritedMethod(key);
  }

  set(target: Container, key: string | symbol, value: unknown): boolean {
    const pointer = this.#pointerToWrite();
    if (typeof key === 'symbol') throw new TypeError('Symbols are not JSON.');
    if (isSame(target, key, value)) return true;
    if (Array.isArray(target)) this.#setInArray(target, key, value, pointer);
    else this.#tree.set(target, key, value, pointer === undefined ? undefined : `${pointer}/${escapeToken(key)}`);
    deepFreeze(value);
    return true;
  }

  deleteProperty(target: Container, key: string | symbol): boolean {
    const pointer = this.#pointerToWrite();
    if (Array.isArray(target)) throw new TypeError('An array cannot have holes; use splice.');
    if (typeof key === 'symbol') return true;
    this.#tree.unset(target, key, pointer === undefined ? undefined : `${pointer}/${escapeToken(key)}`);
    return true;
  }

  has(target: Container, key: string | symbol): boolean {
    this.#checkLive();
    if (Array.isArray(target) || typeof key === 'symbol') return Reflect.has(target, key);
    return member(target, key) !== undefined;
  }

  ownKeys(target: Container): (string | symbol)[] {
    this.#checkLive();
    return Array.isArray(target) ? Reflect.ownKeys(target) : memberKeys(target);
  }

  getOwnPropertyDescriptor(target: Container, key: string | symbol): PropertyDescriptor | undefined {
    this.#checkLive();
    const descriptor = Reflect.getOwnPropertyDescriptor(target, key);
    if (descriptor === undefined || (Array.isArray(target) && key === 'length')) return descriptor;
    const value = this.get(target, key);
    return value === undefined ? undefined : { ...descriptor, value };
  }

  defineProperty(): never {
    return refuseShape();
  }

  setPrototypeOf(): never {
    return refuseShape();
  }

  preventExtensions(): never {
    return refuseShape();
  }

  get length(): number {
    return this.#array.length;
  }

  at(index: number): unknown {
    return this.#child(String(index), this.#array[index]);
  }

  put(index: number, value: unknown): void {
    this.set(this.raw, String(index), value);
  }

  splice(start: number, count: number, values: readonly unknown[]): unknown[] {
    const pointer = this.#pointerToWrite();
    const removed = Array.from({ length: count }, (_, offset) => this.at(start + offset));
    this.#tree.splice(this.#array, start, count, values, pointer);
    for (const value of values) deepFreeze(value);
    return removed;
  }

  reorder(change: (elements: unknown[]) => void): void {
    const pointer = this.#pointerToWrite();
    const before = [...this.#array];
    const elements = before.map((_, index) => this.at(index));
    change(elements);
    if (!isAlike(this.#array, before)) throw new TypeError('The comparison must not change the array.');
    const after = elements.map(rawOf);
    if (!isAlike(after, before)) this.#tree.reorder(this.#array, after, pointer);
  }

  get #array(): Json[] {
    return this.raw as Json[];
  }

  #child(key: string, value: Json | undefined): unknown {
    return draftAt({ tree: this.#tree, parent: this, key }, value);
  }

  #setInArray(array: Json[], key: string, value: unknown, pointer: string | undefined): void {
    if (key === 'length') {
      const length = lengthWithin(array, value);
      this.#tree.splice(array, length, array.length - length, [], pointer);
      return;
    }
    const index = placeWithin(array, key);
    if (index < array.length) this.#tree.setElement(array, index, value, pointer);
    else this.#tree.splice(array, index, 0, [value], pointer);
  }

  /** A draft must not outlive its change: a later write would go past the history, a later read see the future. */
  #checkLive(): void {
    if (this.generation === this.#tree.generation) return;
    throw new TypeError('This change has ended; its state can no longer be used.');
  }

  #pointerToWrite(): string | undefined {
    this.#checkLive();
    const pointer = this.#pointer();
    if (pointer === undefined && this.#isLost())
      throw new TypeError('The state was given a copy of this and it has left its place since: change the copy.');
    return pointer;
  }

  /** The JSON Pointer of the place now; `undefined` when it is no longer part of the state. */
  #pointer(): string | undefined {
    if (this.#parent === undefined) return this.#tree.root === this.raw ? '' : undefined;
    const above = this.#parent.#pointer();
    const token = above === undefined ? undefined : this.#token();
    return token === undefined ? undefined : `${above}/${token}`;
  }

  /** What leads from the parent here, while anything does. */
  #token(): string | undefined {
    const parent = this.#parent?.raw ?? {};
    if (!Array.isArray(parent)) return member(parent, this.key) === this.raw ? escapeToken(this.key) : undefined;
    if (parent[Number(this.key)] === this.raw) return this.key;
    const index = parent.indexOf(this.raw);
    return index < 0 ? undefined : String(index);
  }

  /** Whether a copy of it, or of what it is still a part of, was taken: a write here would be lost in silence. */
  #isLost(): boolean {
    if (this.isCopied || this.#parent === undefined) return this.isCopied;
    return this.#token() !== undefined && this.#parent.#isLost();
  }
}

/** `constructor` and `__proto__` lead to what all arrays share. */
const inheritedMethod = (key: string): unknown =>
  key !== 'constructor' && Object.hasOwn(Array.prototype, key) ? Reflect.get(Array.prototype, key) : undefined;

/**
 * The state has taken a copy of the value. Freezing the original turns a late write to it from a silent loss into
 * an error; a draft cannot be frozen and remembers.
 */
const deepFreeze = (value: unknown): void => {
  if (typeof value !== 'object' || value === null) return;
  const draft = drafts.get(value);
  if (draft !== undefined) {
    draft.isCopied = true;
    return;
  }
  Object.freeze(value);
  for (const each of Object.values(value)) deepFreeze(each);
};

/** Writing what is already there is no change: no operation, no patch. */
const isSame = (target: Container, key: string, value: unknown): boolean =>
  Object.hasOwn(target, key) && (target as JsonObject)[key] === rawOf(value);

const rawOf = (value: unknown): Json => {
  const draft = typeof value === 'object' && value !== null ? drafts.get(value) : undefined;
  return draft === undefined ? (value as Json) : draft.raw;
};

const isAlike = (a: readonly Json[], b: readonly Json[]): boolean =>
  a.length === b.length && a.every((each, index) => each === b[index]);

const placeWithin = (array: Json[], key: string): number => {
  const index = Number(key);
  if (Number.isInteger(index) && index >= 0 && index <= array.length && String(index) === key) return index;
  throw new TypeError(`An array has no place ${key.slice(0, 40)}.`);
};

const lengthWithin = (array: Json[], length: unknown): number => {
  if (typeof length === 'number' && Number.isInteger(length) && length >= 0 && length <= array.length) return length;
  throw new TypeError('An array cannot have holes.');
};

const refuseShape = (): never => {
  throw new TypeError('The state is plain JSON: assign, delete and splice are all there is.');
};
