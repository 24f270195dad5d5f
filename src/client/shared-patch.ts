import { arrayIndex, insertIndex, parsePointer } from '../core/pointer.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import type { PatchOperation } from '../protocol/patch.ts';

/**
 * Applies a patch without touching the value: what it does not reach is shared, so `===` tells what changed. A container
 * is copied once, however many operations reach it.
 *
 * @returns undefined when the patch does not fit the value
 */
export const patched = (value: Json, operations: readonly PatchOperation[]): Json | undefined => {
  let result: Json | undefined = value;
  let copies = new Set<object>();
  for (const operation of operations) {
    // What stands in two places must not be changed in place in one of them.
    if (operation.op === 'copy' || operation.op === 'move') copies = new Set();
    result = step(result, operation, copies);
    if (result === undefined) return undefined;
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

const step = (root: Json, operation: PatchOperation, copies: Set<object>): Json | undefined => {
  const tokens = tokensOf(operation.path);
  if (tokens === undefined) return undefined;
  switch (operation.op) {
    case 'add':
      return put(root, tokens, { value: operation.value, how: 'insert', copies });
    case 'replace':
      return put(root, tokens, { value: operation.value, how: 'overwrite', copies });
    case 'remove':
      return put(root, tokens, { value: undefined, how: 'overwrite', copies });
    case 'test':
      return root;
    case 'copy':
    case 'move': {
      const from = tokensOf(operation.from) ?? [];
      const value = at(root, from);
      const rest = operation.op === 'copy' ? root : put(root, from, { value: undefined, how: 'overwrite', copies });
      if (value === undefined || rest === undefined) return undefined;
      return put(rest, tokens, { value, how: 'insert', copies: new Set() });
    }
    default:
      return operation satisfies never;
  }
};

interface Put {
  /** Undefined removes. */
  readonly value: Json | undefined;
  readonly how: 'insert' | 'overwrite';
  /** Containers that were made for this very patch: they may be changed in place. */
  readonly copies: Set<object>;
}

const put = (container: Json, [token, ...rest]: readonly string[], what: Put): Json | undefined => {
  if (token === undefined) return what.value;
  if (typeof container !== 'object' || container === null) return undefined;
  if (Array.isArray(container)) return putElement(container, token, rest, what);
  return putMember(container, token, rest, what);
};

const putMember = (object: JsonObject, key: string, rest: readonly string[], what: Put): JsonObject | undefined => {
  const present = Object.hasOwn(object, key) ? object[key] : undefined;
  const isNew = rest.length === 0 && what.how === 'insert';
  if (present === undefined && !isNew) return undefined;
  const inner = rest.length === 0 ? what.value : put(present as Json, rest, what);
  if (inner === undefined && rest.length > 0) return undefined;
  const copy = what.copies.has(object) ? object : { ...object };
  what.copies.add(copy);
  if (inner === undefined) delete copy[key];
  else copy[key] = inner;
  return copy;
};

const putElement = (array: Json[], token: string, rest: readonly string[], what: Put): Json[] | undefined => {
  const isNew = rest.length === 0 && what.how === 'insert';
  const index = isNew ? insertIndex(token, array.length) : arrayIndex(token, array.length);
  if (index === undefined) return undefined;
  const inner = rest.length === 0 ? what.value : put(array[index] as Json, rest, what);
  if (inner === undefined && rest.length > 0) return undefined;
  const copy = what.copies.has(array) ? array : [...array];
  what.copies.add(copy);
  if (isNew) copy.splice(index, 0, inner as Json);
  else if (inner === undefined) copy.splice(index, 1);
  else copy[index] = inner;
  return copy;
};
