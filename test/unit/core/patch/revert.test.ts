import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { document } from '../../../../src/applications/document.ts';
import { revertSteps } from '../../../../src/client/undo/revert-steps.ts';
import { Tree } from '../../../../src/core/state/tree.ts';
import type { Json } from '../../../../src/protocol/json.ts';

/** What `revert` makes of `current`: the state, or the name of the problem. */
const revert = (current: Json, steps: unknown): Json => {
  const tree = new Tree(structuredClone(current));
  const context = { now: 0, seq: 1, client: 'c', user: 'u', role: 'writer', claims: {} } as const;
  try {
    document.changes.revert.apply(tree, steps as Json, context);
  } catch (error) {
    tree.rollback({ undo: 0, operations: 0, bytes: tree.bytes });
    expect(tree.root).toEqual(current);
    return (error as { problem: { name: string } }).problem.name;
  }
  const operations = tree.commit();
  // The patch that readers get must lead to the same state [S4].
  const reader = new Tree(structuredClone(current));
  document.changes.patch.apply(reader, JSON.parse(`[${operations.join()}]`), context);
  reader.commit();
  expect(reader.root).toEqual(tree.root);
  return tree.root;
};

/** The state after an undo, with what somebody else has done in between. */
const undone = (before: Json, mine: Json, current: Json): Json => revert(current, revertSteps(before, mine));

const shape = (id: string, x: number): Json => ({ id, x, y: 0 });
const cell = (source: string, output = ''): Json => ({ source, output });

describe('a revert', () => {
  it('[D13] leads from any state back to the one before, if nobody else has changed anything', () => {
    const leaf = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('a', 'b', null, true));
    const { state } = fc.letrec<{ state: Json }>((tie) => ({
      state: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('state'), { maxLength: 6 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'id', 'c/d~'), tie('state'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(state, state, (before, after) => {
        expect(undone(before, after, after)).toEqual(before);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<[string, { before: Json; mine: Json; current: Json; end: Json }]>([
    ['another member', { before: { a: 1, b: 1 }, mine: { a: 2, b: 1 }, current: { a: 2, b: 9 }, end: { a: 1, b: 9 } }],
    [
      'a third member of an object of which two were changed',
      {
        before: { s: { x: 0, y: 0, color: 'red' } },
        mine: { s: { x: 9, y: 9, color: 'red' } },
        current: { s: { x: 9, y: 9, color: 'blue', w: 1 } },
        end: { s: { x: 0, y: 0, color: 'blue', w: 1 } },
      },
    ],
    [
      'a third member of an element of which two were changed, after a move',
      {
        before: [{ id: 'a', x: 0, y: 0, c: 1 }],
        mine: [{ id: 'a', x: 9, y: 9, c: 1 }],
        current: [{ id: 'b' }, { id: 'a', x: 9, y: 9, c: 2 }],
        end: [{ id: 'b' }, { id: 'a', x: 0, y: 0, c: 2 }],
      },
    ],
    [
      'a sibling of a removed member',
      {
        before: { s: { a: 1, b: 1 } },
        mine: { s: { b: 1 } },
        current: { s: { b: 9, c: 1 } },
        end: { s: { a: 1, b: 9, c: 1 } },
      },
    ],
    [
      'an array, by inserting before',
      {
        before: [cell('a'), cell('b')],
        mine: [cell('a'), cell('B')],
        current: [cell('new'), cell('a'), cell('B')],
        end: [cell('new'), cell('a'), cell('b')],
      },
    ],
    [
      'another member of the same element',
      {
        before: [cell('a'), cell('b'), cell('c')],
        mine: [cell('a'), cell('B'), cell('c')],
        current: [cell('a'), cell('B', 'out'), cell('c')],
        end: [cell('a'), cell('b', 'out'), cell('c')],
      },
    ],
    [
      'another member of the same element, which has moved',
      {
        before: [cell('a'), cell('b'), cell('c')],
        mine: [cell('a'), cell('B'), cell('c')],
        current: [cell('0'), cell('a'), cell('B', 'out'), cell('c')],
        end: [cell('0'), cell('a'), cell('b', 'out'), cell('c')],
      },
    ],
    [
      'the order of elements with ids',
      {
        before: [shape('a', 1), shape('b', 1)],
        mine: [shape('a', 2), shape('b', 1)],
        current: [shape('b', 5), shape('a', 2)],
        end: [shape('b', 5), shape('a', 1)],
      },
    ],
    [
      'neighbors of a removed element',
      {
        before: ['a', 'b', 'c', 'd'],
        mine: ['a', 'c', 'd'],
        current: ['x', 'a', 'C', 'd'],
        end: ['x', 'a', 'b', 'C', 'd'],
      },
    ],
    [
      'elements between those that were added',
      { before: ['m'], mine: ['a', 'm', 'z'], current: ['a', 'm', 'n', 'z'], end: ['m', 'n'] },
    ],
    [
      'other words of a list of which two were removed',
      { before: [1, 2, 3, 4, 5, 6], mine: [1, 3, 4, 6], current: [1, 3, 9, 4, 6], end: [1, 2, 3, 9, 4, 5, 6] },
    ],
  ])('[D13] keeps what somebody else has changed: %s', (_name, { before, mine, current, end }) => {
    expect(undone(before, mine, current)).toEqual(end);
  });

  it.each<[string, { before: Json; mine: Json; current: Json }]>([
    ['the value', { before: { a: 1 }, mine: { a: 2 }, current: { a: 3 } }],
    ['the value, away', { before: { a: 1 }, mine: { a: 2 }, current: {} }],
    ['a removed member, there again', { before: { a: 1 }, mine: {}, current: { a: 1 } }],
    ['an added object, inside', { before: {}, mine: { a: { b: 1 } }, current: { a: { b: 1, c: 2 } } }],
    ['the object around it, away', { before: { o: { a: 1 } }, mine: { o: { a: 2 } }, current: {} }],
    ['the object around it, to another kind', { before: { o: { a: 1 } }, mine: { o: { a: 2 } }, current: { o: [2] } }],
    ['an element', { before: ['a', 'b'], mine: ['a', 'B'], current: ['a', 'x'] }],
    [
      'an added element',
      { before: [shape('a', 1)], mine: [shape('a', 1), shape('b', 1)], current: [shape('a', 1), shape('b', 2)] },
    ],
    ['an element with an id, away', { before: [shape('a', 1)], mine: [shape('a', 2)], current: [shape('b', 2)] }],
    [
      'a removed element with an id, there again',
      { before: [shape('a', 1), shape('b', 1)], mine: [shape('b', 1)], current: [shape('b', 1), shape('a', 7)] },
    ],
    [
      'all elements that could be the one',
      { before: [{ d: 0 }, { d: 0 }], mine: [{ d: 1 }, { d: 0 }], current: [{ d: 1 }, { d: 1 }, { d: 0 }] },
    ],
    ['everything', { before: 1, mine: 2, current: 3 }],
  ])('[D13] is rejected as a whole when somebody else has changed %s', (_name, { before, mine, current }) => {
    const steps = revertSteps({ doc: before, other: 1 }, { doc: mine, other: 2 });
    expect(revert({ doc: current, other: 2 }, steps)).toBe('change-failed');
  });

  it('[D13] is as large as the change, not as the state', () => {
    const store = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, i) => [`s${i}`, { id: `s${i}`, text: 'x'.repeat(200) }]),
    );
    const { s700: _, ...rest } = store;
    const list = Object.values(store);
    const cases: [Json, Json][] = [
      [{ store }, { store: rest }],
      [{ list }, { list: list.toSpliced(700, 1) }],
      [{ list }, { list: list.with(700, { id: 's700', text: 'y' }) }],
      [{ list }, { list: [{ id: 'new' }, ...list] }],
      [{ list }, { list: list.toSpliced(4_000, 1).toSpliced(3_500, 1) }],
    ];
    for (const [before, after] of cases) {
      const steps = revertSteps(before, after);
      expect(JSON.stringify(steps).length).toBeLessThan(1_000);
      expect(revert(after, steps)).toEqual(before);
    }
  });

  it.each<[string, Json]>([
    ['no list', {}],
    ['a number', [1]],
    ['no key', [{ at: [] }]],
    ['a bad index', [{ at: [], index: 1.5, now: [], was: [] }]],
    ['a negative index', [{ at: [{ index: -1, mark: '' }], key: 'a' }]],
    ['no elements', [{ at: [], index: 0, now: 1, was: [] }]],
    ['no mark', [{ at: [{ index: 0 }], key: 'a' }]],
  ])('[D13] rejects args that are none: %s', (_name, args) => {
    expect(revert({ a: 1 }, args)).toBe('invalid-args');
    expect(document.changes.revert.check(args)).toBeDefined();
  });

  it('[D13] [J7] cannot reach a prototype, and ends when the places are too far apart', () => {
    expect(revert({ a: 1 }, [{ at: [], key: '__proto__', was: {} }])).toBe('forbidden-key');
    expect(revert({ a: 1 }, [{ at: ['__proto__'], key: 'x', was: 1 }])).toBe('change-failed');
    const list = Array.from({ length: 20_000 }, (_, index) => index);
    const steps = Array.from({ length: 200 }, () => ({ at: [], index: 0, now: [-1], was: [] }));
    expect(revert(list, steps)).toBe('change-failed');
    const anchored = steps.map(() => ({ at: [], index: 0, now: [], was: [1], before: 'x', after: 'x' }));
    expect(revert(list, anchored)).toBe('too-much-work');
  });
});
