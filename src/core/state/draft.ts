import type { Json, JsonObject } from '../../protocol/json.ts';
import { member, memberKeys } from '../json/members.ts';
import { escapeToken } from '../json/pointer.ts';
import { arrayMethods, checkIndex, checkLength, type Elements } from './draft-array.ts';
import { type Container, checkLive, type DraftNode, type Position, pointerToWrite } from './draft-node.ts';
import { deepFreeze, draftOfProxy, rawOf } from './draft-proxies.ts';
import type { Tree } from './tree.ts';

/**
 * A proxy through which a reducer reads and changes the tree as if it were a plain object without a prototype:
 * `state.items[id]` is undefined for an id like `toString`. Ends the drafts of earlier changes.
 */
export const draftOf = (tree: Tree): unknown => {
  tree.retireDrafts();
  return draftAt({ tree, parent: undefined, key: '' }, tree.root);
};

/** Makes the value that a reducer returned the new state, unless it is the draft that the reducer was given. */
export const applyReturned = (tree: Tree, draft: unknown, returned: unknown): void => {
  if (returned === undefined || returned === draft) return;
  tree.replaceRoot(returned);
  deepFreeze(returned);
};

/** One draft per container within one change, so that `indexOf` and `===` work. */
const draftOfContainer = new WeakMap<Container, Draft>();

const draftAt = (position: Position, value: Json | undefined): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  const known = draftOfContainer.get(value);
  if (known?.generation !== position.tree.generation) return new Draft(position, value).proxy;
  known.key = position.key;
  return known.proxy;
};

/** The traps of the proxy over one container. */
class Draft implements DraftNode, ProxyHandler<Container>, Elements {
  readonly proxy: object;
  readonly tree: Tree;
  readonly parent: DraftNode | undefined;
  readonly raw: Container;
  readonly generation: number;
  key: string;
  isCopied: boolean;

  constructor({ tree, parent, key }: Position, raw: Container) {
    this.tree = tree;
    this.parent = parent;
    this.key = key;
    this.raw = raw;
    this.generation = tree.generation;
    this.isCopied = false;
    this.proxy = new Proxy(raw, this);
    draftOfProxy.set(this.proxy, this);
    draftOfContainer.set(raw, this);
  }

  get(target: Container, key: string | symbol): unknown {
    checkLive(this);
    if (typeof key === 'symbol') return Reflect.get(target, key);
    if (!Array.isArray(target)) return this.#child(key, member(target, key));
    if (key === 'length') return target.length;
    const method = arrayMethods.get(key);
    if (method !== undefined) return (...args: unknown[]) => method(this, args);
    return Object.hasOwn(target, key) ? this.at(Number(key)) : inheritedMethod(key);
  }

  set(target: Container, key: string | symbol, value: unknown): boolean {
    const pointer = pointerToWrite(this);
    if (typeof key === 'symbol') throw new TypeError('Symbols are not JSON.');
    if (isSame(target, key, value)) return true;
    if (Array.isArray(target)) this.#setInArray(target, key, value, pointer);
    else this.#setMember(target, key, value, pointer === undefined ? undefined : `${pointer}/${escapeToken(key)}`);
    deepFreeze(value);
    return true;
  }

  deleteProperty(target: Container, key: string | symbol): boolean {
    const pointer = pointerToWrite(this);
    if (Array.isArray(target)) throw new TypeError('An array cannot have holes; use splice.');
    if (typeof key === 'symbol') return true;
    this.tree.unset(target, key, pointer === undefined ? undefined : `${pointer}/${escapeToken(key)}`);
    return true;
  }

  has(target: Container, key: string | symbol): boolean {
    checkLive(this);
    if (Array.isArray(target) || typeof key === 'symbol') return Reflect.has(target, key);
    return member(target, key) !== undefined;
  }

  ownKeys(target: Container): (string | symbol)[] {
    checkLive(this);
    const keys = Array.isArray(target) ? Reflect.ownKeys(target) : memberKeys(target);
    this.tree.spendVisits(keys.length);
    return keys;
  }

  getOwnPropertyDescriptor(target: Container, key: string | symbol): PropertyDescriptor | undefined {
    checkLive(this);
    const descriptor = Reflect.getOwnPropertyDescriptor(target, key);
    if (descriptor === undefined || (Array.isArray(target) && key === 'length')) return descriptor;
    const value = this.get(target, key);
    return value === undefined ? undefined : { ...descriptor, value };
  }

  defineProperty(): never {
    return throwNotPlain();
  }

  setPrototypeOf(): never {
    return throwNotPlain();
  }

  preventExtensions(): never {
    return throwNotPlain();
  }

  get length(): number {
    return this.#array.length;
  }

  at(index: number): unknown {
    return this.#child(String(index), this.#array[index]);
  }

  setAt(index: number, value: unknown): void {
    this.set(this.raw, String(index), value);
  }

  splice(start: number, count: number, values: readonly unknown[]): unknown[] {
    const pointer = pointerToWrite(this);
    this.tree.spendVisits(count);
    const removed = Array.from({ length: count }, (_, offset) => this.at(start + offset));
    this.tree.splice(this.#array, start, count, values, pointer);
    for (const value of values) deepFreeze(value);
    return removed;
  }

  reorder(change: (elements: unknown[]) => void): void {
    const pointer = pointerToWrite(this);
    this.tree.spendVisits(this.#array.length);
    const before = [...this.#array];
    const elements = before.map((_, index) => this.at(index));
    change(elements);
    if (!hasSameElements(this.#array, before)) throw new TypeError('The comparison must not change the array.');
    const after = elements.map(rawOf);
    if (!hasSameElements(after, before)) this.tree.reorder(this.#array, after, pointer);
  }

  get #array(): Json[] {
    return this.raw as Json[];
  }

  #child(key: string, value: Json | undefined): unknown {
    return draftAt({ tree: this.tree, parent: this, key }, value);
  }

  /** `undefined` leaves the member out, as it does in JSON. */
  #setMember(object: JsonObject, key: string, value: unknown, pointer: string | undefined): void {
    if (value === undefined) this.tree.unset(object, key, pointer);
    else this.tree.set(object, key, value, pointer);
  }

  #setInArray(array: Json[], key: string, value: unknown, pointer: string | undefined): void {
    if (key === 'length') {
      const length = checkLength(array, value);
      this.tree.splice(array, length, array.length - length, [], pointer);
      return;
    }
    const index = checkIndex(array, key);
    if (index < array.length) this.tree.setElement(array, index, value, pointer);
    else this.tree.splice(array, index, 0, [value], pointer);
  }
}

/** `constructor` and `__proto__` lead to objects that all arrays share. */
const inheritedMethod = (key: string): unknown =>
  key !== 'constructor' && Object.hasOwn(Array.prototype, key) ? Reflect.get(Array.prototype, key) : undefined;

/** Writing the value that is already there is no change: no operation, no patch. */
const isSame = (target: Container, key: string, value: unknown): boolean =>
  Object.hasOwn(target, key) && (target as JsonObject)[key] === rawOf(value);

const hasSameElements = (a: readonly Json[], b: readonly Json[]): boolean =>
  a.length === b.length && a.every((each, index) => each === b[index]);

const throwNotPlain = (): never => {
  throw new TypeError('The state is plain JSON: assign, delete and splice are all there is.');
};
