import { DEPTH_MAX, STATE_BYTES_MAX } from '../../protocol/limits.ts';
import { type Problem, problem } from '../../protocol/problems.ts';
import { checkKey, checkNumber, checkString } from './json-rules.ts';

/**
 * Checks a value made by code, which may be no JSON at all [D4], by the same rules as JSON text. Runs no getter. Stops
 * after as many bytes as a state may have: objects that share their parts can stand for 2^64 bytes.
 *
 * @returns the first problem; `undefined` when the value is JSON
 */
export const checkJson = (value: unknown): Problem | undefined => checkValue(value, 0, { bytes: STATE_BYTES_MAX });

/** Bytes that the rest of the value may take. Each value is charged its minimum, with a separator. */
interface ByteBudget {
  bytes: number;
}

const checkValue = (value: unknown, depth: number, budget: ByteBudget): Problem | undefined => {
  budget.bytes -= minimumBytes(value);
  if (budget.bytes < 0) return tooLarge();
  switch (typeof value) {
    case 'string':
      return checkString(value);
    case 'number':
      return checkNumber(value);
    case 'boolean':
      return undefined;
    case 'object':
      return value === null ? undefined : checkContainer(value, depth, budget);
    default:
      return notJson(`A value of type ${typeof value}`);
  }
};

const minimumBytes = (value: unknown): number => {
  if (typeof value === 'string') return value.length + '"",'.length;
  return typeof value === 'object' ? '[],'.length : '0,'.length;
};

const checkContainer = (value: object, depth: number, budget: ByteBudget): Problem | undefined => {
  if (depth >= DEPTH_MAX) return notJson(`A value that contains itself or has more than ${DEPTH_MAX} levels`);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value) && prototype === Array.prototype) return checkElements(value, depth + 1, budget);
  // An array with one of these prototypes is no JSON either: its `length` is a hidden member.
  const isPlain = prototype === Object.prototype || prototype === null;
  return isPlain ? checkMembers(value, depth + 1, budget) : notJson('An instance of a class');
};

/** `length` is the one key beside the indices. The count also avoids iterating over a length of 2^32. */
const checkElements = (array: readonly unknown[], depth: number, budget: ByteBudget): Problem | undefined => {
  if (Reflect.ownKeys(array).length !== array.length + 1) return notJson('An array with holes or members');
  for (let index = 0; index < array.length; index += 1) {
    const found = checkProperty(Object.getOwnPropertyDescriptor(array, index), depth, budget);
    if (found !== undefined) return found;
  }
  return undefined;
};

const checkMembers = (object: object, depth: number, budget: ByteBudget): Problem | undefined => {
  for (const key of Reflect.ownKeys(object)) {
    if (typeof key === 'symbol') return notJson('A key that is a symbol');
    budget.bytes -= key.length + '"":'.length;
    const found = checkKey(key) ?? checkProperty(Object.getOwnPropertyDescriptor(object, key), depth, budget);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** The property descriptor is the only way to read a value without running a getter. */
const checkProperty = (
  property: PropertyDescriptor | undefined,
  depth: number,
  budget: ByteBudget,
): Problem | undefined => {
  if (property === undefined) return notJson('An array with holes or members');
  if (!('value' in property)) return notJson('A getter or setter');
  return property.enumerable ? checkValue(property.value, depth, budget) : notJson('A hidden member');
};

const notJson = (subject: string): Problem => problem('not-json', `${subject} is not JSON.`);

const tooLarge = (): Problem =>
  problem('state-too-large', `A value takes more than ${STATE_BYTES_MAX} bytes.`, { limit: STATE_BYTES_MAX });
