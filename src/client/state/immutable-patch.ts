import { arrayIndex, insertIndex, unescapeToken } from '../../core/json/pointer.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import { frozen } from '../platform/frozen.ts';

/**
 * Applies a patch and leaves the value as it is: the result shares what the patch does not reach, so `===` tells what
 * has changed. A container is copied once, however many operations reach it. Knows the operations that the server's
 * patches consist of [S4].
 *
 * A frozen value leads to a frozen one: only what is new is frozen, and the operations, of whose values it consists.
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
  // Not all of the result: what is frozen already would be looked at for each member of a large container.
  for (const copy of copies) Object.freeze(copy);
  return result;
};

/** The tokens of a pointer. Its syntax is not checked: the server has done that. */
const pointerTokens = (pointer: string): string[] => pointer.split('/').slice(1).map(unescapeToken);

const step = (root: Json, operation: PatchOperation, copies: Set<object>): Json | undefined => {
  const { op, path } = operation;
  frozen(operation);
  if (op !== 'add' && op !== 'replace' && op !== 'remove') return undefined;
  const value = op === 'remove' ? undefined : operation.value;
  return write(root, pointerTokens(path), { value, mode: op === 'add' ? 'insert' : 'overwrite', copies });
};

type Container = Json[] | JsonObject;
/** A container of which the key is known to fit. */
type Members = Record<string | number, Json>;

/** One write at the end of a pointer. */
interface Write {
  /** Undefined: remove. */
  readonly value: Json | undefined;
  readonly mode: 'insert' | 'overwrite';
  /** The containers that were copied for this patch: they may be changed in place. */
  readonly copies: Set<object>;
}

const write = (container: Json, [token, ...rest]: readonly string[], target: Write): Json | undefined => {
  if (token === undefined) return target.value;
  if (!isContainer(container)) return undefined;
  const isLast = rest.length === 0;
  const mode = isLast ? target.mode : 'overwrite';
  const key = keyIn(container, token, mode);
  if (key === undefined) return undefined;
  const value = isLast ? target.value : write((container as Members)[key] as Json, rest, target);
  if (value === undefined && !isLast) return undefined;
  const copy = target.copies.has(container) ? container : copyOf(container);
  target.copies.add(copy);
  if (Array.isArray(copy)) setElement(copy, key as number, value, mode);
  else if (value === undefined) delete copy[key];
  else copy[key] = value;
  return copy;
};

const isContainer = (value: Json | undefined): value is Container => typeof value === 'object' && value !== null;

/** The key or index that a token names; undefined where there is none. */
const keyIn = (container: Container, token: string, mode: Write['mode']): string | number | undefined => {
  if (!Array.isArray(container)) return mode === 'insert' || Object.hasOwn(container, token) ? token : undefined;
  return mode === 'insert' ? insertIndex(token, container.length) : arrayIndex(token, container.length);
};

const copyOf = (container: Container): Container => (Array.isArray(container) ? [...container] : { ...container });

const setElement = (array: Json[], index: number, value: Json | undefined, mode: Write['mode']): void => {
  if (value === undefined) array.splice(index, 1);
  else array.splice(index, mode === 'insert' ? 0 : 1, value);
};
