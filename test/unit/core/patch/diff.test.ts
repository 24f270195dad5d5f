import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diff } from '../../../../src/core/patch/diff.ts';
import { replay } from '../../../../src/core/patch/replay.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import { holds } from '../../../support/property.ts';
import { anyJson, clone } from '../model.ts';

const NO_LIMIT = Number.POSITIVE_INFINITY;

/** Two values of which the second has grown out of the first: parts of it come again elsewhere. */
const anyPair: fc.Arbitrary<readonly [Json, Json]> = fc
  .array(anyJson as fc.Arbitrary<Json>, { minLength: 2, maxLength: 6 })
  .chain((parts) =>
    fc.tuple(fc.shuffledSubarray(parts), fc.shuffledSubarray(parts)).map(([from, to]): readonly [Json, Json] => [
      { list: from, same: from[0] ?? null, 'a/b~c': from },
      { list: to, 'a/b~c': to, more: to },
    ]),
  );

describe('diff', () => {
  it('[L14] leads from any value to any other', () =>
    holds(
      fc.property(anyPair, fc.boolean(), ([a, b], isWhole) => {
        const [from, to] = isWhole ? [(a as any).list, b] : [a, b];
        const operations = diff(from, to, NO_LIMIT) ?? [];
        expect(replay(clone(from) as Json, clone(operations) as any)).toEqual(to);
      }),
    ));

  it('[L14] says nothing of what is equal, in any order of members', () => {
    expect(diff({ a: 1, b: [{ c: 1, d: 2 }] }, { b: [{ d: 2, c: 1 }], a: 1 }, 0)).toEqual([]);
  });

  it('[L14] an element that is inserted or removed is one operation', () => {
    const list = Array.from({ length: 200 }, (_, id) => ({ id, text: `item ${id}` }));
    expect(diff(list, list.toSpliced(50, 1), NO_LIMIT)).toEqual([{ op: 'remove', path: '/50' }]);
    expect(diff(list, list.toSpliced(7, 0, { id: -1, text: 'new' }), NO_LIMIT)).toEqual([
      { op: 'add', path: '/7', value: { id: -1, text: 'new' } },
    ]);
  });

  it('[L14] a patch that would be longer than allowed is given up before it is made', () => {
    const numbers = (sign: number): Json => Array.from({ length: 1_000_000 }, (_, i) => sign * (i + 1));
    let reads = 0;
    const to = new Proxy(numbers(-1) as Json[], {
      get: (target, key) => {
        reads += 1;
        return Reflect.get(target, key);
      },
    });
    expect(diff(numbers(1), to, 10_000)).toBeUndefined();
    expect(reads).toBeLessThan(1_001_000);
    const limit = JSON.stringify(diff([1], [2, 3], NO_LIMIT)).length;
    expect(diff([1], [2, 3], limit + 20)?.length).toBe(2);
    expect(diff([1], [2, 3], limit - 20)).toBeUndefined();
  });
});
