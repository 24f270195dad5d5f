import type { Json, JsonObject } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import { isEqual } from '../json/equal.ts';
import { jsonBytes } from '../json/json-bytes.ts';
import { memberKeys } from '../json/members.ts';
import { escapeToken } from '../json/pointer.ts';

/** Bytes of an operation beside its path and value: `{"op":"replace","path":"","value":},`. */
const OPERATION_BYTES = 36;

/**
 * A JSON Patch that leads from one value to another: `add`, `replace` and `remove` only. It takes time in the size of both
 * values, times their depth. Elements are compared from both ends of an array; between, by index.
 *
 * @param limit bytes that the patch may have; one that would be longer is given up at once
 * @returns undefined for a longer patch. The operations hold parts of `to`, not copies
 */
export const diff = (from: Json, to: Json, limit: number): PatchOperation[] | undefined => {
  const patch = new BoundedPatch(limit);
  compare(patch, '', from, to);
  return patch.isTooLong ? undefined : patch.operations;
};

/** Collects operations until they would be too long; those after that are dropped. */
class BoundedPatch {
  readonly operations: PatchOperation[] = [];
  #left: number;

  constructor(limit: number) {
    this.#left = limit;
  }

  get isTooLong(): boolean {
    return this.#left < 0;
  }

  put(op: 'add' | 'replace', path: string, value: Json): void {
    this.#spend(path);
    if (this.isTooLong) return;
    this.#left -= jsonBytes(value);
    if (!this.isTooLong) this.operations.push({ op, path, value });
  }

  remove(path: string): void {
    this.#spend(path);
    if (!this.isTooLong) this.operations.push({ op: 'remove', path });
  }

  #spend(path: string): void {
    this.#left -= OPERATION_BYTES + path.length;
  }
}

const compare = (patch: BoundedPatch, path: string, from: Json, to: Json): void => {
  if (patch.isTooLong || from === to) return;
  if (Array.isArray(from) && Array.isArray(to)) compareArrays(patch, path, from, to);
  else if (isObject(from) && isObject(to)) compareObjects(patch, path, from, to);
  else patch.put('replace', path, to);
};

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const compareObjects = (patch: BoundedPatch, path: string, from: JsonObject, to: JsonObject): void => {
  for (const key of memberKeys(from)) if (!Object.hasOwn(to, key)) patch.remove(`${path}/${escapeToken(key)}`);
  for (const key of memberKeys(to)) {
    const at = `${path}/${escapeToken(key)}`;
    if (Object.hasOwn(from, key)) compare(patch, at, from[key] as Json, to[key] as Json);
    else patch.put('add', at, to[key] as Json);
  }
};

const compareArrays = (patch: BoundedPatch, path: string, from: readonly Json[], to: readonly Json[]): void => {
  const shared = Math.min(from.length, to.length);
  let start = 0;
  while (start < shared && isEqual(from[start] as Json, to[start] as Json)) start += 1;
  let same = 0;
  while (same < shared - start && isEqual(from.at(-1 - same) as Json, to.at(-1 - same) as Json)) same += 1;
  const [fromEnd, toEnd] = [from.length - same, to.length - same];
  const both = Math.min(fromEnd, toEnd);
  for (let index = start; index < both; index += 1)
    compare(patch, `${path}/${index}`, from[index] as Json, to[index] as Json);
  for (let index = fromEnd - 1; index >= both && !patch.isTooLong; index -= 1) patch.remove(`${path}/${index}`);
  for (let index = both; index < toEnd && !patch.isTooLong; index += 1)
    patch.put('add', `${path}/${index}`, to[index] as Json);
};
