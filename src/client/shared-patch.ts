import { arrayIndex, insertIndex, parsePointer } from '../core/pointer.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import type { PatchOperation } from '../protocol/patch.ts';

/**
 * Applies a patch without touching the value: what it does not reach is shared, so `===` tells what changed.
 *
 * @returns undefined when the patch does not fit the value
 */
export const patched = (value: Json, operations: readonly PatchOperation[]): Json | undefined => {
  let result: Json | undefined = value;
  for (const operation of operations) {
    if (result === undefined) return undefined;
    result = step(result, operation);
  }
  return result;
};

/** What stands at a pointer's tokens. */
export const at = (value: Json | undefined, tokens: readonly string[]): Json | undefined => {
  let result = value;
  for (const token of tokens) {
    if (typeof result !== 'object' || result === null) return undefined;
    if (Array.isArray(result)) {
      const index = arrayIndex(token, result.length);
      result = index === undefined ? undefined : result[index];
    } else result = Object.hasOwn(result, token) ? result[token] : undefined;
  }
  return result;
};

/** `undefined` when a pointer is none. */
export const tokensOf = (pointer: string): string[] | undefined => {
  const parsed = parsePointer(pointer);
  return parsed.kind === 'pointer' ? parsed.tokens : undefined;
};

const step = (root: Json, operation: PatchOperation): Json | undefined => {
  const tokens = tokensOf(operation.path);
  if (tokens === undefined) return undefined;
  switch (operation.op) {
    case 'add':
      return put(root, tokens, operation.value, 'insert');
    case 'replace':
      return put(root, tokens, operation.value, 'overwrite');
    case 'remove':
      return put(root, tokens, undefined, 'overwrite');
    case 'test':
      return root;
    case 'copy':
    case 'move': {
      const from = tokensOf(operation.from) ?? [];
      const moved = at(root, from);
      const rest = operation.op === 'copy' ? root : put(root, from, undefined, 'overwrite');
      return moved === undefined || rest === undefined ? undefined : put(rest, tokens, moved, 'insert');
    }
    default:
      return operation satisfies never;
  }
};

type How = 'insert' | 'overwrite';

/** A copy of the containers on the way; `undefined` as the value removes. */
const put = (
  container: Json,
  [token, ...rest]: readonly string[],
  value: Json | undefined,
  how: How,
): Json | undefined => {
  if (token === undefined) return value;
  if (typeof container !== 'object' || container === null) return undefined;
  if (Array.isArray(container)) return putElement(container, token, rest, { value, how });
  return putMember(container, token, rest, { value, how });
};

interface Put {
  readonly value: Json | undefined;
  readonly how: How;
}

const putMember = (
  object: JsonObject,
  key: string,
  rest: readonly string[],
  { value, how }: Put,
): JsonObject | undefined => {
  const present = Object.hasOwn(object, key) ? object[key] : undefined;
  const isNew = rest.length === 0 && how === 'insert';
  if (present === undefined && !isNew) return undefined;
  const inner = rest.length === 0 ? value : put(present as Json, rest, value, how);
  if (inner !== undefined) return { ...object, [key]: inner };
  if (rest.length > 0) return undefined;
  const { [key]: _, ...others } = object;
  return others;
};

const putElement = (
  array: readonly Json[],
  token: string,
  rest: readonly string[],
  { value, how }: Put,
): Json[] | undefined => {
  if (rest.length === 0 && how === 'insert') {
    const place = insertIndex(token, array.length);
    return place === undefined ? undefined : array.toSpliced(place, 0, value as Json);
  }
  const index = arrayIndex(token, array.length);
  if (index === undefined) return undefined;
  if (rest.length === 0) return value === undefined ? array.toSpliced(index, 1) : array.with(index, value);
  const inner = put(array[index] as Json, rest, value, how);
  return inner === undefined ? undefined : array.with(index, inner);
};
