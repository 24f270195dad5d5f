import fc from 'fast-check';
import { utf8Length } from '../../../src/core/json/utf8.ts';
import { applyPatch } from '../../../src/core/patch/json-patch.ts';
import { draftOf } from '../../../src/core/state/draft.ts';
import { Tree } from '../../../src/core/state/tree.ts';
import type { Json } from '../../../src/protocol/json.ts';
import type { PatchOperation } from '../../../src/protocol/patch.ts';

/** The type of a draft in a reducer written in plain JavaScript. */
export type Loose = any;

export const clone = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

export const treeOf = (state: unknown): Tree => new Tree(clone(state) as Json);

export const openDraft = (tree: Tree): Loose => draftOf(tree);

export const textOf = (tree: Tree): string => JSON.stringify(tree.root);

export const operationsIn = (patch: readonly string[]): PatchOperation[] => JSON.parse(`[${patch}]`);

/** Applies a recorded patch as a recovering server does: each operation is committed by itself. */
export const replayed = (state: string, patch: readonly string[]): Tree => {
  const tree = new Tree(JSON.parse(state) as Json);
  for (const operation of operationsIn(patch)) {
    applyPatch(tree, [operation]);
    tree.commit();
  }
  return tree;
};

/** The size is exact: that of a new tree over the same state, and never less than its UTF-8 bytes. */
export const sizeProblem = (tree: Tree): string | undefined => {
  const text = textOf(tree);
  const fresh = new Tree(JSON.parse(text) as Json).bytes;
  if (tree.bytes !== fresh) return `it says ${tree.bytes}, a fresh tree ${fresh}`;
  return fresh < utf8Length(text) ? `${fresh} is less than its bytes` : undefined;
};

/** Keys that engines sort (indices), that need escapes, that every object inherits, or that are empty. */
export const KEYS = ['a', 'b', 'c', '10', '2', '', 'a/b', 'm~n', '~1', 'toString', 'length', '-', '0', 'é', '😀'];

const leaf = fc.oneof(
  fc.integer({ min: -3, max: 30 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.constantFrom(null, true, false, -0, '', '€', '"\\'),
);

const { value, object, array } = fc.letrec<{ value: unknown; object: Record<string, unknown>; array: unknown[] }>(
  (tie) => ({
    value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('object'), tie('array')),
    object: fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 5, noNullPrototype: true }),
    array: fc.array(tie('value'), { maxLength: 5 }),
  }),
);

/** JSON values, as they come out of a parser. */
export const anyJson: fc.Arbitrary<Json> = value.map(clone) as fc.Arbitrary<Json>;
/** The same, mostly containers. */
export const anyState: fc.Arbitrary<Json> = fc
  .oneof({ weight: 6, arbitrary: object }, { weight: 3, arbitrary: array }, { weight: 1, arbitrary: value })
  .map(clone) as fc.Arbitrary<Json>;
