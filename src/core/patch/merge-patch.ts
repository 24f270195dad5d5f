import type { Json, JsonObject } from '../../protocol/json.ts';
import { member } from '../json/members.ts';
import { escapeToken } from '../json/pointer.ts';
import type { Tree } from '../state/tree.ts';

/** Applies a JSON Merge Patch (RFC 7396): null removes, objects merge, everything else replaces. */
export const applyMergePatch = (tree: Tree, patch: Json): void => {
  if (!isObject(patch)) tree.replaceRoot(patch);
  else if (isObject(tree.root)) merge(tree, tree.root, patch, '');
  else tree.replaceRoot(withoutNulls(patch));
};

const merge = (tree: Tree, target: JsonObject, patch: JsonObject, pointer: string): void => {
  for (const [key, value] of Object.entries(patch)) {
    const path = `${pointer}/${escapeToken(key)}`;
    const current = member(target, key);
    if (value === null) tree.unset(target, key, path);
    else if (isObject(value) && isObject(current)) merge(tree, current, value, path);
    else if (current === undefined || current !== value) tree.set(target, key, withoutNulls(value), path);
  }
};

/** The value of a member that does not exist yet: its nulls have nothing to remove. */
const withoutNulls = (value: Json): Json => {
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutNulls(each)]));
};

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
