import { arrayIndex, insertIndex, unescapeToken } from '../../core/json/pointer.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';

/**
 * Applies a patch without touching the value: what it does not reach is shared, so `===` tells what changed. A container
 * is copied once, however many operations reach it. Knows the operations that the server's patches are made of [S4].
 *
 * @returns undefined when the patch does not fit the value
 */
export const patchImmutably = (value: Json, operations: readonly PatchOperation[]): Json | undefined => {
  let result: Json | undefined = value;
  const copies = new Set<object>();
  for (const operation of operations) {
    result = step(result, operation, copies);
    if (result === undefined) return undefined;
  }
  return result;
};

/** What stands at a pointer's tokens. */
export const valueAtTokens = (value: Json | undefined, tokens: readonly string[]): Json | undefined => {
  let result = value;
  for (const token of tokens) {
    const key = isContainer(result) ? keyIn(result, token, 'overwrite') : undefined;
    result = key === undefined ? undefined : (result as Members)[key];
  }
  return result;
};

/** The server has checked its pointers; here they are only read. */
export const pointerTokens = (pointer: string): string[] => pointer.split('/').slice(1).map(unescapeToken);

const step = (root: Json, operation: PatchOperation, copies: Set<object>): Json | undefined => {
  const { op, path } = operation;
  if (op !== 'add' && op !== 'replace' && op !== 'remove') return undefined;
  const value = op === 'remove' ? undefined : operation.value;
  return put(root, pointerTokens(path), { value, how: op === 'add' ? 'insert' : 'overwrite', copies });
};

type Container = Json[] | JsonObject;
/** A container as assignments see it, once a key is known to fit. */
type Members = Record<string | number, Json>;

interface Put {
  /** Undefined removes. */
  readonly value: Json | undefined;
  readonly how: 'insert' | 'overwrite';
  /** Containers that were made for this very patch: they may be changed in place. */
  readonly copies: Set<object>;
}

const put = (container: Json, [token, ...rest]: readonly string[], what: Put): Json | undefined => {
  if (token === undefined) return what.value;
  if (!isContainer(container)) return undefined;
  const isLast = rest.length === 0;
  const how = isLast ? what.how : 'overwrite';
  const key = keyIn(container, token, how);
  if (key === undefined) return undefined;
  const inner = isLast ? what.value : put((container as Members)[key] as Json, rest, what);
  if (inner === undefined && !isLast) return undefined;
  const copy = what.copies.has(container) ? container : copyOf(container);
  what.copies.add(copy);
  if (Array.isArray(copy)) setElement(copy, key as number, inner, how);
  else if (inner === undefined) delete copy[key];
  else copy[key] = inner;
  return copy;
};

const isContainer = (value: Json | undefined): value is Container => typeof value === 'object' && value !== null;

/** Undefined where there is no such place. */
const keyIn = (container: Container, token: string, how: Put['how']): string | number | undefined => {
  if (!Array.isArray(container)) return how === 'insert' || Object.hasOwn(container, token) ? token : undefined;
  return how === 'insert' ? insertIndex(token, container.length) : arrayIndex(token, container.length);
};

const copyOf = (container: Container): Container => (Array.isArray(container) ? [...container] : { ...container });

const setElement = (array: Json[], index: number, inner: Json | undefined, how: Put['how']): void => {
  if (inner === undefined) array.splice(index, 1);
  else array.splice(index, how === 'insert' ? 0 : 1, inner);
};
