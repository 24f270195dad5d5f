import type { Json, JsonObject } from '../../protocol/json.ts';
import type { Problem } from '../../protocol/problems.ts';
import { type Failure, failure } from './failure.ts';
import { isTooDeep } from './json-depth.ts';
import { checkKey, checkNumber, checkString, tooDeep } from './json-rules.ts';

export type JsonText = { readonly kind: 'json'; readonly value: Json } | Failure;

/**
 * Parses JSON from outside and checks it [J1] [J4] to [J8]: the value can be traversed, stored and printed without
 * another check.
 *
 * @param levels levels of nesting that are allowed; default: `DEPTH_MAX`
 */
export const readJson = (text: string, levels?: number): JsonText => {
  if (isTooDeep(text, levels)) return { kind: 'problem', problem: tooDeep() };
  const parsed = parse(text);
  if (parsed.kind === 'problem') return parsed;
  const problem = checkParsed(parsed.value);
  return problem === undefined ? parsed : { kind: 'problem', problem };
};

const parse = (text: string): JsonText => {
  try {
    return { kind: 'json', value: JSON.parse(text) as Json };
  } catch (error) {
    return failure('malformed-json', whyMalformed(text, error));
  }
};

/** Engines quote the text around the error; V8 stops at 21 characters, the limit is for other engines. */
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
    const problem = checkParsed(element);
    if (problem !== undefined) return problem;
  }
  return undefined;
};

/** `for in` reads the keys from the object's shape; Object.keys makes an array of them each time. */
const checkMembers = (object: JsonObject): Problem | undefined => {
  for (const key in object) {
    const problem = checkKey(key) ?? checkParsed(object[key] as Json);
    if (problem !== undefined) return problem;
  }
  return undefined;
};
