import { DEPTH_MAX, DETAIL_LENGTH_MAX, STATE_BYTES_MAX } from '../../protocol/limits.ts';
import { type Problem, problem } from '../../protocol/problems.ts';
import { checkKey, checkMadeNumber, checkString } from './json-rules.ts';
import { escapeToken } from './pointer.ts';

/**
 * Checks a value made by code, which may be no JSON at all [D4], by the same rules as JSON text. A member that is
 * `undefined` is skipped: JSON leaves it out. Runs no getter. Stops after as many bytes as a state may have: objects that
 * share their parts can stand for 2^64 bytes.
 *
 * @param at finds the JSON Pointer of the value, where it is part of something; undefined where that is not known
 * @returns the first problem, with the JSON Pointer of what is no JSON; `undefined` when the value is JSON
 */
export const checkJson = (value: unknown, at: () => string | undefined = () => ''): Problem | undefined => {
  const found = checkValue(value, 0, { bytes: STATE_BYTES_MAX });
  if (found === undefined || found.tokens === undefined) return found?.problem;
  const outer = at();
  const inner = found.tokens.map((token) => `/${escapeToken(token)}`).join('');
  return outer === undefined ? found.problem : locatedAt(found.problem, outer + inner);
};

/** A problem, and the way to the value that has it; without a way the problem is the whole value's. */
interface Found {
  readonly problem: Problem;
  readonly tokens?: string[];
}

/** A pointer may take 64 keys of 512 units, and a problem must fit into a row. */
const locatedAt = ({ name, detail, ...cure }: Problem, whole: string): Problem => {
  const pointer = whole.slice(0, DETAIL_LENGTH_MAX).toWellFormed();
  return problem(name, pointer === '' ? detail : `${detail} It is at ${pointer}.`, { ...cure, pointer });
};

/** Bytes that the rest of the value may take. Each value is charged its minimum, with a separator. */
interface ByteBudget {
  bytes: number;
}

const checkValue = (value: unknown, depth: number, budget: ByteBudget): Found | undefined => {
  budget.bytes -= minimumBytes(value);
  if (budget.bytes < 0) return { problem: tooLarge() };
  switch (typeof value) {
    case 'string':
      return foundAt(checkString(value));
    case 'number':
      return foundAt(checkMadeNumber(value));
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

const checkContainer = (value: object, depth: number, budget: ByteBudget): Found | undefined => {
  if (depth >= DEPTH_MAX) return notJson(`A value that contains itself or has more than ${DEPTH_MAX} levels`);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value) && prototype === Array.prototype) return checkElements(value, depth + 1, budget);
  // An array with one of these prototypes is no JSON either: its `length` is a hidden member.
  const isPlain = prototype === Object.prototype || prototype === null;
  return isPlain ? checkMembers(value, depth + 1, budget) : notJson('An instance of a class');
};

/** `length` is the one key beside the indices. The count also avoids iterating over a length of 2^32. */
const checkElements = (array: readonly unknown[], depth: number, budget: ByteBudget): Found | undefined => {
  if (Reflect.ownKeys(array).length !== array.length + 1) return notJson('An array with holes or members');
  for (let index = 0; index < array.length; index += 1) {
    const found = checkProperty(Object.getOwnPropertyDescriptor(array, index), depth, budget);
    if (found !== undefined) return behind(String(index), found);
  }
  return undefined;
};

const checkMembers = (object: object, depth: number, budget: ByteBudget): Found | undefined => {
  for (const key of Reflect.ownKeys(object)) {
    if (typeof key === 'symbol') return notJson('A key that is a symbol');
    budget.bytes -= key.length + '"":'.length;
    const wrongKey = foundAt(checkKey(key));
    if (wrongKey !== undefined) return wrongKey;
    const property = Object.getOwnPropertyDescriptor(object, key);
    const found = isLeftOut(property) ? undefined : checkProperty(property, depth, budget);
    if (found !== undefined) return behind(key, found);
  }
  return undefined;
};

/** A visible member that is `undefined`: printed as JSON, the object has no such member. */
const isLeftOut = (property: PropertyDescriptor | undefined): boolean =>
  property?.enumerable === true && 'value' in property && property.value === undefined;

/** The property descriptor is the only way to read a value without running a getter. */
const checkProperty = (
  property: PropertyDescriptor | undefined,
  depth: number,
  budget: ByteBudget,
): Found | undefined => {
  if (property === undefined) return notJson('An array with holes or members');
  if (!('value' in property)) return notJson('A getter or setter');
  return property.enumerable ? checkValue(property.value, depth, budget) : notJson('A hidden member');
};

const foundAt = (reason: Problem | undefined): Found | undefined =>
  reason === undefined ? undefined : { problem: reason, tokens: [] };

/** Found in a member or an element. The way is made only where something is found: valid values cost nothing. */
const behind = (token: string, found: Found): Found => {
  found.tokens?.unshift(token);
  return found;
};

const notJson = (subject: string): Found => ({ problem: problem('not-json', `${subject} is not JSON.`), tokens: [] });

const tooLarge = (): Problem =>
  problem('state-too-large', `A value takes more than ${STATE_BYTES_MAX} bytes.`, { limit: STATE_BYTES_MAX });
