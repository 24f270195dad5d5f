import { escapeToken } from '../../core/json/pointer.ts';
import type { Json } from '../../protocol/json.ts';
import { PATCH_OPERATIONS_MAX } from '../../protocol/limits.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import { pointerTokens, valueAtTokens } from '../state/immutable-patch.ts';
import type { ChangeEffect } from '../state/view.ts';
import type { Inverse } from './undo-history.ts';

/**
 * Undoes a change of a `document` by a JSON Patch: it first tests that the values are still those that the change has
 * left, and then restores those from before. If anybody has changed one since, the test fails and so does the undo.
 *
 * - For a change inside an array the whole array is restored: after an insert by somebody else an index names another
 *   element.
 * - That a member is still absent cannot be tested by itself, so its parent is tested.
 */
export const inversePatch: Inverse = (_change, effect) => {
  const pointers = outermost(effect.operations.map(({ path }) => cutAtArray(effect, path)));
  const parts = pointers.map((tokens) => restoreAt(effect, tokens));
  const operations = [...parts.flatMap(({ test }) => test), ...parts.flatMap(({ restore }) => restore)];
  if (operations.length === 0 || operations.length > PATCH_OPERATIONS_MAX) return undefined;
  return { name: 'patch', args: operations as unknown as Json };
};

/** The pointer of an operation, ending at the first array on its way, as it was before or is after the change. */
const cutAtArray = ({ before, after }: ChangeEffect, path: string): readonly string[] => {
  const tokens = pointerTokens(path);
  const cut = tokens.findIndex((_, length) =>
    [before, after].some((root) => Array.isArray(valueAtTokens(root, tokens.slice(0, length)))),
  );
  return cut < 0 ? tokens : tokens.slice(0, cut);
};

/** The pointers that lie inside no other one, each once. */
const outermost = (pointers: readonly (readonly string[])[]): (readonly string[])[] => {
  const result: (readonly string[])[] = [];
  for (const pointer of pointers.toSorted((a, b) => a.length - b.length)) {
    if (!result.some((outer) => isWithin(pointer, outer))) result.push(pointer);
  }
  return result;
};

const isWithin = (pointer: readonly string[], outer: readonly string[]): boolean =>
  outer.every((token, index) => pointer[index] === token);

/** The operations that restore the value at one pointer. */
interface Restoration {
  readonly test: readonly PatchOperation[];
  readonly restore: readonly PatchOperation[];
}

const restoreAt = ({ before, after }: ChangeEffect, tokens: readonly string[]): Restoration => {
  const [old, now] = [valueAtTokens(before, tokens), valueAtTokens(after, tokens)];
  const path = pointerOf(tokens);
  if (now !== undefined) {
    const test: PatchOperation[] = [{ op: 'test', path, value: now }];
    return { test, restore: [old === undefined ? { op: 'remove', path } : { op: 'replace', path, value: old }] };
  }
  // The change has added and removed it: nothing has to be restored.
  if (old === undefined) return { test: [], restore: [] };
  const parentTokens = tokens.slice(0, -1);
  const parent = valueAtTokens(after, parentTokens);
  const test: PatchOperation[] =
    parent === undefined ? [] : [{ op: 'test', path: pointerOf(parentTokens), value: parent }];
  return { test, restore: [{ op: 'add', path, value: old }] };
};

const pointerOf = (tokens: readonly string[]): string => tokens.map((token) => `/${escapeToken(token)}`).join('');
