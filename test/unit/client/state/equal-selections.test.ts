import { describe, expect, it } from 'vitest';
import { equalSelections } from '../../../../src/client/state/equal-selections.ts';

const one = { a: 1 };

describe('what a selector makes', () => {
  it.each<[string, unknown, unknown, boolean]>([
    ['two arrays of the same elements', [one, 2], [one, 2], true],
    ['two objects of the same members', { one, b: undefined }, { b: undefined, one }, true],
    ['NaN', Number.NaN, Number.NaN, true],
    ['arrays of different length', [1], [1, 2], false],
    ['arrays of equal, other objects', [{ a: 1 }], [{ a: 1 }], false],
    ['another key with undefined', { a: undefined }, { b: undefined }, false],
    ['an array and an object', [], {}, false],
    ['two Maps', new Map([[1, 1]]), new Map([[1, 2]]), false],
    ['two Sets', new Set([1]), new Set([2]), false],
    ['two dates', new Date(0), new Date(1), false],
    ['null and an object', null, {}, false],
    ['0 and -0', 0, -0, false],
  ])('is the last one only if nothing of it can have changed: %s', (_name, a, b, isEqual) => {
    expect([equalSelections(a, b), equalSelections(b, a)]).toEqual([isEqual, isEqual]);
  });
});
