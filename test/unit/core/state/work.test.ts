import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../../../src/core/json/problem-error.ts';
import { applyPatch } from '../../../../src/core/patch/json-patch.ts';
import type { Tree } from '../../../../src/core/state/tree.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import type { PatchOperation } from '../../../../src/protocol/patch.ts';
import { type Loose, openDraft, textOf, treeOf } from '../model.ts';

const problemOf = (write: () => void): string | undefined => {
  try {
    write();
  } catch (error) {
    return error instanceof ProblemError ? error.problem.name : String(error);
  }
  return undefined;
};

const times = (count: number, operation: PatchOperation): PatchOperation[] =>
  Array.from({ length: count }, () => operation);

const patched = (tree: Tree, operations: readonly PatchOperation[]): string | undefined => {
  const [start, before] = [tree.mark(), textOf(tree)];
  const problem = problemOf(() => applyPatch(tree, operations));
  if (problem !== undefined) {
    tree.rollback(start);
    expect(textOf(tree)).toBe(before);
  }
  return problem;
};

const members = (count: number): Record<string, Json> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));

/** Each takes some bytes, and visits, prints or moves most of the state with each of its operations. */
const PATCHES: readonly (readonly [string, Json, PatchOperation[]])[] = [
  [
    'insertions before many elements',
    { list: Array(1_200_000).fill(0) },
    times(500, { op: 'add', path: '/list/0', value: 0 }),
  ],
  ['removals before many elements', { list: Array(1_200_000).fill(0) }, times(500, { op: 'remove', path: '/list/0' })],
  [
    'moves of much',
    { a: 'x'.repeat(4_000_000) },
    Array.from({ length: 10 }, (_, i) => ({ op: 'move', from: i % 2 ? '/b' : '/a', path: i % 2 ? '/a' : '/b' })),
  ],
];

describe('[D4] work that a few bytes can ask for', () => {
  it.each(PATCHES)('is charged: %s', (_, state, operations) => {
    expect(patched(treeOf(state), operations)).toBe('too-much-work');
  });

  it('is charged for a test that holds, where all members have to be counted', () => {
    const state = { big: members(50_000) };
    const same: PatchOperation = { op: 'test', path: '/big', value: members(50_000) };
    expect(patched(treeOf(state), [same])).toBeUndefined();
    expect(patched(treeOf(state), times(100, same))).toBe('too-much-work');
  });

  it.each<readonly [string, (draft: Loose) => void]>([
    ['listing keys', (draft) => Object.keys(draft.big)],
    ['listing values', (draft) => Object.values(draft.list)],
    ['sorting what is sorted', (draft) => draft.list.sort()],
    ['shifting', (draft) => draft.list.push(draft.list.shift())],
  ])('ends an endless loop of %s', (_, step) => {
    const tree = treeOf({ big: members(10_000), list: Array(10_000).fill(0) });
    const draft = openDraft(tree);
    const problem = problemOf(() => {
      for (let turn = 0; turn < 1_000_000; turn += 1) step(draft);
    });
    expect(problem).toBe('too-much-work');
  });

  it('leaves room for ordinary changes of a large state', () => {
    const items = Object.fromEntries(
      Array.from({ length: 100_000 }, (_, i) => [`id${i}`, { text: `item ${i}`, done: i % 2 === 0 }]),
    );
    const tree = treeOf({ items, list: Array.from({ length: 100_000 }, (_, i) => i) });
    const draft = openDraft(tree);
    for (const [id, { done }] of Object.entries(draft.items as Record<string, { done: boolean }>).slice(0, 20_000))
      if (done) delete draft.items[id];
    for (let i = 0; i < 1_000; i += 1) draft.list.push(draft.list.shift());
    draft.list.reverse();
    expect(tree.commit().length).toBe(12_001);
    expect(
      patched(tree, [
        { op: 'remove', path: '/items' },
        { op: 'add', path: '/items', value: {} },
      ]),
    ).toBeUndefined();
  });
});
