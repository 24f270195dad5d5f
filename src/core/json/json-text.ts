import type { Json, JsonObject } from '../../protocol/json.ts';
import { DEPTH_MAX, STATE_BYTES_MAX } from '../../protocol/limits.ts';
import { type Problem, problem } from '../../protocol/problems.ts';
import { type Failure, failure } from './failure.ts';
import { isTooDeep } from './json-depth.ts';
import { checkKey, checkNumber, checkString, tooDeep } from './json-rules.ts';

export type JsonText = { readonly kind: 'json'; readonly value: Json } | Failure;

/** The door for JSON [J1] [J4] to [J8]: what passes can be walked, stored, printed and shown without a second look. */
export const readJson = (text: string): JsonText => {
  if (isTooDeep(text)) return { kind: 'problem', problem: tooDeep() };
  const parsed = parse(text);
  if (parsed.kind === 'problem') return parsed;
  const trouble = checkParsed(parsed.value);
  return trouble === undefined ? parsed : { kind: 'problem', problem: trouble };
};

/**
 * The same rules for a value that code has made, which may be no JSON at all [D4]. Runs no getter. Ends after
 * as many bytes as a state may have: objects that share their parts can stand for 2^64 of them.
 */
export const checkJson = (value: unknown): Problem | undefined => checkMade(value, 0, { bytes: STATE_BYTES_MAX });

const parse = (text: string): JsonText => {
  try {
    return { kind: 'json', value: JSON.parse(text) as Json };
  } catch (error) {
    return failure('malformed-json', whyMalformed(text, error));
  }
};

/** Engines quote the text around the trouble; V8 stops at 21 characters, the cut is for the others. */
const ENGINE_MESSAGE_MAX = 100;

const whyMalformed = (text: string, error: unknown): string => {
  if (text.length === 0) return 'The text is empty.';
  if (text.charCodeAt(0) === 0xfeff) return 'The text begins with a byte order mark.';
  const message = error instanceof Error ? error.message : 'The text is not JSON.';
  return message.slice(0, ENGINE_MESSAGE_MAX).toWellFormed();
};

/** JSON.parse made the value, so it is plain data without getters, and the scan has bounded its depth. */
const checkParsed = (value: Json): Problem | undefined => {
  if (typeof value === 'string') return checkString(value);
  if (typeof value === 'number') return checkNumber(value);
  if (typeof value !== 'object' || value === null) return undefined;
  return Array.isArray(value) ? checkElements(value) : checkMembers(value);
};

const checkElements = (array: readonly Json[]): Problem | undefined => {
  for (const element of array) {
    const trouble = checkParsed(element);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
};

/** `for in` takes the keys from the object's shape; Object.keys makes an array of them each time. */
const checkMembers = (object: JsonObject): Problem | undefined => {
  for (const key in object) {
    const trouble = checkKey(key) ?? checkParsed(object[key] as Json);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
};

/** What is left of the bytes that the value's JSON may have. Each value is counted at its least, with a separator. */
interface Room {
  bytes: number;
}

const checkMade = (value: unknown, depth: number, room: Room): Problem | undefined => {
  room.bytes -= leastBytes(value);
  if (room.bytes < 0) return tooLarge();
  switch (typeof value) {
    case 'string':
      return checkString(value);
    case 'number':
      return checkNumber(value);
    case 'boolean':
      return undefined;
    case 'object':
      return value === null ? undefined : checkContainer(value, depth, room);
    default:
      return notJson(`A value of type ${typeof value}`);
  }
};

const leastBytes = (value: unknown): number => {
  if (typeof value === 'string') return value.length + '"",'.length;
  return typeof value === 'object' ? '[],'.length : '0,'.length;
};

const checkContainer = (value: object, depth: number, room: Room): Problem | undefined => {
  if (depth >= DEPTH_MAX) return notJson(`A value that contains itself or has more than ${DEPTH_MAX} levels`);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value) && prototype === Array.prototype) return checkMadeElements(value, depth + 1, room);
  // An array over one of these is refused too: its `length` is a hidden member.
  const isPlain = prototype === Object.prototype || prototype === null;
  return isPlain ? checkMadeMembers(value, depth + 1, room) : notJson('An instance of a class');
};

/** `length` is the one key beside the indices. The count also keeps a length of 2^32 from being walked. */
const checkMadeElements = (array: readonly unknown[], depth: number, room: Room): Problem | undefined => {
  if (Reflect.ownKeys(array).length !== array.length + 1) return notJson('An array with holes or members');
  for (let index = 0; index < array.length; index += 1) {
    const trouble = checkProperty(Object.getOwnPropertyDescriptor(array, index), depth, room);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
};

const checkMadeMembers = (object: object, depth: number, room: Room): Problem | undefined => {
  for (const key of Reflect.ownKeys(object)) {
    if (typeof key === 'symbol') return notJson('A key that is a symbol');
    room.bytes -= key.length + '"":'.length;
    const trouble = checkKey(key) ?? checkProperty(Object.getOwnPropertyDescriptor(object, key), depth, room);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
};

/** Looking at the descriptor is the only way to see a value without running a getter. */
const checkProperty = (property: PropertyDescriptor | undefined, depth: number, room: Room): Problem | undefined => {
  if (property === undefined) return notJson('An array with holes or members');
  if (!('value' in property)) return notJson('A getter or setter');
  return property.enumerable ? checkMade(property.value, depth, room) : notJson('A hidden member');
};

const notJson = (what: string): Problem => problem('not-json', `${what} is not JSON.`);

const tooLarge = (): Problem =>
  problem('state-too-large', `A value takes more than ${STATE_BYTES_MAX} bytes.`, { limit: STATE_BYTES_MAX });
