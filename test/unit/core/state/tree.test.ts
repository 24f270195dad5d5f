import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../../../src/core/json/problem-error.ts';
import { applyPatch } from '../../../../src/core/patch/json-patch.ts';
import { Tree } from '../../../../src/core/state/tree.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import { CHANGE_WORK_BYTES_MAX, STATE_BYTES_MAX } from '../../../../src/protocol/limits.ts';
import type { PatchOperation } from '../../../../src/protocol/patch.ts';
import { holds } from '../../../support/property.ts';
import { anyState, type Loose, openDraft, replayed, sizeProblem, textOf, treeOf } from '../model.ts';

const problemOf = (write: () => void): string | undefined => {
  try {
    write();
  } catch (error) {
    return error instanceof ProblemError ? error.problem.name : String(error);
  }
  return undefined;
};

const text = (length: number): string => 'x'.repeat(length);

describe('[D10] bytes', () => {
  it.each<readonly [string, number]>([
    ['null', 4],
    ['0', 1],
    ['"a"', 3],
    ['"é"', 4],
    ['"😀"', 6],
    ['"\\n"', 4],
    ['{}', 2],
    ['[]', 2],
    ['[1]', 4],
    ['[1,2]', 6],
    ['{"a":1}', 8],
    ['{"a":1,"b":[]}', 15],
    ['[[[]]]', 8],
  ])('of %s is %i: its bytes, and one for each container that is not empty', (json, bytes) => {
    expect(new Tree(JSON.parse(json)).bytes).toBe(bytes);
  });

  it('a state may be as large as the limit, not larger', () => {
    const room = STATE_BYTES_MAX - new Tree({ pad: '' }).bytes;
    const tree = treeOf({});
    openDraft(tree).pad = text(room - 10);
    const first = tree.commit();
    expect(tree.bytes).toBe(STATE_BYTES_MAX - 10);
    openDraft(tree).n = 12345;
    expect(tree.bytes).toBe(STATE_BYTES_MAX);
    const second = tree.commit();
    const start = tree.mark();
    const before = textOf(tree);
    expect(problemOf(() => (openDraft(tree).n = 123456))).toBe('state-too-large');
    tree.rollback(start);
    expect(textOf(tree)).toBe(before);
    expect(replayed('{}', [...first, ...second]).bytes).toBe(tree.bytes);
  });

  it.each<readonly [string, (draft: Loose) => void]>([
    ['a member', (draft) => Object.assign(draft, { more: text(2_000_000) })],
    ['a member in place of another', (draft) => Object.assign(draft, { small: text(2_000_000) })],
    ['an element', (draft) => Object.assign(draft.list, { 0: text(2_000_000) })],
    ['push', (draft) => draft.list.push(text(2_000_000))],
    [
      'many small ones',
      (draft) => {
        for (let i = 0; i < 200; i += 1) draft.list.push(text(10_000));
      },
    ],
    ['a copy', (draft) => Object.assign(draft, { more: draft.pad })],
    ['two-byte characters', (draft) => Object.assign(draft, { more: 'é'.repeat(1_000_000) })],
  ])('%s that would make the state too large is refused', (_, write) => {
    const tree = treeOf({ pad: text(14_500_000), small: 0, list: [0] });
    const { bytes } = tree;
    const start = tree.mark();
    expect(problemOf(() => write(openDraft(tree)))).toBe('state-too-large');
    expect(problemOf(() => tree.commit())).toBe('state-too-large');
    tree.rollback(start);
    expect([tree.bytes, Object.keys(tree.root as object)]).toEqual([bytes, ['pad', 'small', 'list']]);
    expect(sizeProblem(tree)).toBeUndefined();
  });

  it('a state that is too large already can be made smaller', () => {
    const tree = treeOf({ pad: text(STATE_BYTES_MAX), other: 1 });
    expect(problemOf(() => delete openDraft(tree).other)).toBeUndefined();
    expect(problemOf(() => (openDraft(tree).pad = 'small'))).toBeUndefined();
    expect(tree.commit()).toHaveLength(2);
    expect(sizeProblem(tree)).toBeUndefined();
  });

  it('[D7] what a change passed through on its way does not stop a replay', () => {
    const tree = treeOf({ big: text(15_900_000) });
    const before = textOf(tree);
    const draft = openDraft(tree);
    delete draft.big;
    draft.other = text(15_900_000);
    delete draft.other;
    draft.big = 1;
    draft.third = text(10_000_000);
    expect(textOf(replayed(before, tree.commit()))).toBe(textOf(tree));
  });
});

describe('[D4] work', () => {
  it.each<readonly [string, (draft: Loose) => void]>([
    ['writing', (draft) => (draft.a = draft.a === 1 ? 2 : 1)],
    [
      'writing to what is removed',
      (draft) => {
        const loose = draft.list.shift() ?? [];
        for (;;) loose.push(text(1_000));
      },
    ],
    ['copying', (draft) => (draft.copy = draft.big)],
    ['pushing and popping', (draft) => draft.list.push(1) && draft.list.pop()],
    [
      'removing and adding again',
      (draft) => {
        delete draft.a;
        draft.a = 1;
      },
    ],
    ['reversing', (draft) => draft.numbers.reverse()],
  ])('an endless loop of %s ends', (_, step) => {
    const tree = treeOf({
      a: 1,
      list: [[]],
      big: [text(100_000)],
      numbers: Array.from({ length: 1000 }, (__, i) => i),
    });
    const [start, before] = [tree.mark(), textOf(tree)];
    const draft = openDraft(tree);
    const name = problemOf(() => {
      for (let turn = 0; turn < CHANGE_WORK_BYTES_MAX; turn += 1) step(draft);
    });
    expect(name).toBe('too-much-work');
    tree.rollback(start);
    expect(textOf(tree)).toBe(before);
  });

  it('is counted for each change anew', () => {
    const tree = treeOf({});
    for (let change = 0; change < 5; change += 1) {
      openDraft(tree).pad = text(8_000_000 + change);
      tree.commit();
    }
    expect(sizeProblem(tree)).toBeUndefined();
  });
});

describe('[D1] rollback', () => {
  it('a write that failed and was caught fails the change: no half of it is committed', () => {
    const tree = treeOf({ list: [1, 2] });
    const start = tree.mark();
    const draft = openDraft(tree);
    draft.list.push(text(10_000_000));
    expect(problemOf(() => draft.list.splice(0, 1, 1, text(10_000_000)))).toBe('state-too-large');
    draft.list.shift();
    expect(problemOf(() => tree.commit())).toBe('state-too-large');
    tree.rollback(start);
    expect([textOf(tree), tree.bytes]).toEqual(['{"list":[1,2]}', 16]);
    openDraft(tree).fine = true;
    expect(tree.commit()).toEqual(['{"op":"add","path":"/fine","value":true}']);
  });

  it('after running out of stack anywhere inside a write', () => {
    const tree = treeOf({ list: [{ n: 1 }, { n: 2 }], a: 1, b: { c: 1 }, z: 1 });
    const [before, { bytes }] = [textOf(tree), tree];
    let writes = 0;
    const overflow = (draft: Loose): void => {
      try {
        overflow(draft);
      } finally {
        writes += 1;
        if (writes < 200) write(draft, writes);
      }
    };
    const write = (draft: Loose, writes: number): void => {
      delete draft.a;
      draft.list.push({ writes });
      draft.a = writes;
      draft.b.c = [writes];
      draft.list.splice(0, 1, 1, 2);
      draft.list.reverse();
      draft.list[0] = writes;
      draft.list.pop();
      if (writes % 7 === 0) delete draft.b;
      draft.b ??= {};
    };
    for (let round = 0; round < 20; round += 1) {
      const start = tree.mark();
      writes = 0;
      const deeper = (levels: number): void => (levels === 0 ? overflow(openDraft(tree)) : deeper(levels - 1));
      expect(problemOf(() => deeper(round))).toContain('RangeError');
      tree.rollback(start);
      expect([textOf(tree), tree.bytes]).toEqual([before, bytes]);
    }
    expect(writes).toBeGreaterThan(20);
  });

  it('to a mark in the middle', () => {
    const tree = treeOf({ a: 1, b: 2, c: 3 });
    const outer = tree.mark();
    let draft = openDraft(tree);
    delete draft.a;
    draft.a = 10;
    const [middle, inner] = [textOf(tree), tree.mark()];
    delete draft.b;
    draft.b = 20;
    draft.d = 4;
    tree.rollback(inner);
    expect(textOf(tree)).toBe(middle);
    draft = openDraft(tree);
    draft.e = 5;
    tree.rollback(outer);
    expect([textOf(tree), tree.commit()]).toEqual(['{"a":1,"b":2,"c":3}', []]);
  });

  it('the order of keys survives any removals and returns', () => {
    const anyKey = fc.constantFrom('a', 'b', 'c', 'd', 'e', '1');
    const steps = fc.array(fc.tuple(fc.constantFrom('delete', 'set'), anyKey), { maxLength: 30 });
    holds(
      fc.property(anyState, steps, (state, list) => {
        const tree = treeOf({ c: 1, ...(state as object), a: { b: 1, a: 2 }, b: 3 });
        const [start, before] = [tree.mark(), textOf(tree)];
        const draft = openDraft(tree);
        for (const [act, key] of list) {
          for (const place of [draft, draft.a]) {
            if (typeof place !== 'object') continue;
            if (act === 'delete') delete place[key];
            else place[key] = 0;
          }
        }
        tree.rollback(start);
        expect(textOf(tree)).toBe(before);
      }),
    );
  });
});

/** Counts the reads of a container; code that visits all its members asks for its keys first. */
const counted = <T extends object>(container: T) => {
  const counts = { looks: 0, enumerations: 0 };
  const proxy = new Proxy(container, {
    get: (target, key) => {
      counts.looks += 1;
      return Reflect.get(target, key);
    },
    ownKeys: (target) => {
      counts.enumerations += 1;
      return Reflect.ownKeys(target);
    },
  });
  return { proxy, counts };
};

describe('cost follows the change, not the state', () => {
  const SIZE = 100_000;
  const object = counted(Object.fromEntries(Array.from({ length: SIZE }, (_, i) => [`key${i}`, { n: i }])));
  const array = counted(Array.from({ length: SIZE }, (_, i) => ({ n: i })));
  const objectTree = new Tree(object.proxy as Json);
  const arrayTree = new Tree(array.proxy as Json);

  /** Counts the reads while a write is made, rolled back, made again and committed. */
  const costOf = (tree: Tree, counts: { looks: number; enumerations: number }, write: (draft: Loose) => void) => {
    const start = tree.mark();
    Object.assign(counts, { looks: 0, enumerations: 0 });
    write(openDraft(tree));
    tree.rollback(start);
    write(openDraft(tree));
    tree.commit();
    return { ...counts };
  };

  it.each<readonly [string, (draft: Loose) => void]>([
    ['a write to a member', (draft) => (draft.key7.n = -1)],
    ['a new member', (draft) => (draft.fresh = 1)],
    ['a member replaced', (draft) => (draft.key14 = 1)],
    ['a member removed', (draft) => delete draft.key15],
    [
      'a member moved',
      (draft) => {
        draft.moved = draft.key8;
        delete draft.key8;
      },
    ],
    [
      'a hundred writes',
      (draft) => {
        for (let i = 100; i < 200; i += 1) draft[`key${i}`].n = -1;
      },
    ],
    ['a look', (draft) => draft.key5 && 'key6' in draft && Object.hasOwn(draft, 'key7')],
  ])('%s in an object of 100,000 members enumerates none of them', (_, write) => {
    const { looks, enumerations } = costOf(objectTree, object.counts, write);
    expect(enumerations).toBe(0);
    expect(looks).toBeLessThan(1_000);
  });

  it('a JSON Patch is as cheap', () => {
    const patch: PatchOperation[] = [
      { op: 'test', path: '/key1/n', value: 1 },
      { op: 'add', path: '/added', value: 1 },
      { op: 'replace', path: '/key10', value: 1 },
      { op: 'move', from: '/key11', path: '/elsewhere' },
      { op: 'copy', from: '/key12', path: '/copied' },
      { op: 'remove', path: '/key13' },
    ];
    expect(costOf(objectTree, object.counts, () => applyPatch(objectTree, patch)).enumerations).toBe(0);
  });

  it('keys that come back cost one enumeration for each change', () => {
    const removeAndReturn = (draft: Loose): void => {
      for (let i = 20; i < 30; i += 1) {
        delete draft[`key${i}`];
        draft[`key${i}`] = 1;
      }
    };
    expect(costOf(objectTree, object.counts, removeAndReturn).enumerations).toBe(2);
  });

  it.each<readonly [string, (draft: Loose) => void]>([
    ['push', (draft) => draft.push(1, 2)],
    ['pop', (draft) => draft.pop()],
    ['an element replaced', (draft) => (draft[500] = 1)],
    ['an element changed', (draft) => (draft[501].n = 1)],
    ['a shorter length', (draft) => (draft.length -= 2)],
    ['splice at the end', (draft) => draft.splice(-2, 1, 1)],
  ])('%s in an array of 100,000 elements looks at few of them', (_, write) => {
    const { looks, enumerations } = costOf(arrayTree, array.counts, write);
    expect(enumerations).toBe(0);
    expect(looks).toBeLessThan(200);
  });

  it('the counters count', () => {
    expect(costOf(objectTree, object.counts, Object.keys).enumerations).toBeGreaterThan(0);
    expect(costOf(arrayTree, array.counts, (draft) => draft.indexOf(7)).looks).toBeGreaterThan(SIZE);
  });
});
