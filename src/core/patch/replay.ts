import type { Json } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import { locate, type Target } from '../json/locate.ts';
import { arrayIndex, insertIndex } from '../json/pointer.ts';

/**
 * Applies operations that a tree has recorded: `add`, `replace` and `remove`, of checked values, in order. Changes the
 * plain state in place, without the undo log, the patch and the size that a change needs. Values are not copied: pass
 * operations that were just parsed.
 *
 * @returns the state; not `root` when the whole state was replaced
 * @throws Error when an operation does not fit the state: the history belongs to another state
 */
export const replay = (root: Json, operations: readonly PatchOperation[]): Json => {
  let state = root;
  for (const operation of operations) {
    const target = locate(state, operation.path);
    if (target.kind === 'root' && operation.op === 'replace') state = operation.value;
    else if (!replayAt(target, operation)) throw new Error(`history does not fit the state: ${operation.op}`);
  }
  return state;
};

/** @returns whether the operation fits the state */
const replayAt = (target: Target, operation: PatchOperation): boolean => {
  switch (target.kind) {
    case 'member':
      return replayMember(target, operation);
    case 'element':
      return replayElement(target, operation);
    case 'root':
    case 'nowhere':
      return false;
  }
};

const replayMember = ({ parent, key }: Target & { kind: 'member' }, operation: PatchOperation): boolean => {
  const existed = Object.hasOwn(parent, key);
  if (operation.op === 'remove') delete parent[key];
  else if (operation.op === 'add' || operation.op === 'replace') parent[key] = operation.value;
  else return false;
  return existed !== (operation.op === 'add');
};

const replayElement = ({ parent, token }: Target & { kind: 'element' }, operation: PatchOperation): boolean => {
  const { op } = operation;
  const index = op === 'add' ? insertIndex(token, parent.length) : arrayIndex(token, parent.length);
  if (index === undefined) return false;
  if (op === 'remove') parent.splice(index, 1);
  else if (op === 'add') parent.splice(index, 0, operation.value);
  else if (op === 'replace') parent[index] = operation.value;
  else return false;
  return true;
};
