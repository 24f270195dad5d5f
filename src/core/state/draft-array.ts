import type { Json } from '../../protocol/json.ts';

/** The interface of a draft that the array methods use: its elements as drafts, and the writes to them. */
export interface Elements {
  readonly proxy: object;
  readonly length: number;
  at(index: number): unknown;
  setAt(index: number, value: unknown): void;
  /** @returns the removed elements */
  splice(start: number, count: number, values: readonly unknown[]): unknown[];
  /** @param change sorts the elements in place */
  reorder(change: (elements: unknown[]) => void): void;
}

type ArrayMethod = (elements: Elements, args: unknown[]) => unknown;

/**
 * The array methods that change an array, as insertions, removals and moves: the built-in ones would write every
 * later index, and lose the identity of the elements.
 */
const methods: Readonly<Record<string, ArrayMethod>> = {
  push: (elements, values) => {
    elements.splice(elements.length, 0, values);
    return elements.length;
  },
  pop: (elements) => (elements.length === 0 ? undefined : elements.splice(elements.length - 1, 1, [])[0]),
  shift: (elements) => (elements.length === 0 ? undefined : elements.splice(0, 1, [])[0]),
  unshift: (elements, values) => {
    elements.splice(0, 0, values);
    return elements.length;
  },
  splice: (elements, args) => {
    const [start, count, ...values] = args;
    const from = clamp(start, elements.length);
    const rest = elements.length - from;
    const removed = args.length < 2 ? (args.length === 0 ? 0 : rest) : Math.min(Math.max(toInteger(count), 0), rest);
    return elements.splice(from, removed, values);
  },
  sort: (elements, [compare]) => {
    elements.reorder((all) => all.sort(compare as never));
    return elements.proxy;
  },
  reverse: (elements) => {
    elements.reorder((all) => all.reverse());
    return elements.proxy;
  },
  fill: (elements, [value, start, end]) => rewrite(elements, (all) => all.fill(value, start as never, end as never)),
  copyWithin: (elements, [target, start, end]) =>
    rewrite(elements, (all) => all.copyWithin(target as never, start as never, end as never)),
};

export const arrayMethods: ReadonlyMap<string, ArrayMethod> = new Map(Object.entries(methods));

/** Runs a built-in method on a copy and writes the elements that differ. The others keep their identity. */
const rewrite = (elements: Elements, change: (all: unknown[]) => unknown): unknown => {
  const before = Array.from({ length: elements.length }, (_, index) => elements.at(index));
  const after = [...before];
  change(after);
  after.forEach((value, index) => {
    if (value !== before[index]) elements.setAt(index, value);
  });
  return elements.proxy;
};

const toInteger = (value: unknown): number => Math.trunc(Number(value)) || 0;

/** The start index of Array.prototype.splice: a negative one counts from the end. */
const clamp = (start: unknown, length: number): number => {
  const from = toInteger(start);
  return from < 0 ? Math.max(length + from, 0) : Math.min(from, length);
};

/**
 * @returns the index that a key names: an element, or the place behind the last one
 * @throws TypeError for every other key
 */
export const checkIndex = (array: readonly Json[], key: string): number => {
  const index = Number(key);
  if (Number.isInteger(index) && index >= 0 && index <= array.length && String(index) === key) return index;
  throw new TypeError(`An array has no place ${key.slice(0, 40)}.`);
};

/** @throws TypeError for a length that is greater than the present one, or not a whole number */
export const checkLength = (array: readonly Json[], length: unknown): number => {
  if (typeof length === 'number' && Number.isInteger(length) && length >= 0 && length <= array.length) return length;
  throw new TypeError('An array cannot have holes.');
};
