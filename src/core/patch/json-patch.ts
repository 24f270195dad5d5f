import type { Json, JsonObject } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import { JsonFragment } from '../json/json-fragment.ts';
import { locate, valueAt } from '../json/locate.ts';
import { member } from '../json/members.ts';
import { arrayIndex, insertIndex } from '../json/pointer.ts';
import { throwProblem } from '../json/problem-error.ts';
import type { Tree } from '../state/tree.ts';

/**
 * Applies a patch (RFC 6902) whose syntax was checked.
 *
 * @throws ProblemError at the first operation that fails: the change is rejected as a whole [D4]
 */
export const applyPatch = (tree: Tree, operations: readonly PatchOperation[]): void => {
  operations.forEach((operation, index) => {
    const issue = applyOperation(tree, operation);
    if (issue !== undefined)
      throwProblem('change-failed', `Operation ${index} (${operation.op}): ${issue}.`, { index });
  });
};

/** @returns why the operation cannot be applied; `undefined` when it was */
const applyOperation = (tree: Tree, operation: PatchOperation): string | undefined => {
  switch (operation.op) {
    case 'add':
      return add(tree, operation.path, operation.value);
    case 'replace':
      return replace(tree, operation.path, operation.value);
    case 'remove':
      return remove(tree, operation.path);
    case 'test':
      return test(tree, operation.path, operation.value);
    case 'copy':
      return copy(tree, operation.from, operation.path);
    case 'move':
      return move(tree, operation.from, operation.path);
    default:
      return operation satisfies never;
  }
};

const NO_TARGET = 'the path leads nowhere';

const add = (tree: Tree, path: string, value: Json | JsonFragment): string | undefined => {
  const target = locate(tree.root, path);
  switch (target.kind) {
    case 'root':
      tree.replaceRoot(value);
      return undefined;
    case 'member':
      tree.set(target.parent, target.key, value, path);
      return undefined;
    case 'element': {
      const index = insertIndex(target.token, target.parent.length);
      if (index === undefined) return 'the array has no such place';
      tree.splice(target.parent, index, 0, [value], target.array);
      return undefined;
    }
    case 'nowhere':
      return NO_TARGET;
  }
};

const replace = (tree: Tree, path: string, value: Json | JsonFragment): string | undefined => {
  const target = locate(tree.root, path);
  if (target.kind === 'element') {
    const index = arrayIndex(target.token, target.parent.length);
    if (index === undefined) return NO_TARGET;
    tree.setElement(target.parent, index, value, target.array);
    return undefined;
  }
  if (target.kind === 'member' && member(target.parent, target.key) === undefined) return NO_TARGET;
  return add(tree, path, value);
};

const remove = (tree: Tree, path: string): string | undefined => {
  const target = locate(tree.root, path);
  switch (target.kind) {
    case 'root':
      return 'the whole state cannot be removed';
    case 'member':
      if (member(target.parent, target.key) === undefined) return NO_TARGET;
      tree.unset(target.parent, target.key, path);
      return undefined;
    case 'element': {
      const index = arrayIndex(target.token, target.parent.length);
      if (index === undefined) return NO_TARGET;
      tree.splice(target.parent, index, 1, [], target.array);
      return undefined;
    }
    case 'nowhere':
      return NO_TARGET;
  }
};

const test = (tree: Tree, path: string, value: Json): string | undefined => {
  const current = valueAt(tree.root, path);
  if (current === undefined) return NO_TARGET;
  return isEqual(tree, current, value) ? undefined : 'the value is another';
};

const copy = (tree: Tree, from: string, path: string): string | undefined => {
  const value = fragmentAt(tree, from);
  return value === undefined ? NO_TARGET : add(tree, path, value);
};

/** Moving a value to its own path does nothing, and copies nothing. */
const move = (tree: Tree, from: string, path: string): string | undefined => {
  if (from === path) return valueAt(tree.root, from) === undefined ? NO_TARGET : undefined;
  const value = fragmentAt(tree, from);
  return value === undefined ? NO_TARGET : (remove(tree, from) ?? add(tree, path, value));
};

/** A copy as text: it leaves out members that this same change has removed. */
const fragmentAt = (tree: Tree, from: string): JsonFragment | undefined => {
  const value = valueAt(tree.root, from);
  if (value === undefined) return undefined;
  const fragment = new JsonFragment(value);
  tree.spendMeasuring(fragment.text.length);
  return fragment;
};

/**
 * Equality by RFC 6902, section 4.6: members in any order, numbers by value. Its work follows the size of the expected
 * value, except for counting the members of objects, which is charged.
 */
const isEqual = (tree: Tree, actual: Json, expected: Json): boolean => {
  if (actual === expected) return true;
  if (typeof actual !== 'object' || typeof expected !== 'object' || actual === null || expected === null) return false;
  if (Array.isArray(actual) || Array.isArray(expected)) {
    if (!Array.isArray(actual) || !Array.isArray(expected) || actual.length !== expected.length) return false;
    return expected.every((each, index) => isEqual(tree, actual[index] as Json, each));
  }
  const keys = Object.keys(expected);
  return keys.every((key) => hasEqualMember(tree, actual, expected, key)) && hasMembers(tree, actual, keys.length);
};

const hasEqualMember = (tree: Tree, actual: JsonObject, expected: JsonObject, key: string): boolean => {
  const [left, right] = [member(actual, key), member(expected, key)];
  return left !== undefined && right !== undefined && isEqual(tree, left, right);
};

/** Whether an object has exactly so many members. Stops at the first one too many. */
const hasMembers = (tree: Tree, object: JsonObject, count: number): boolean => {
  const keys = Object.keys(object);
  tree.spendVisits(keys.length);
  let found = 0;
  for (const key of keys) {
    if (member(object, key) === undefined) continue;
    found += 1;
    if (found > count) return false;
  }
  return found === count;
};
