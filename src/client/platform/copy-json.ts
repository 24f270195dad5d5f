import { escapeToken } from '../../core/json/pointer.ts';
import type { Json } from '../../protocol/json.ts';
import { clientProblem, ProblemError } from './problem-error.ts';

/**
 * Copies a value as JSON, and refuses what JSON has no word for instead of changing it in silence: `JSON.stringify` would
 * make null of NaN, and null deletes a member in a merge patch.
 *
 * - Members that are `undefined` are left out, and -0 becomes 0.
 * - An object with a `toJSON` is what that returns: a `Date` is its ISO text. Null from there is refused (an invalid date).
 * - Refused are NaN, Infinity, `undefined` and holes in arrays, functions, symbols, BigInt, cycles, and instances of
 *   classes without `toJSON`, such as Map, Set and typed arrays.
 *
 * @throws ProblemError `urn:changebucket:client:not-json`, with the JSON Pointer of the value as `pointer`
 */
export const copyJson = (given: unknown, pointer = '', ancestors: readonly unknown[] = []): Json => {
  const value = hasToJson(given) ? given.toJSON(pointer.slice(pointer.lastIndexOf('/') + 1)) : given;
  if (typeof value === 'string' || typeof value === 'boolean' || given === null) return value as Json;
  if (typeof value === 'number' && Number.isFinite(value)) return value + 0;
  const isContainer = typeof value === 'object' && value !== null && !ancestors.includes(given);
  const path = [...ancestors, given];
  const copy =
    isContainer && copyContainer(value, (key, each) => copyJson(each, `${pointer}/${escapeToken(key)}`, path));
  if (copy) return copy;
  const kind = ancestors.includes(given) ? 'a cycle' : kindOf(value, given);
  throw new ProblemError({ ...clientProblem('not-json', 0, 'This is not JSON', `At "${pointer}": ${kind}.`), pointer });
};

/** A number as it is; otherwise the name of the class, where there is one. */
const kindOf = (value: unknown, given: unknown): unknown =>
  value === undefined || typeof value === 'number' ? value : `a ${(given as object).constructor?.name}`;

/** @returns undefined when there is no word for it in JSON */
const copyContainer = (value: object, copy: (key: string, each: unknown) => Json): Json | undefined => {
  const keys = Reflect.ownKeys(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
  const areNames = keys.every((key) => typeof key === 'string');
  // As many keys as elements: no holes, and no members that would be lost.
  if (Array.isArray(value))
    return areNames && keys.length === value.length ? value.map((each, index) => copy(`${index}`, each)) : undefined;
  if (!areNames || !isPlain(value)) return undefined;
  const members = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(members.map(([key, each]) => [key, copy(key, each)]));
};

const hasToJson = (value: unknown): value is { toJSON(key: string): unknown } =>
  typeof (value as { readonly toJSON?: unknown } | null | undefined)?.toJSON === 'function';

/** Also of another realm, where `Object.prototype` is another object. */
const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};
