import type { Json, JsonObject } from '../../protocol/json.ts';
import type { Problem } from '../../protocol/problems.ts';
import { type Failure, failure } from './failure.ts';
import { isTooDeep } from './json-depth.ts';
import { checkKey, checkNumber, checkString, tooDeep } from './json-rules.ts';
import { escapeToken } from './pointer.ts';

export type JsonText = { readonly kind: 'json'; readonly value: Json } | Failure;

/**
 * Parses JSON from outside and checks it [J1] [J4] to [J8]: the value can be traversed, stored and printed without
 * another check.
 */
export const readJson = (text: string): JsonText => {
  if (isTooDeep(text)) return { kind: 'problem', problem: tooDeep() };
  const parsed = parse(text);
  if (parsed.kind === 'problem') return parsed;
  const problem = checkParsed(parsed.value);
  if (problem === undefined) return parsed;
  return problem.name === 'forbidden-key' ? forbiddenAt(parsed.value, problem) : { kind: 'problem', problem };
};

/** Says where the key stands and why it is refused: large public documents have some [J7]. */
const forbiddenAt = (value: Json, { name, detail }: Problem): Failure => {
  const why = 'Code that merges objects key by key would reach a prototype or a class by it.';
  return failure(name, `${detail} It stands at ${pointerToForbidden(value)}. ${why}`);
};

/** The JSON Pointer of the first forbidden key; undefined without one. Only called where there is one. */
const pointerToForbidden = (value: Json): string | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    if (checkKey(key)?.name === 'forbidden-key') return `/${escapeToken(key)}`;
    const found = pointerToForbidden(inner);
    if (found !== undefined) return `/${escapeToken(key)}${found}`;
  }
  return undefined;
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
