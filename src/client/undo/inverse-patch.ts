import { escapeToken } from '../../core/json/pointer.ts';
import type { Json } from '../../protocol/json.ts';
import { PATCH_OPERATIONS_MAX } from '../../protocol/limits.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import { pointerTokens, valueAtTokens } from '../state/immutable-patch.ts';
import type { ChangeEffect } from '../state/view.ts';
import type { Inverse } from './undo-history.ts';

/**
 * Takes back a change of a `document`: a JSON Patch that first tests that everything the change has left is still
 * there, and then puts back what was there before. If anybody has changed it since, the test fails and so does the undo.
 *
 * - What lies in an array is taken back with the whole array: an index names another element after somebody's insert.
 * - That a member is still absent cannot be tested by itself, so its parent must be as the change has left it.
 */
export const inversePatch: Inverse = (_change, effect) => {
  const places = outermost(effect.operations.map(({ path }) => placeOf(effect, path)));
  const steps = places.map((tokens) => stepBack(effect, tokens));
  const operations = [...steps.flatMap(({ test }) => test), ...steps.flatMap(({ restore }) => restore)];
  if (operations.length === 0 || operations.length > PATCH_OPERATIONS_MAX) return undefined;
  return { name: 'patch', args: operations as unknown as Json };
};

/** The pointer of an operation, cut before the first array on its way, before or after the change. */
const placeOf = ({ before, after }: ChangeEffect, path: string): readonly string[] => {
  const tokens = pointerTokens(path);
  const cut = tokens.findIndex((_, length) =>
    [before, after].some((root) => Array.isArray(valueAtTokens(root, tokens.slice(0, length)))),
  );
  return cut < 0 ? tokens : tokens.slice(0, cut);
};

/** Without those that lie inside another, and without repeats. */
const outermost = (places: readonly (readonly string[])[]): (readonly string[])[] => {
  const sorted = places.toSorted((a, b) => a.length - b.length);
  const kept: (readonly string[])[] = [];
  for (const place of sorted) if (!kept.some((other) => isWithin(place, other))) kept.push(place);
  return kept;
};

const isWithin = (place: readonly string[], other: readonly string[]): boolean =>
  other.every((token, index) => place[index] === token);

interface StepBack {
  readonly test: readonly PatchOperation[];
  readonly restore: readonly PatchOperation[];
}

const stepBack = ({ before, after }: ChangeEffect, tokens: readonly string[]): StepBack => {
  const [old, now] = [valueAtTokens(before, tokens), valueAtTokens(after, tokens)];
  const path = pointerOf(tokens);
  if (now !== undefined) {
    const test: PatchOperation[] = [{ op: 'test', path, value: now }];
    return { test, restore: [old === undefined ? { op: 'remove', path } : { op: 'replace', path, value: old }] };
  }
  // Made and removed by one change: nothing is left of it.
  if (old === undefined) return { test: [], restore: [] };
  const above = tokens.slice(0, -1);
  const parent = valueAtTokens(after, above);
  const test: PatchOperation[] = parent === undefined ? [] : [{ op: 'test', path: pointerOf(above), value: parent }];
  return { test, restore: [{ op: 'add', path, value: old }] };
};

const pointerOf = (tokens: readonly string[]): string => tokens.map((token) => `/${escapeToken(token)}`).join('');
