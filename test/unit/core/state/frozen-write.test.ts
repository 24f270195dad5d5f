import { describe, expect, it } from 'vitest';
import { frozenWriteCure } from '../../../../src/core/state/frozen-write.ts';

describe('frozenWriteCure', () => {
  it.each([
    ["TypeError: Cannot assign to read only property 'n' of object '#<Object>'", true],
    ['TypeError: Cannot add property n, object is not extensible', true],
    ["TypeError: Cannot delete property 'n' of #<Object>", true],
    ['TypeError: "n" is read-only', true],
    ['TypeError: can\'t define property "n": Object is not extensible', true],
    ['TypeError: property "n" is non-configurable and can\'t be deleted', true],
    ['TypeError: Attempted to assign to readonly property.', true],
    ['TypeError: Attempting to define property on object that is not extensible.', true],
    ['TypeError: Unable to delete property.', true],
    ['TypeError: no such member', false],
    ['Error: this is read only', false],
  ])('knows what every engine says of a write to what was assigned: %s', (text, hasCure) => {
    const [, name = '', message = ''] = /^(\w+): (.*)$/.exec(text) ?? [];
    expect(frozenWriteCure(Object.assign(new Error(message), { name })) !== undefined).toBe(hasCure);
  });

  it('throws for nothing that can be thrown', () => {
    const thrown = [undefined, null, 'read only', Object.create(null), Symbol('s')];
    expect(thrown.map(frozenWriteCure)).toEqual(thrown.map(() => undefined));
  });
});
