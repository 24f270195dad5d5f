import type { Json } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import { valueAt } from '../json/locate.ts';

/** The effect of a patch on the part of the state at one pointer. */
export type RestrictedPatch =
  | { readonly kind: 'untouched' }
  /** Operations with paths relative to the part. */
  | { readonly kind: 'patch'; readonly operations: readonly PatchOperation[] }
  /** The part itself may be another value now, or none. */
  | { readonly kind: 'replaced' };

/**
 * Restricts a patch to the part at `path`: a reader that follows that part receives nothing about the rest.
 *
 * @param root the state after the patch
 * @param operations as a tree records them: add, replace and remove only
 * @param path a JSON Pointer, not that of the whole state
 */
export const restrictPatch = (root: Json, operations: readonly PatchOperation[], path: string): RestrictedPatch => {
  const inside: PatchOperation[] = [];
  for (const operation of operations) {
    if (operation.path.startsWith(`${path}/`)) inside.push({ ...operation, path: operation.path.slice(path.length) });
    else if (isAbove(operation.path, path) || hasShifted(root, operation, path)) return { kind: 'replaced' };
  }
  return inside.length === 0 ? { kind: 'untouched' } : { kind: 'patch', operations: inside };
};

const isAbove = (pointer: string, path: string): boolean => path === pointer || path.startsWith(`${pointer}/`);

/** Whether an element was inserted or removed before the part in an array that contains it: that moves the part. */
const hasShifted = (root: Json, { op, path: pointer }: PatchOperation, path: string): boolean => {
  if (op === 'replace') return false;
  const array = pointer.slice(0, pointer.lastIndexOf('/'));
  if (!path.startsWith(`${array}/`) || !Array.isArray(valueAt(root, array))) return false;
  const [index = ''] = path.slice(array.length + 1).split('/');
  return Number(pointer.slice(array.length + 1)) <= Number(index);
};
