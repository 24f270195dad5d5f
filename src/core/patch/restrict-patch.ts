import type { Json } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import { valueAt } from '../json/locate.ts';

/** What a patch of the whole means for the part at a pointer. */
export type RestrictedPatch =
  | { readonly kind: 'untouched' }
  /** Operations relative to the part. */
  | { readonly kind: 'patch'; readonly operations: readonly PatchOperation[] }
  /** The part as such may be another one now, or none. */
  | { readonly kind: 'replaced' };

/**
 * Takes out of a patch what concerns the part at `path`: a reader that follows it is told nothing of the rest.
 *
 * @param root the state after the patch
 * @param operations as the tree writes them: add, replace and remove only
 * @param path a JSON Pointer, not that of the whole
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

/** An element that comes or goes before the part, in an array above it, moves the part to another pointer. */
const hasShifted = (root: Json, { op, path: pointer }: PatchOperation, path: string): boolean => {
  if (op === 'replace') return false;
  const above = pointer.slice(0, pointer.lastIndexOf('/'));
  if (!path.startsWith(`${above}/`) || !Array.isArray(valueAt(root, above))) return false;
  const [index = ''] = path.slice(above.length + 1).split('/');
  return Number(pointer.slice(above.length + 1)) <= Number(index);
};
