import fc from 'fast-check';
import spec from 'json-patch-test-suite/spec_tests.json' with { type: 'json' };
import suite from 'json-patch-test-suite/tests.json' with { type: 'json' };
import { applyPatch as applyByRfc6902 } from 'rfc6902';
import { describe, expect, it } from 'vitest';
import { document } from '../../../../src/applications/document.ts';
import { reduce } from '../../../../src/core/drain/reduce.ts';
import { valueAt } from '../../../../src/core/json/locate.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import type { PatchOperation } from '../../../../src/protocol/patch.ts';
import { formatPointer } from '../../../support/format-pointer.ts';
import { holds } from '../../../support/property.ts';
import { anyJson, anyState, clone, KEYS, replayed, sizeProblem, textOf, treeOf } from '../model.ts';

/** Applies a patch as the change `patch` of a document, and checks what must hold whatever comes of it. */
const patched = (state: unknown, patch: unknown) => {
  const tree = treeOf(state);
  const [before, bytes] = [textOf(tree), tree.bytes];
  const change = { seq: 1, client: 'c', n: 1, user: 'u', at: 0, name: 'patch', args: clone(patch) as Json };
  const result = reduce(tree, [change], { definition: document, epoch: 'e', version: 0, clock: () => 0 });
  expect(sizeProblem(tree)).toBeUndefined();
  if (result.kind === 'rejected') {
    expect([textOf(tree), tree.bytes]).toEqual([before, bytes]);
    return { refusal: result.problem, state: tree.root };
  }
  expect(textOf(replayed(before, result.operations))).toBe(textOf(tree));
  return { refusal: undefined, state: tree.root };
};

interface Case {
  readonly comment?: string;
  readonly doc?: unknown;
  readonly patch?: unknown;
  readonly expected?: unknown;
  readonly error?: string;
  readonly disabled?: boolean;
}

describe.each([
  ['tests.json', suite as Case[], { all: 78, disabled: 3, refused: 19 }],
  ['spec_tests.json', spec as Case[], { all: 17, disabled: 1, refused: 4 }],
])('the public JSON Patch tests, %s', (_, cases, counts) => {
  const enabled = cases.filter(({ disabled }) => disabled !== true);

  it('are as many as they were', () => {
    expect({
      all: cases.length,
      disabled: cases.length - enabled.length,
      refused: enabled.filter((each) => 'error' in each).length,
    }).toEqual(counts);
    expect(enabled.every((each) => 'doc' in each && 'patch' in each)).toBe(true);
  });

  it.each(enabled.map((each, index) => [each.comment ?? each.error ?? `number ${index}`, each] as const))(
    '[Q9] %s',
    (__, { doc, patch, expected, error }) => {
      const { refusal, state } = patched(doc, patch);
      if (error !== undefined) expect(refusal).toBeDefined();
      else {
        expect(refusal).toBeUndefined();
        expect(state).toEqual(expected ?? doc);
      }
    },
  );
});

describe('a patch that fails leaves everything as it was [D1]', () => {
  const STATE = { list: [1, 2, 3], object: { a: 1 }, text: 'x', nothing: null };
  const first = { op: 'add', path: '/first', value: [1] };

  it.each<readonly [string, string]>([
    ['add', '/list/4294967294'],
    ['add', '/list/4294967295'],
    ['add', '/list/99999999'],
    ['add', '/list/4'],
    ['add', '/list/-1'],
    ['add', '/list/01'],
    ['add', '/list/1e0'],
    ['add', '/list/1.0'],
    ['add', '/list/+1'],
    ['add', '/list/ 1'],
    ['add', '/list/'],
    ['add', '/list/0x1'],
    ['add', '/list/length'],
    ['add', '/list/push'],
    ['add', '/list/toString'],
    ['add', '/list/-/x'],
    ['add', '/object/nobody/x'],
    ['add', '/text/length'],
    ['add', '/text/0'],
    ['add', '/nothing/x'],
    ['add', '/toString/x'],
    ['replace', '/list/-'],
    ['replace', '/list/3'],
    ['replace', '/list/length'],
    ['replace', '/list/01'],
    ['replace', '/toString'],
    ['replace', '/object/hasOwnProperty'],
    ['replace', '/nobody'],
    ['replace', '/text/0'],
    ['remove', ''],
    ['remove', '/list/-'],
    ['remove', '/list/3'],
    ['remove', '/list/length'],
    ['remove', '/list/-0'],
    ['remove', '/toString'],
    ['remove', '/nobody'],
    ['test', '/list/length'],
    ['test', '/toString'],
    ['test', '/nobody'],
    ['test', '/list/-'],
    ['test', '/nothing/x'],
  ])('[D4] %s %s', (op, path) => {
    const { refusal } = patched(STATE, [first, { op, path, value: 3 }]);
    expect(refusal).toMatchObject({ name: 'change-failed', index: 1 });
  });

  it.each<readonly [string, unknown]>([
    ['a bad escape', { op: 'add', path: '/a~2', value: 1 }],
    ['a bare tilde', { op: 'add', path: '/a~', value: 1 }],
    ['no slash', { op: 'add', path: 'a', value: 1 }],
    ['an unknown op', { op: 'merge', path: '/a', value: 1 }],
    ['an inherited op', { op: 'toString', path: '/a', value: 1 }],
    ['no value', { op: 'add', path: '/a' }],
    ['no from', { op: 'move', path: '/a' }],
    ['a path that is no text', { op: 'add', path: ['a'], value: 1 }],
    ['a move into itself', { op: 'move', from: '/object', path: '/object/b' }],
    ['a move of everything', { op: 'move', from: '', path: '/b' }],
    ['no object', 'add'],
    ['null', null],
  ])('[J9] %s', (_, operation) => {
    expect(patched(STATE, [first, operation]).refusal).toMatchObject({ name: 'invalid-patch', index: 1 });
  });

  it.each(['/__proto__', '/object/__proto__/x', '/constructor/prototype', '/list/constructor'])('[J7] %s', (path) => {
    for (const op of ['add', 'replace', 'remove', 'test']) {
      expect(patched(STATE, [first, { op, path, value: 1 }]).refusal?.name).toBe('forbidden-key');
    }
    expect(patched(STATE, [first, { op: 'copy', from: path, path: '/x' }]).refusal?.name).toBe('forbidden-key');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it.each<readonly [string, PatchOperation]>([
    ['copy from nowhere', { op: 'copy', from: '/nobody', path: '/x' }],
    ['copy to nowhere', { op: 'copy', from: '/text', path: '/nobody/x' }],
    ['move from nowhere', { op: 'move', from: '/nobody', path: '/x' }],
    ['move from nowhere to itself', { op: 'move', from: '/nobody', path: '/nobody' }],
    ['move to nowhere', { op: 'move', from: '/text', path: '/nobody/x' }],
    ['move behind the end', { op: 'move', from: '/list/0', path: '/list/3' }],
    ['copy of a length', { op: 'copy', from: '/list/length', path: '/x' }],
  ])('[D4] %s', (_, operation) => {
    expect(patched(STATE, [first, operation]).refusal).toMatchObject({ name: 'change-failed', index: 1 });
  });

  it('[B1] 501 operations', () => {
    expect(patched(STATE, new Array(501).fill(first)).refusal?.name).toBe('too-large');
    expect(patched(STATE, new Array(500).fill(first)).refusal).toBeUndefined();
  });
});

describe('[D4] bombs end, and leave everything as it was', () => {
  const times = (count: number, make: (index: number) => PatchOperation) =>
    Array.from({ length: count }, (_, i) => make(i));

  it.each<readonly [string, unknown, PatchOperation[], string]>([
    [
      'copies of everything into itself',
      { a: 'x'.repeat(1000) },
      times(500, (i) => ({ op: 'copy', from: '', path: `/k${i}` })),
      'state-too-large',
    ],
    [
      'copies that double without growing in depth',
      { a: 'x'.repeat(100_000) },
      times(500, (i) => ({ op: 'copy', from: '/a', path: `/k${i}` })),
      'state-too-large',
    ],
    [
      'copies one level deeper each time, beside what is there',
      { a: [1] },
      times(500, () => ({ op: 'copy', from: '/a', path: '/a/0' })),
      'state-too-large',
    ],
    [
      'copies one level deeper each time, in place of what is there',
      { a: { b: 1 } },
      times(500, () => ({ op: 'copy', from: '/a', path: '/a/b' })),
      'too-deep',
    ],
    [
      'copies over one another',
      { a: ['x'.repeat(1_000_000)] },
      times(500, () => ({ op: 'copy', from: '/a', path: '/b' })),
      'too-much-work',
    ],
    [
      'moves of much back and forth',
      { a: ['x'.repeat(1_000_000)] },
      times(500, (i) =>
        i % 2 === 0 ? { op: 'move', from: '/a', path: '/b' } : { op: 'move', from: '/b', path: '/a' },
      ),
      'too-much-work',
    ],
  ])('%s', (_, state, patch, name) => {
    expect(patched(state, patch).refusal?.name).toBe(name);
  });

  it('moves of much to where it is do nothing', () => {
    const state = { a: ['x'.repeat(5_000_000)] };
    expect(
      patched(
        state,
        times(500, () => ({ op: 'move', from: '/a', path: '/a' })),
      ).refusal,
    ).toBeUndefined();
  });
});

describe('single operations', () => {
  it.each<readonly [string, unknown, unknown[], unknown]>([
    ['add replaces the whole state', { a: 1 }, [{ op: 'add', path: '', value: [1] }], [1]],
    ['replace replaces the whole state', [1], [{ op: 'replace', path: '', value: null }], null],
    ['a copy of the state into itself', { a: 1 }, [{ op: 'copy', from: '', path: '/b' }], { a: 1, b: { a: 1 } }],
    ['a part becomes the whole', { a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '' }], { b: 1 }],
    ['a part is moved to be the whole', { a: { b: 1 }, c: 1 }, [{ op: 'move', from: '/a', path: '' }], { b: 1 }],
    ['the whole stays the whole', { a: 1 }, [{ op: 'move', from: '', path: '' }], { a: 1 }],
    [
      'test of the whole',
      { a: [1, { b: 2, c: 3 }] },
      [{ op: 'test', path: '', value: { a: [1, { c: 3, b: 2 }] } }],
      { a: [1, { b: 2, c: 3 }] },
    ],
    ['-0 equals 0', { a: 0 }, [{ op: 'test', path: '/a', value: -0 }], { a: 0 }],
    ['a move within an array counts without the moved', [1, 2, 3], [{ op: 'move', from: '/0', path: '/2' }], [2, 3, 1]],
    ['a move to the end', [1, 2, 3], [{ op: 'move', from: '/0', path: '/-' }], [2, 3, 1]],
    [
      'members that an operation has removed are not copied',
      { a: { b: 1, c: 2 } },
      [
        { op: 'remove', path: '/a/b' },
        { op: 'copy', from: '/a', path: '/d' },
      ],
      { a: { c: 2 }, d: { c: 2 } },
    ],
    [
      'nor compared',
      { a: { b: 1, c: 2 } },
      [
        { op: 'remove', path: '/a/b' },
        { op: 'test', path: '/a', value: { c: 2 } },
      ],
      { a: { c: 2 } },
    ],
    [
      'nor walked',
      { a: { b: { c: 1 } } },
      [
        { op: 'remove', path: '/a/b' },
        { op: 'add', path: '/a/b', value: {} },
        { op: 'add', path: '/a/b/d', value: 1 },
      ],
      { a: { b: { d: 1 } } },
    ],
    [
      'keys with escapes',
      { 'a/b': { 'm~n': 1 } },
      [{ op: 'replace', path: '/a~1b/m~0n', value: 2 }],
      { 'a/b': { 'm~n': 2 } },
    ],
    [
      'keys like indices',
      { list: { 0: 'a', '-': 'b' } },
      [
        { op: 'remove', path: '/list/-' },
        { op: 'add', path: '/list/01', value: 1 },
      ],
      { list: { 0: 'a', '01': 1 } },
    ],
    ['the empty key', { '': { '': 1 } }, [{ op: 'replace', path: '//', value: 2 }], { '': { '': 2 } }],
  ])('[Q9] %s', (_, state, patch, expected) => {
    const result = patched(state, patch);
    expect(result.refusal).toBeUndefined();
    expect(result.state).toEqual(expected);
  });

  it.each<readonly [string, unknown, unknown]>([
    ['a number and its text', 10, '10'],
    ['null and nothing', null, false],
    ['an array and an object', [], {}],
    ['an object and an array', { 0: 1 }, [1]],
    ['a longer array', [1], [1, 2]],
    ['another order', [1, 2], [2, 1]],
    ['a member more', { a: 1 }, { a: 1, b: 2 }],
    ['a member less', { a: 1, b: 2 }, { a: 1 }],
    ['another member', { a: 1 }, { toString: 1 }],
    ['a deep difference', { a: [{ b: null }] }, { a: [{ b: 0 }] }],
  ])('test distinguishes %s', (_, present, value) => {
    expect(patched({ x: present }, [{ op: 'test', path: '/x', value }]).refusal?.name).toBe('change-failed');
    expect(patched({ x: value }, [{ op: 'test', path: '/x', value: present }]).refusal?.name).toBe('change-failed');
    expect(patched({ x: value }, [{ op: 'test', path: '/x', value }]).refusal).toBeUndefined();
  });
});

describe('valueAt', () => {
  it.each<readonly [string, unknown]>([
    ['', { a: [{ b: 1 }] }],
    ['/a', [{ b: 1 }]],
    ['/a/0/b', 1],
    ['/a/1', undefined],
    ['/a/-', undefined],
    ['/a/0/b/c', undefined],
    ['/toString', undefined],
    ['no pointer', undefined],
  ])('[S9] %j', (pointer, expected) => {
    expect(valueAt({ a: [{ b: 1 }] }, pointer)).toEqual(expected);
  });
});

describe('a patch by two implementations', () => {
  // The cases that RFC 6902 decides and that rfc6902 5.4 follows: below the root, canonical indices only,
  // no move of a value into itself or of its own target, and no key that objects inherit (it would remove that).
  const keys = KEYS.filter((key) => !(key in {}));
  const withoutToString = (values: fc.Arbitrary<Json>): fc.Arbitrary<Json> =>
    values.map((value) => JSON.parse(JSON.stringify(value).replaceAll('"toString"', '"string"')) as Json);

  const anyOperation = fc.record({
    op: fc.constantFrom('add', 'replace', 'remove', 'test', 'move', 'copy'),
    picks: fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)),
    key: fc.constantFrom(...keys),
    value: withoutToString(anyJson),
  });

  const placesIn = (state: unknown): string[][] => {
    if (typeof state !== 'object' || state === null) return [[]];
    return [[], ...Object.entries(state).flatMap(([key, each]) => placesIn(each).map((rest) => [key, ...rest]))];
  };

  const pick = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;

  /** A place that is there, or one where something can be added. */
  const pathIn = (state: Json, op: string, n: number, key: string): string => {
    const places = placesIn(state).slice(1);
    const containers = placesIn(state).filter((place) => typeof valueAt(state, formatPointer(place)) === 'object');
    if ((op !== 'add' && n % 8 !== 0 && places.length > 0) || containers.length === 0) {
      return formatPointer(pick(places, n) ?? [key]);
    }
    const parent = pick(containers, n);
    const value = valueAt(state, formatPointer(parent));
    return formatPointer([...parent, Array.isArray(value) ? String(n % (value.length + 1)) : key]);
  };

  /** Taking an element out of an array moves those behind it; rfc6902 looks up the target before that. */
  const movesItsOwnTarget = (state: Json, from: string, path: string): boolean => {
    const above = from.slice(0, from.lastIndexOf('/'));
    const array = valueAt(state, above);
    if (!Array.isArray(array) || !path.startsWith(`${above}/`)) return false;
    return path.slice(above.length + 1).includes('/') || path === `${above}/${array.length}`;
  };

  const operationOn = (
    state: Json,
    {
      op,
      picks: [n, m],
      key,
      value,
    }: { op: string; picks: readonly [number, number, number]; key: string; value: Json },
  ): PatchOperation | undefined => {
    const path = pathIn(state, op === 'move' || op === 'copy' ? 'add' : op, n, key);
    switch (op) {
      case 'remove':
        return { op, path };
      case 'move':
      case 'copy': {
        const from = pathIn(state, 'remove', m, key);
        const isClear =
          from !== '' && !path.startsWith(from) && !(op === 'move' && movesItsOwnTarget(state, from, path));
        return isClear ? { op, from, path } : undefined;
      }
      case 'test':
        return { op, path, value: n % 3 === 0 ? value : clone(valueAt(state, path) ?? value) };
      default:
        return { op: op as 'add', path, value };
    }
  };

  it('[Q9] [S4] leads to the same state, or is refused by both', () => {
    const seen = { applied: 0, refused: 0, operations: 0 };
    holds(
      fc.property(
        withoutToString(anyState),
        fc.array(anyOperation, { minLength: 1, maxLength: 12 }),
        (state, wanted) => {
          const theirs = { state: clone(state) };
          const patch: PatchOperation[] = [];
          let failed = false;
          for (const each of wanted) {
            const operation = typeof theirs.state === 'object' ? operationOn(theirs.state, each) : undefined;
            if (operation === undefined || failed) continue;
            patch.push(operation);
            const below = { ...operation, path: `/state${operation.path}` };
            if ('from' in operation) Object.assign(below, { from: `/state${operation.from}` });
            failed = applyByRfc6902(theirs, [clone(below)] as never).some((error) => error !== null);
          }
          const ours = patched(state, patch);
          seen.operations += patch.length;
          seen[failed ? 'refused' : 'applied'] += 1;
          if (failed) expect(ours.refusal).toMatchObject({ name: 'change-failed', index: patch.length - 1 });
          else {
            expect(ours.refusal).toBeUndefined();
            expect(ours.state).toEqual(theirs.state);
          }
        },
      ),
    );
    expect(seen.applied).toBeGreaterThan(100);
    expect(seen.refused).toBeGreaterThan(100);
    expect(seen.operations).toBeGreaterThan(2_000);
  });
});
