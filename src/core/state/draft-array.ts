/** What the array methods need of a draft: its elements as drafts, and the ways to change them. */
export interface Elements {
  readonly proxy: object;
  readonly length: number;
  at(index: number): unknown;
  put(index: number, value: unknown): void;
  /** Answers what was removed. */
  splice(start: number, count: number, values: readonly unknown[]): unknown[];
  /** Has the elements put into another order, in place. */
  reorder(change: (elements: unknown[]) => void): void;
}

type ArrayMethod = (elements: Elements, args: unknown[]) => unknown;

/**
 * The methods that change an array, told as what really comes, goes or moves: the built-in ones would write every
 * index behind it, and lose which element is which.
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

/** Lets a built-in method work on a copy and puts in what is new. The other elements stay what they are. */
const rewrite = (elements: Elements, change: (all: unknown[]) => unknown): unknown => {
  const before = Array.from({ length: elements.length }, (_, index) => elements.at(index));
  const after = [...before];
  change(after);
  after.forEach((value, index) => {
    if (value !== before[index]) elements.put(index, value);
  });
  return elements.proxy;
};

const toInteger = (value: unknown): number => Math.trunc(Number(value)) || 0;

/** A start as Array.prototype.splice takes it: from the end when negative. */
const clamp = (start: unknown, length: number): number => {
  const from = toInteger(start);
  return from < 0 ? Math.max(length + from, 0) : Math.min(from, length);
};
