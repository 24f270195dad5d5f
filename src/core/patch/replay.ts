import type { Json } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import { locate, type Target } from '../json/locate.ts';
import { arrayIndex, insertIndex } from '../json/pointer.ts';

/**
 * Does once more what a tree has recorded: `add`, `replace` and `remove`, of checked values, in their order. Works on
 * the plain state, without the way back, the new patch and the weighing that a change needs, and takes values as they
 * are: call it with what has just been parsed.
 *
 * @returns the state: another value than `root` when the whole was replaced
 * @throws Error when it does not fit: history and state are not of one kind
 */
export const replay = (root: Json, operations: readonly PatchOperation[]): Json => {
  let state = root;
  for (const operation of operations) {
    const target = locate(state, operation.path);
    if (target.kind === 'root' && operation.op === 'replace') state = operation.value;
    else if (!isDone(target, operation)) throw new Error(`history does not fit the state: ${operation.op}`);
  }
  return state;
};

const isDone = (target: Target, operation: PatchOperation): boolean => {
  switch (target.kind) {
    case 'member':
      return isMemberDone(target, operation);
    case 'element':
      return isElementDone(target, operation);
    case 'root':
    case 'nowhere':
      return false;
  }
};

const isMemberDone = ({ parent, key }: Target & { kind: 'member' }, operation: PatchOperation): boolean => {
  const isThere = Object.hasOwn(parent, key);
  if (operation.op === 'remove') delete parent[key];
  else if (operation.op === 'add' || operation.op === 'replace') parent[key] = operation.value;
  else return false;
  return isThere !== (operation.op === 'add');
};

const isElementDone = ({ parent, token }: Target & { kind: 'element' }, operation: PatchOperation): boolean => {
  const { op } = operation;
  const index = op === 'add' ? insertIndex(token, parent.length) : arrayIndex(token, parent.length);
  if (index === undefined) return false;
  if (op === 'remove') parent.splice(index, 1);
  else if (op === 'add') parent.splice(index, 0, operation.value);
  else if (op === 'replace') parent[index] = operation.value;
  else return false;
  return true;
};
