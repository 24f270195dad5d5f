import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arraysNamed } from '../../../../src/core/json/json-elements.ts';
import { holds } from '../../../support/property.ts';

const counts = (text: string): number[] => arraysNamed(text, 'changes').map(({ count }) => count);

describe('arraysNamed', () => {
  it.each([
    ['an array of values of all kinds', '{"changes":[1,"a,]",{"x":[1,2]},[3,4,5],null]}', [5]],
    ['white space around everything', ' {\n"a" : [1,2] , "changes"\t: [ {} , {} ] } ', [2]],
    [
      'every spelling of the name',
      '{"ch\\u0061nges":[1,2],"\\u0063\\u0068\\u0061\\u006e\\u0067\\u0065\\u0073":[1]}',
      [2, 1],
    ],
    ['each of several members of the name', '{"changes":[1,2],"changes":[3],"changes":4}', [2, 1]],
    ['a name that looks like it and is not', '{"Changes":[1,2],"changes\\u0000":[1],"changes ":[1]}', []],
    ['the name further down', '{"args":{"changes":[1,2]},"list":[{"changes":[1]}]}', []],
    ['the name as a value', '{"type":"changes","args":[1,2,3]}', []],
    ['quotes and brackets within strings', '{"a":"\\"changes\\":[1,2","changes":["]",",","\\\\"]}', [3]],
    ['an array at the top', '["changes",[1,2,3]]', []],
    ['a text that ends within the array', '{"changes":[{},{},{', [3]],
  ])('counts %s', (_, text, expected) => {
    expect(counts(text)).toEqual(expected);
  });

  it('[B1] counts what JSON.parse builds, whatever else is in the text', () => {
    const members = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
    holds(
      fc.property(members, fc.array(fc.jsonValue({ maxDepth: 2 }), { minLength: 1 }), (before, changes) => {
        const value = { ...before, changes };
        const [found] = arraysNamed(JSON.stringify(value), 'changes').slice(-1);
        expect(found?.count).toBe(changes.length);
        const text = JSON.stringify(value);
        expect(JSON.parse(`[${text.slice(found?.start, found?.end)}]`)).toEqual(JSON.parse(JSON.stringify(changes)));
      }),
    );
  });
});
