import { describe, expect, it } from 'vitest';
import type { ProblemError } from '../../../../src/core/json/problem-error.ts';
import { type Loose, openDraft, replayed, textOf, treeOf } from '../model.ts';

const STATE = {
  name: 'a',
  count: 0,
  list: [{ id: 1 }, { id: 2 }, { id: 3 }],
  nested: { deep: { deeper: [1, 2] } },
  'odd/key~': { n: 1 },
};

/** Does something to a draft of the state; answers the tree and what was thrown. */
const attempt = (reducer: (state: Loose) => void, state: unknown = STATE) => {
  const tree = treeOf(state);
  const start = tree.mark();
  const before = textOf(tree);
  let thrown: unknown;
  try {
    reducer(openDraft(tree));
  } catch (error) {
    thrown = error;
  }
  return { tree, start, before, thrown, problem: (thrown as ProblemError | undefined)?.problem?.name };
};

/** The patch of a change that goes well, and the state it leads to. */
const changed = (reducer: (state: Loose) => void, state: unknown = STATE) => {
  const { tree, before, thrown } = attempt(reducer, state);
  expect(thrown).toBeUndefined();
  const patch = tree.commit();
  expect(textOf(replayed(before, patch))).toBe(textOf(tree));
  return { patch, root: tree.root as Loose };
};

/** As a variable: the linter takes the literal for a mistake. */
const PROTO: string = '__proto__';

class Point {
  x = 1;
}

const cycle = (): unknown => {
  const self: { self?: unknown } = {};
  self.self = self;
  return self;
};

const levels = (count: number): unknown => JSON.parse('['.repeat(count) + ']'.repeat(count));

const withGetter = (): unknown =>
  Object.defineProperty({}, 'now', {
    enumerable: true,
    get: () => {
      throw new Error('a getter ran');
    },
  });

const NOT_JSON: readonly (readonly [string, () => unknown, string])[] = [
  ['NaN', () => Number.NaN, 'number-range'],
  ['Infinity', () => Number.POSITIVE_INFINITY, 'number-range'],
  ['a function', () => () => 1, 'not-json'],
  ['a symbol', () => Symbol('s'), 'not-json'],
  ['a BigInt', () => 1n, 'not-json'],
  ['a Date', () => new Date(0), 'not-json'],
  ['a Map', () => new Map([[1, 2]]), 'not-json'],
  ['a Set', () => new Set([1]), 'not-json'],
  ['a typed array', () => new Uint8Array(2), 'not-json'],
  ['an instance of a class', () => new Point(), 'not-json'],
  ['an error', () => new Error('x'), 'not-json'],
  ['a promise', () => Promise.resolve(1), 'not-json'],
  ['a boxed string', () => Object('text'), 'not-json'],
  ['a cycle', cycle, 'not-json'],
  ['a hole', () => new Array(1), 'not-json'],
  ['an array with a member', () => Object.assign([1], { extra: 1 }), 'not-json'],
  ['a getter', withGetter, 'not-json'],
  ['a symbol key', () => ({ [Symbol('s')]: 1 }), 'not-json'],
  ['a lone surrogate', () => 'a\ud800', 'ill-formed-string'],
  ['a key with a lone surrogate', () => ({ '\udc00': 1 }), 'ill-formed-string'],
  ['a key __proto__', () => JSON.parse('{"__proto__":1}'), 'forbidden-key'],
  ['a key constructor', () => ({ constructor: 1 }), 'forbidden-key'],
  ['a key that is too long', () => ({ ['k'.repeat(513)]: 1 }), 'key-too-long'],
  ['65 levels', () => levels(65), 'not-json'],
];

/** Every way in there is. */
const WAYS_IN: readonly (readonly [string, (state: Loose, value: unknown) => void])[] = [
  ['a member', (state, value) => Object.assign(state, { count: 1, fresh: value })],
  ['a member that is there', (state, value) => Object.assign(state, { name: value })],
  ['a nested member', (state, value) => Object.assign(state.nested.deep, { fresh: value })],
  ['inside a new object', (state, value) => Object.assign(state, { fresh: { list: [value] } })],
  ['an element', (state, value) => Object.assign(state.list, { 1: value })],
  ['push', (state, value) => state.list.push(0, value)],
  ['unshift', (state, value) => state.list.unshift(0, value)],
  ['splice', (state, value) => state.list.splice(1, 2, value)],
  ['fill', (state, value) => state.list.fill(value)],
];

describe.each(NOT_JSON)('[D4] %s', (_, make, name) => {
  it.each(WAYS_IN)('is refused as %s, and everything stays', (__, write) => {
    const { tree, start, before, problem } = attempt((state) => write(state, make()));
    expect(problem).toBe(name);
    expect(() => tree.commit()).toThrow();
    tree.rollback(start);
    expect(textOf(tree)).toBe(before);
    expect(tree.commit()).toEqual([]);
  });
});

describe('[D4] undefined', () => {
  it('leaves a member out, as JSON does', () => {
    const { patch, root } = changed((state) => {
      state.name = undefined;
      state.nobody = undefined;
      state.nested.deep = { kept: 1, left: undefined };
      state.list.push({ kept: [2], left: undefined });
    });
    expect('name' in root || 'nobody' in root).toBe(false);
    expect(root.nested.deep).toEqual({ kept: 1 });
    expect(Object.keys(root.nested.deep)).toEqual(['kept']);
    expect(Object.keys(root.list.at(-1))).toEqual(['kept']);
    expect(patch.join()).not.toContain('left');
  });

  it.each(WAYS_IN.slice(3))('is refused as %s: an array would lose it', (_, write) => {
    const { tree, start, before, problem } = attempt((state) => write(state, undefined));
    expect(problem).toBe('not-json');
    tree.rollback(start);
    expect(textOf(tree)).toBe(before);
  });
});

describe('[D4] the JSON Pointer of what is refused', () => {
  it.each<readonly [string, (state: Loose) => void, string | undefined]>([
    ['a member', (state) => Object.assign(state.nested, { 'a/b': new Date(0) }), '/nested/a~1b'],
    ['inside a new object', (state) => Object.assign(state, { fresh: { list: [1, Number.NaN] } }), '/fresh/list/1'],
    ['an element', (state) => Object.assign(state.list, { 1: { at: () => 1 } }), '/list/1/at'],
    ['push', (state) => state.list.push(0, [undefined]), `/list/${STATE.list.length + 1}/0`],
    ['splice', (state) => state.list.splice(1, 2, 0, 1n), '/list/2'],
    ['a whole new state', () => treeOf(STATE).replaceRoot({ a: [new Map()] }), '/a/0'],
    ['what has left the state', (state) => Object.assign(state.list.shift(), { bad: 1n }), undefined],
  ])('%s', (_, write, pointer) => {
    const { thrown } = attempt(write);
    expect((thrown as ProblemError).problem.pointer).toBe(pointer);
  });
});

describe('a draft reads like a plain object', () => {
  it.each<readonly [string, (state: Loose) => unknown]>([
    ['Object.keys', (state) => Object.keys(state)],
    ['Object.entries', (state) => Object.entries(state)],
    ['Object.values', (state) => Object.values(state.nested)],
    ['in', (state) => ['name' in state, 'nobody' in state, 1 in state.list, 9 in state.list]],
    ['Object.hasOwn', (state) => [Object.hasOwn(state, 'name'), Object.hasOwn(state, 'toString')]],
    ['hasOwnProperty of Object.prototype', (state) => Object.hasOwn(state, 'list')],
    ['propertyIsEnumerable', (state) => Object.prototype.propertyIsEnumerable.call(state, 'list')],
    ['spread', (state) => ({ ...state })],
    ['array spread', (state) => [...state.list]],
    ['rest', ({ name: _, ...rest }) => rest],
    ['JSON.stringify', (state) => JSON.stringify(state)],
    ['JSON.stringify with indent', (state) => JSON.stringify(state, null, 2)],
    ['Array.isArray', (state) => [Array.isArray(state), Array.isArray(state.list)]],
    ['typeof', (state) => [typeof state, typeof state.list, typeof state.count, typeof state.nobody]],
    ['instanceof', (state) => [state instanceof Object, state.list instanceof Object, state instanceof Map]],
    ['length', (state) => state.list.length],
    [
      'for of',
      (state) =>
        Array.from(
          (function* () {
            for (const each of state.list) yield each.id;
          })(),
        ),
    ],
    [
      'for in',
      (state) => {
        const keys: string[] = [];
        for (const key in state) keys.push(key);
        return keys;
      },
    ],
    [
      'for in over an array',
      (state) => {
        const keys: string[] = [];
        for (const key in state.list) keys.push(key);
        return keys;
      },
    ],
    ['entries()', (state) => [...state.list.entries()]],
    ['map', (state) => state.list.map((each: Loose, index: number) => each.id * index)],
    ['filter', (state) => state.list.filter((each: Loose) => each.id > 1)],
    ['find', (state) => state.list.find((each: Loose) => each.id === 2)],
    ['findLast', (state) => state.list.findLast((each: Loose) => each.id < 3)],
    ['findIndex', (state) => state.list.findIndex((each: Loose) => each.id === 3)],
    ['indexOf what find found', (state) => state.list.indexOf(state.list.find((each: Loose) => each.id === 2))],
    ['includes an element of its own', (state) => state.list.includes(state.list[2])],
    ['includes something alike', (state) => state.list.includes({ id: 1 })],
    ['includes a number', (state) => state.nested.deep.deeper.includes(2)],
    ['at', (state) => [state.list.at(-1), state.list.at(9)]],
    ['an index that is not there', (state) => [state.list[9], state.list[-1], state.list['01']]],
    ['slice', (state) => state.list.slice(1)],
    ['concat', (state) => state.list.concat(state.nested.deep.deeper, 7)],
    ['flat', (state) => [state.nested.deep.deeper, [3]].flat()],
    ['flatMap', (state) => state.list.flatMap((each: Loose) => [each.id, each.id])],
    ['reduce', (state) => state.list.reduce((sum: number, each: Loose) => sum + each.id, 0)],
    ['some and every', (state) => [state.list.some(Boolean), state.list.every((each: Loose) => each.id > 1)]],
    ['join', (state) => [state.nested.deep.deeper.join('-'), `${state.nested.deep.deeper}`]],
    ['toSorted', (state) => state.list.toSorted((a: Loose, b: Loose) => b.id - a.id)],
    ['toReversed', (state) => state.list.toReversed()],
    ['with', (state) => state.list.with(0, 1)],
    ['toSpliced', (state) => state.list.toSpliced(0, 1)],
    ['Object.fromEntries', (state) => Object.fromEntries(Object.entries(state))],
    [
      'Object.groupBy',
      (state) => ({ ...Object.groupBy(state.list as Loose[], ({ id }) => (id > 1 ? 'big' : 'small')) }),
    ],
    ['destructuring', ({ list: [first, ...others], count = 5, nobody = 6 }) => [first, others, count, nobody]],
    ['optional chaining', (state) => [state.nobody?.x, state.nested?.deep?.deeper?.[1]]],
    [
      'Object.prototype.toString',
      (state) => [Object.prototype.toString.call(state), Object.prototype.toString.call(state.list)],
    ],
    [
      'Object.getPrototypeOf',
      (state) => [
        Object.getPrototypeOf(state) === Object.prototype,
        Object.getPrototypeOf(state.list) === Array.prototype,
      ],
    ],
    ['Object.is', (state) => Object.is(state.list[0], state.list[0])],
    ['as a key of a Map', (state) => new Map([[state.list[0], 1]]).get(state.list[0])],
    ['isFrozen, isExtensible', (state) => [Object.isFrozen(state), Object.isExtensible(state.list)]],
    [
      'Object.getOwnPropertyNames',
      (state) => [Object.getOwnPropertyNames(state), Object.getOwnPropertyNames(state.list)],
    ],
    ['Object.getOwnPropertyDescriptors', (state) => Object.getOwnPropertyDescriptors(state.nested)],
  ])('%s', (_, read) => {
    const draft = openDraft(treeOf(STATE));
    const result = read(draft);
    const expected = read(structuredClone(STATE));
    expect(result).toEqual(expected);
    expect(JSON.stringify(result)).toBe(JSON.stringify(expected));
  });

  it('[D4] but for its prototype: an id from outside reaches nothing that all objects share', () => {
    const draft = openDraft(treeOf(STATE));
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__']) {
      expect(draft[name]).toBeUndefined();
      expect(name in draft).toBe(false);
    }
    expect(draft.list[PROTO]).toBeUndefined();
    expect(draft.list['constructor']).toBeUndefined();
    expect(() => {
      draft[PROTO].polluted = true;
    }).toThrow(TypeError);
    expect(({} as Loose).polluted).toBeUndefined();
  });

  it('within a change what was removed is not there, what was added is', () => {
    const draft = openDraft(treeOf({ a: 1, b: 2, c: { d: 1 } }));
    delete draft.a;
    draft.z = 1;
    draft.c.e = 2;
    delete draft.c.d;
    expect(Object.keys(draft)).toEqual(['b', 'c', 'z']);
    expect('a' in draft).toBe(false);
    expect(Object.hasOwn(draft, 'a')).toBe(false);
    expect(Object.getOwnPropertyDescriptor(draft, 'a')).toBeUndefined();
    expect(draft.a).toBeUndefined();
    expect(draft).toEqual({ b: 2, c: { e: 2 }, z: 1 });
    expect(JSON.stringify({ ...draft })).toBe('{"b":2,"c":{"e":2},"z":1}');
    expect(delete draft.a).toBe(true);
  });
});

describe('a draft writes like a plain object', () => {
  it('[S4] the patch names what was written, and nothing else', () => {
    const { patch } = changed((state) => {
      state.count += 1;
      state.list[1].done = true;
      state.list.push({ id: 4 });
      delete state.nested.deep;
      state['odd/key~'].n = 2;
    });
    expect(patch).toEqual([
      '{"op":"replace","path":"/count","value":1}',
      '{"op":"add","path":"/list/1/done","value":true}',
      '{"op":"add","path":"/list/3","value":{"id":4}}',
      '{"op":"remove","path":"/nested/deep"}',
      '{"op":"replace","path":"/odd~1key~0/n","value":2}',
    ]);
  });

  it.each<readonly [string, (state: Loose) => void]>([
    ['the same string', (state) => Object.assign(state, { name: 'a' })],
    ['0 as -0', (state) => Object.assign(state, { count: -0 })],
    ['a draft in its own place', (state) => Object.assign(state, { list: state.list })],
    [
      'each element in its own place',
      (state) => {
        for (const [index, each] of state.list.entries()) state.list[index] = each;
      },
    ],
    ['the same length', (state) => Object.assign(state.list, { length: 3 })],
    ['a removal of nothing', (state) => delete state.nobody],
    ['a sort of what is sorted', (state) => state.list.sort((a: Loose, b: Loose) => a.id - b.id)],
    ['pop of nothing', (state) => state.list.splice(0, 0)],
    ['splice without arguments', (state) => state.list.splice()],
    ['push of nothing', (state) => state.list.push()],
    ['copyWithin onto itself', (state) => state.list.copyWithin(0, 0)],
    ['fill of an empty range', (state) => state.list.fill(undefined, 2, 1)],
  ])('writing %s is no change', (_, write) => {
    expect(changed(write).patch).toEqual([]);
  });

  it('[S4] a key that was removed and returns comes last, in memory and on disk', () => {
    const { root } = changed((state) => {
      delete state.name;
      state.other = 1;
      state.name = 'b';
    });
    expect(Object.keys(root)).toEqual(['count', 'list', 'nested', 'odd/key~', 'other', 'name']);
  });

  it('a draft follows its element wherever it goes', () => {
    const { patch, root } = changed((state) => {
      const [first, second, third] = state.list;
      state.list.unshift({ id: 0 });
      first.at = 1;
      state.list.reverse();
      second.at = 1;
      state.list.sort((a: Loose, b: Loose) => a.id - b.id);
      third.at = 3;
      state.list.splice(0, 2);
      second.late = true;
      state.list.fill(0, 1);
      second.last = true;
    });
    expect(root.list).toEqual([{ id: 2, at: 1, late: true, last: true }, 0]);
    expect(patch.at(-1)).toBe('{"op":"add","path":"/list/0/last","value":true}');
  });

  it('what was removed can be changed and put back', () => {
    const { root } = changed((state) => {
      const first = state.list.shift();
      first.id = 9;
      first.tags = ['x'];
      first.tags.push('y');
      state.list.push(first);
    });
    expect(root.list).toEqual([{ id: 2 }, { id: 3 }, { id: 9, tags: ['x', 'y'] }]);
  });

  it('elements change places', () => {
    const { root } = changed((state) => {
      [state.list[0], state.list[2]] = [state.list[2], state.list[0]];
      state.list[0].first = true;
    });
    expect(root.list).toEqual([{ id: 3, first: true }, { id: 2 }, { id: 1 }]);
  });

  it('what is assigned is copied: the two parts of the state are not one', () => {
    const { root } = changed((state) => {
      state.copy = state.list[0];
      state.copy.id = 'copy';
      state.list[0].id = 'original';
    });
    expect([root.copy, root.list[0]]).toEqual([{ id: 'copy' }, { id: 'original' }]);
  });

  it.each<readonly [string, (state: Loose) => void]>([
    ['beyond the end', (state) => Object.assign(state.list, { 4: 1 })],
    ['at 10^9', (state) => Object.assign(state.list, { 1e9: 1 })],
    ['at 4294967294', (state) => Object.assign(state.list, { 4294967294: 1 })],
    ['at -1', (state) => Object.assign(state.list, { '-1': 1 })],
    ['at 01', (state) => Object.assign(state.list, { '01': 1 })],
    ['at 1.5', (state) => Object.assign(state.list, { 1.5: 1 })],
    ['under a name', (state) => Object.assign(state.list, { name: 1 })],
    ['under __proto__', (state) => Object.assign(state.list, JSON.parse('{"__proto__":1}'))],
    ['under a symbol', (state) => Object.assign(state.list, { [Symbol('s')]: 1 })],
    ['length beyond the end', (state) => Object.assign(state.list, { length: 4 })],
    ['length -1', (state) => Object.assign(state.list, { length: -1 })],
    ['length 1.5', (state) => Object.assign(state.list, { length: 1.5 })],
    ['length NaN', (state) => Object.assign(state.list, { length: Number.NaN })],
    ['length as text', (state) => Object.assign(state.list, { length: '1' })],
    ['delete of an element', (state) => delete state.list[0]],
    ['a symbol on an object', (state) => Object.assign(state, { [Symbol('s')]: 1 })],
    ['defineProperty', (state) => Object.defineProperty(state, 'x', { value: 1 })],
    ['a getter', (state) => Object.defineProperty(state, 'x', { get: () => 1 })],
    ['setPrototypeOf', (state) => Object.setPrototypeOf(state, null)],
    ['freeze', (state) => Object.freeze(state)],
    ['seal', (state) => Object.seal(state.list)],
    ['a comparison that changes the array', (state) => state.list.sort(() => state.list.pop() && 1)],
  ])('[D4] refuses %s', (_, write) => {
    const { tree, start, before, thrown } = attempt(write);
    expect(thrown).toBeInstanceOf(TypeError);
    tree.rollback(start);
    expect(textOf(tree)).toBe(before);
  });

  it('a key __proto__ is refused, not taken as a prototype', () => {
    const { problem } = attempt((state) => {
      state[PROTO] = { admin: true };
    });
    expect(problem).toBe('forbidden-key');
  });

  it('removing an odd key removes nothing', () => {
    expect(changed((state) => delete state[PROTO]).patch).toEqual([]);
  });
});

describe('[D1] nothing gets into the state, or out of it, past the history', () => {
  it('a late write to what was assigned throws', () => {
    const originals: Loose[] = [{ n: 1 }, [{ n: 1 }], Object.freeze({ inner: { n: 1 } }), { a: { b: { n: 1 } } }];
    const [plain, list, frozen, deep] = originals;
    const { root } = changed((state) => {
      state.plain = plain;
      state.list.push(list);
      state.list.unshift(frozen);
      state.nested = deep;
      expect(() => plain.n++).toThrow(TypeError);
      expect(() => list[0].n++).toThrow(TypeError);
      expect(() => list.push(1)).toThrow(TypeError);
      expect(() => frozen.inner.n++).toThrow(TypeError);
      expect(() => deep.a.b.n++).toThrow(TypeError);
      state.plain.n = 2;
    });
    expect(root.plain).toEqual({ n: 2 });
    expect(root.nested).toEqual({ a: { b: { n: 1 } } });
  });

  it('what was refused is not frozen', () => {
    const point = new Point();
    const mixed = { ok: {}, bad: [undefined] };
    attempt((state) => Object.assign(state, { point }));
    attempt((state) => Object.assign(state, { mixed }));
    expect(Object.isFrozen(point)).toBe(false);
    expect(Object.isFrozen(mixed) || Object.isFrozen(mixed.ok)).toBe(false);
  });

  it.each<readonly [string, (state: Loose) => void]>([
    [
      'copied and then removed',
      (state) => {
        const moved = state.list[0];
        state.other = moved;
        state.list.shift();
        moved.id = 9;
      },
    ],
    [
      'removed and then copied',
      (state) => {
        const moved = state.list.shift();
        state.other = moved;
        moved.id = 9;
      },
    ],
    [
      'a part of what was copied',
      (state) => {
        const { nested } = state;
        const { deeper } = nested.deep;
        delete state.nested;
        state.other = { nested };
        deeper.push(3);
      },
    ],
  ])('a write to a draft %s throws: it would be lost', (_, write) => {
    expect(String(attempt(write).thrown)).toContain('change the copy');
  });

  it('what was copied and is still in its place can be changed', () => {
    const { root } = changed((state) => {
      state.backup = state.nested;
      state.nested.deep.deeper.push(3);
      const removed = state.list.shift();
      removed.id = 9;
      state.list.push(removed);
    });
    expect(root.backup.deep.deeper).toEqual([1, 2]);
    expect(root.nested.deep.deeper).toEqual([1, 2, 3]);
  });

  const kept = (end: (tree: ReturnType<typeof treeOf>) => void) => {
    const tree = treeOf(STATE);
    const start = tree.mark();
    const draft = openDraft(tree);
    const { list, nested } = draft;
    draft.count = 1;
    end(tree);
    return { tree, start, drafts: [draft, list, nested] };
  };

  it.each<readonly [string, (draft: Loose) => unknown]>([
    ['set', (draft) => Object.assign(draft, { 0: 1 })],
    ['delete', (draft) => delete draft.name],
    ['get', (draft) => draft.name],
    ['keys', (draft) => Object.keys(draft)],
    ['in', (draft) => 'name' in draft],
    ['descriptor', (draft) => Object.getOwnPropertyDescriptor(draft, 'name')],
  ])('a draft kept after its change cannot be used: %s', (_, use) => {
    const ends = [
      (tree: ReturnType<typeof treeOf>) => tree.commit(),
      (tree: ReturnType<typeof treeOf>) => tree.rollback({ undo: 0, operations: 0, bytes: tree.bytes }),
      (tree: ReturnType<typeof treeOf>) => openDraft(tree),
    ];
    for (const end of ends) {
      const { tree, drafts } = kept(end);
      const text = textOf(tree);
      for (const draft of drafts) expect(() => use(draft)).toThrow(/has ended/);
      const next = openDraft(tree);
      expect([next.list.length, next.nested.deep.deeper.length]).toEqual([3, 2]);
      for (const draft of drafts) expect(() => use(draft)).toThrow(/has ended/);
      expect(textOf(tree)).toBe(text);
    }
  });

  it('methods taken from an array go with their change', () => {
    const tree = treeOf(STATE);
    const { push, splice } = openDraft(tree).list;
    tree.commit();
    expect(() => push(1)).toThrow(/has ended/);
    expect(() => splice(0, 1)).toThrow(/has ended/);
    expect(tree.root).toEqual(STATE);
  });

  it('a draft of another change is a usable value only until that change ends', () => {
    const { tree, drafts } = kept((ended) => ended.commit());
    const draft = openDraft(tree);
    expect(() => {
      draft.other = drafts[1];
    }).toThrow(/has ended/);
  });
});

describe('[J4] the whole state is at most 64 levels deep', () => {
  const dig = (count: number) => (state: Loose) => {
    let place = state;
    for (let level = 1; level < count; level += 1) {
      if (Array.isArray(place)) place.push({});
      else place[level % 2 === 0 ? 'o' : 'a'] = level % 2 === 0 ? {} : [];
      place = Array.isArray(place) ? place[0] : (place.o ?? place.a);
    }
  };

  it('also when it is reached step by step', () => {
    expect(attempt(dig(64), {}).thrown).toBeUndefined();
    const { tree, start, problem } = attempt(dig(65), {});
    expect(problem).toBe('too-deep');
    tree.rollback(start);
    expect(textOf(tree)).toBe('{}');
  });

  it('also when what comes in is shallow enough by itself', () => {
    for (const write of [
      (state: Loose) => Object.assign(state, { fresh: levels(64) }),
      (state: Loose) => Object.assign(state.list, { 0: levels(63) }),
      (state: Loose) => state.list.push(levels(63)),
      (state: Loose) => Object.assign(state.nested.deep, { fresh: levels(62) }),
    ]) {
      expect(attempt(write).problem).toBe('too-deep');
    }
    expect(changed((state) => Object.assign(state, { fresh: levels(63) })).patch).toHaveLength(1);
  });

  it('a value that is no container may stand in the 64th', () => {
    const { tree, thrown } = attempt((state) => {
      dig(64)(state);
      let place = state;
      while (typeof place === 'object' && Object.keys(place).length > 0) place = Object.values(place)[0] as Loose;
      if (Array.isArray(place)) place.push('end');
      else place.end = 'end';
    }, {});
    expect(thrown).toBeUndefined();
    expect(textOf(replayed('{}', tree.commit()))).toBe(textOf(tree));
  });

  it('what is removed may be built up, but not put back', () => {
    const { problem } = attempt((state) => {
      const loose = state.list.shift();
      let place = loose;
      for (let level = 0; level < 100; level += 1) {
        place.o = {};
        place = place.o;
      }
      state.list.push(loose);
    });
    expect(problem).toBe('not-json');
  });
});
