import { arrayIndex, insertIndex } from '../core/pointer.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import type { PatchOperation } from '../protocol/patch.ts';

/**
 * Applies a patch without touching the value: what it does not reach is shared, so `===` tells what changed. A container
 * is copied once, however many operations reach it. Knows the operations that the server's patches are made of [S4].
 *
 * @returns undefined when the patch does not fit the value
 */
export const patched = (value: Json, operations: readonly PatchOperation[]): Json | undefined => {
  let result: Json | undefined = value;
  const copies = new Set<object>();
  for (const operation of operations) {
    result = step(result, operation, copies);
    if (result === undefined) return undefined;
  }
  return result;
};

/** `undefined` when a pointer is none. What else may be wrong with one, the server has judged before it sent it. */
export const tokensOf = (pointer: string): string[] | undefined => {
  const [root, ...tokens] = pointer.split('/');
  return root === '' ? tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~')) : undefined;
};

const step = (root: Json, operation: PatchOperation, copies: Set<object>): Json | undefined => {
  const tokens = tokensOf(operation.path);
  if (tokens === undefined) return undefined;
  const { op } = operation;
  if (op !== 'add' && op !== 'replace' && op !== 'remove') return undefined;
  const value = op === 'remove' ? undefined : operation.value;
  return put(root, tokens, { op, value, copies });
};

interface Put {
  /** Undefined removes. */
  readonly value: Json | undefined;
  readonly op: 'add' | 'replace' | 'remove';
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
  const isNew = rest.length === 0 && what.op === 'add';
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
  const isNew = rest.length === 0 && what.op === 'add';
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
