import type { Json, JsonObject } from '../protocol/json.ts';
import { arrayMethods } from './draft-array.ts';
import { escapeToken } from './pointer.ts';
import { member, memberKeys, type Tree } from './tree.ts';

/**
 * A proxy through which a reducer reads and changes the tree as if it were a plain object.
 * It finds its own place at each write, so it stays right when array elements before it come and go.
 */
export const draftOf = (tree: Tree): unknown => wrap(tree, tree.root, undefined, '');

/** Where a draft stands. `key` is a hint for array elements: they move. */
export interface Place {
  readonly tree: Tree;
  readonly raw: JsonObject | Json[];
  readonly parent: Place | undefined;
  readonly key: string;
  readonly generation: number;
}

const places = new WeakMap<object, Place>();

/** The same container is the same draft within one change: `indexOf` and `===` work. */
const drafts = new WeakMap<object, { readonly generation: number; readonly draft: object }>();

const wrap = (tree: Tree, value: Json, parent: Place | undefined, key: string): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  const known = drafts.get(value);
  if (known?.generation === tree.generation) return known.draft;
  const draft = new Proxy(value, handler);
  drafts.set(value, { generation: tree.generation, draft });
  const place: Place = { tree, raw: value, parent, key, generation: tree.generation };
  places.set(draft, place);
  targets.set(value, place);
  return draft;
};

/** The proxy's target is the container itself; traps find its place by it. */
const targets = new WeakMap<object, Place>();

const placeOf = (target: object): Place => {
  const place = targets.get(target);
  if (place === undefined) throw new TypeError('Not a draft');
  return place;
};

/** A draft must not outlive its change: a later write would go past the history. */
const writable = (target: object): Place => {
  const place = placeOf(target);
  if (place.generation === place.tree.generation) return place;
  throw new TypeError('This change has ended; its state can no longer be changed.');
};

/** The JSON Pointer of the place now; `undefined` when it is no longer part of the state. */
const pointerOf = ({ tree, raw, parent, key }: Place): string | undefined => {
  if (parent === undefined) return tree.root === raw ? '' : undefined;
  const above = pointerOf(parent);
  if (above === undefined) return undefined;
  if (!Array.isArray(parent.raw)) return member(parent.raw, key) === raw ? `${above}/${escapeToken(key)}` : undefined;
  const index = parent.raw[Number(key)] === raw ? Number(key) : parent.raw.indexOf(raw);
  return index < 0 ? undefined : `${above}/${index}`;
};

const memberPointer = (place: Place, key: string): string | undefined => {
  const above = pointerOf(place);
  return above === undefined ? undefined : `${above}/${escapeToken(key)}`;
};

/**
 * A value given to the state is copied; freezing the original turns a late write to it from a silent loss into
 * an error. Drafts inside stay as they are: they are copied too.
 */
const freeze = (value: unknown): void => {
  if (typeof value !== 'object' || value === null || places.has(value) || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const each of Object.values(value)) freeze(each);
};

const setElement = (place: Place, array: Json[], key: string, value: unknown): boolean => {
  const index = Number(key);
  if (key === 'length') return truncate(place, array, value);
  if (!Number.isInteger(index) || index < 0 || index > array.length || String(index) !== key) {
    throw new TypeError(`An array has no place ${key.slice(0, 40)}.`);
  }
  if (index < array.length) place.tree.setElement(array, index, value, pointerOf(place));
  else place.tree.splice(array, index, 0, [value], pointerOf(place));
  return true;
};

const truncate = (place: Place, array: Json[], length: unknown): boolean => {
  if (typeof length !== 'number' || !(length <= array.length)) throw new TypeError('An array cannot have holes.');
  place.tree.splice(array, length, array.length - length, [], pointerOf(place));
  return true;
};

const handler: ProxyHandler<JsonObject | Json[]> = {
  get(target, key, receiver) {
    if (typeof key === 'symbol') return Reflect.get(target, key);
    const place = placeOf(target);
    if (!Array.isArray(target)) {
      const value = member(target, key);
      if (value !== undefined) return wrap(place.tree, value, place, key);
      return Object.hasOwn(target, key) ? undefined : Reflect.get(target, key, receiver);
    }
    const method = arrayMethods.get(key);
    if (method !== undefined) return (...args: unknown[]) => method(elementsOf(target), args);
    return Object.hasOwn(target, key)
      ? wrap(place.tree, target[Number(key)] as Json, place, key)
      : Reflect.get(target, key, receiver);
  },
  set(target, key, value) {
    const place = writable(target);
    if (typeof key === 'symbol') throw new TypeError('Symbols are not JSON.');
    if (isSame(target, key, value)) return true;
    freeze(value);
    if (Array.isArray(target)) return setElement(place, target, key, value);
    place.tree.set(target, key, value, memberPointer(place, key));
    return true;
  },
  deleteProperty(target, key) {
    const place = writable(target);
    if (Array.isArray(target)) throw new TypeError('An array cannot have holes; use splice.');
    if (typeof key === 'string') place.tree.unset(target, key, memberPointer(place, key));
    return true;
  },
  has: (target, key) =>
    Array.isArray(target) || typeof key === 'symbol' ? Reflect.has(target, key) : member(target, key) !== undefined,
  ownKeys: (target) => (Array.isArray(target) ? Reflect.ownKeys(target) : memberKeys(target)),
  getOwnPropertyDescriptor(target, key) {
    const descriptor = Reflect.getOwnPropertyDescriptor(target, key);
    if (descriptor === undefined || typeof key === 'symbol' || (Array.isArray(target) && key === 'length'))
      return descriptor;
    if (!Array.isArray(target) && member(target, key) === undefined) return undefined;
    const place = placeOf(target);
    return { ...descriptor, value: wrap(place.tree, descriptor.value, place, key) };
  },
  defineProperty: () => refuseShape(),
  setPrototypeOf: () => refuseShape(),
  preventExtensions: () => refuseShape(),
};

const refuseShape = (): never => {
  throw new TypeError('The state is plain JSON: assign, delete and splice are all there is.');
};

/** Writing what is already there is no change: no operation, no patch. */
const isSame = (target: JsonObject | Json[], key: string, value: unknown): boolean => {
  if (!Object.hasOwn(target, key)) return false;
  const before = (target as JsonObject)[key];
  return before === value || (typeof value === 'object' && value !== null && places.get(value)?.raw === before);
};

/** What the array methods need of a draft: its elements as drafts, and one way to change them. */
export interface Elements {
  readonly length: number;
  at(index: number): unknown;
  splice(start: number, count: number, values: readonly unknown[]): unknown[];
  replace(values: readonly unknown[]): unknown;
}

const elementsOf = (array: Json[]): Elements => {
  const at = (index: number): unknown => wrap(placeOf(array).tree, array[index] as Json, placeOf(array), String(index));
  return {
    length: array.length,
    at,
    splice(start, count, values) {
      const place = writable(array);
      freeze(values);
      const before = Array.from({ length: count }, (_, offset) => at(start + offset));
      place.tree.splice(array, start, count, values, pointerOf(place));
      return before;
    },
    replace(values) {
      const place = writable(array);
      place.tree.replaceElements(array, values, pointerOf(place));
      return drafts.get(array)?.draft;
    },
  };
};
