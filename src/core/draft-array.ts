import type { Elements } from './draft.ts';

type ArrayMethod = (elements: Elements, args: unknown[]) => unknown;

/**
 * The methods that change an array, told as splices: one removal or addition in the patch for each element that
 * really comes or goes, where the built-in ones would write every index behind it.
 */
const methods: Readonly<Record<string, ArrayMethod>> = {
  push: (elements, values) => {
    elements.splice(elements.length, 0, values);
    return elements.length + values.length;
  },
  pop: (elements) => (elements.length === 0 ? undefined : elements.splice(elements.length - 1, 1, [])[0]),
  shift: (elements) => (elements.length === 0 ? undefined : elements.splice(0, 1, [])[0]),
  unshift: (elements, values) => {
    elements.splice(0, 0, values);
    return elements.length + values.length;
  },
  splice: (elements, args) => {
    const [start, count, ...values] = args;
    const from = clamp(start, elements.length);
    const rest = elements.length - from;
    const removed = args.length < 2 ? (args.length === 0 ? 0 : rest) : Math.min(Math.max(toInteger(count), 0), rest);
    return elements.splice(from, removed, values);
  },
  sort: (elements, [compare]) => elements.replace(all(elements).sort(compare as never)),
  reverse: (elements) => elements.replace(all(elements).reverse()),
  fill: (elements, [value, start, end]) => elements.replace(all(elements).fill(value, start as never, end as never)),
  copyWithin: (elements, [target, start, end]) =>
    elements.replace(all(elements).copyWithin(target as never, start as never, end as never)),
};

export const arrayMethods: ReadonlyMap<string, ArrayMethod> = new Map(Object.entries(methods));

const all = (elements: Elements): unknown[] =>
  Array.from({ length: elements.length }, (_, index) => elements.at(index));

const toInteger = (value: unknown): number => Math.trunc(Number(value)) || 0;

/** A start as Array.prototype.splice takes it: from the end when negative. */
const clamp = (start: unknown, length: number): number => {
  const from = toInteger(start);
  return from < 0 ? Math.max(length + from, 0) : Math.min(from, length);
};
