import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayIndex, escapeToken, insertIndex, parsePointer } from '../../../../src/core/json/pointer.ts';
import { formatPointer } from '../../../support/format-pointer.ts';
import { holds, hostileText } from '../../../support/property.ts';

const parse = (text: string): unknown => {
  const pointer = parsePointer(text);
  return pointer.kind === 'problem' ? pointer.problem.name : pointer.tokens;
};

describe('a JSON Pointer (RFC 6901)', () => {
  it.each([
    ['', []],
    ['/', ['']],
    ['//', ['', '']],
    ['/foo', ['foo']],
    ['/foo/0', ['foo', '0']],
    ['/a~1b', ['a/b']],
    ['/m~0n', ['m~n']],
    ['/~01', ['~1']],
    ['/~10', ['/0']],
    ['/~0~1~0', ['~/~']],
    ['/c%d/e^f/g|h/i\\j/k"l/ ', ['c%d', 'e^f', 'g|h', 'i\\j', 'k"l', ' ']],
    ['/é/😀/\0', ['é', '😀', '\0']],
    ['/-', ['-']],
    ['/__proto', ['__proto']],
    ['/toString', ['toString']],
    ['/length', ['length']],
  ])('%j parses', (text, tokens) => {
    expect(parse(text)).toEqual(tokens);
  });

  it.each(['a', 'a/b', '#/a', ' /a', '\\a', '0', '-', '/~', '/~2', '/a~', '/~~0', '/~ 0', '/a/b~x/c', '/~00~'])(
    '[J9] %j is refused',
    (text) => {
      expect(parse(text)).toBe('invalid-patch');
    },
  );

  it.each([
    '/__proto__',
    '/constructor',
    '/prototype',
    '/a/__proto__/b',
    '/a/constructor/prototype/b',
    '/constructor/prototype/polluted',
  ])('[J7] %s is refused', (text) => {
    expect(parse(text)).toBe('forbidden-key');
  });

  it('[J6] a token over 512 UTF-16 units, counted without escapes, is refused', () => {
    expect(parse(`/${'~0'.repeat(512)}`)).toEqual(['~'.repeat(512)]);
    expect(parse(`/${'k'.repeat(512)}`)).toEqual(['k'.repeat(512)]);
    expect(parse(`/a/${'k'.repeat(513)}`)).toBe('key-too-long');
    expect(parse(`/${'~1'.repeat(513)}`)).toBe('key-too-long');
    expect(parse('/\ud800')).toBe('ill-formed-string');
  });

  it('[J4] more than 64 tokens are refused', () => {
    expect(parse('/a'.repeat(64))).toEqual(new Array(64).fill('a'));
    expect(parse('/a'.repeat(65))).toBe('too-deep');
    expect(parse('/'.repeat(65))).toBe('too-deep');
    expect(parse('/'.repeat(10_000_000))).toBe('too-deep');
  });

  it('formats and parses back', () => {
    const token = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom(...'~/01-') }));
    const tokens = fc.array(token.filter((each) => !['__proto__', 'constructor', 'prototype'].includes(each)));
    holds(
      fc.property(tokens, (each) => {
        const text = formatPointer(each);
        expect(parse(text)).toEqual(each);
        expect(text).toBe(each.map((one) => `/${escapeToken(one)}`).join(''));
      }),
    );
  });

  it('parses and formats back, or refuses, and never throws', () => {
    const seen = { pointer: 0, problem: 0 };
    holds(
      fc.property(hostileText('/~012ab'), fc.constantFrom('', '/'), (text, slash) => {
        const pointer = parsePointer(slash + text);
        seen[pointer.kind] += 1;
        if (pointer.kind === 'pointer') expect(formatPointer(pointer.tokens)).toBe(slash + text);
      }),
    );
    expect(Math.min(seen.pointer, seen.problem)).toBeGreaterThan(50);
  });
});

describe('an array index', () => {
  it.each([
    ['0', 1, 0],
    ['9', 10, 9],
    ['10', 11, 10],
    ['4294967294', 2 ** 32 - 1, 4294967294],
  ])('%s of %i is there', (token, length, index) => {
    expect(arrayIndex(token, length)).toBe(index);
  });

  it.each([
    '',
    '3',
    '-',
    '-0',
    '-1',
    '+1',
    '00',
    '01',
    '1.0',
    '1e0',
    '1E0',
    '0x1',
    '0b1',
    ' 1',
    '1 ',
    '1\n',
    '１',
    '١',
    '4294967294',
    '4294967296',
    '99999999',
    '9007199254740993',
    '9'.repeat(400),
    'length',
    'NaN',
    'Infinity',
    'push',
    '__proto__',
  ])('%j of three is not', (token) => {
    expect(arrayIndex(token, 3)).toBeUndefined();
  });

  it('of an empty array there is none', () => {
    expect(arrayIndex('0', 0)).toBeUndefined();
  });

  it.each([
    ['0', 0, 0],
    ['-', 0, 0],
    ['-', 3, 3],
    ['3', 3, 3],
    ['2', 3, 2],
    ['4', 3, undefined],
    ['03', 3, undefined],
    ['--', 3, undefined],
    ['-1', 3, undefined],
    ['', 3, undefined],
    ['99999999', 3, undefined],
    ['4294967295', 3, undefined],
    ['length', 3, undefined],
  ])('%j among %i inserts at %j', (token, length, index) => {
    expect(insertIndex(token, length)).toBe(index);
  });

  it('is the canonical decimal and nothing else', () => {
    holds(
      fc.property(hostileText('0123456789-+.e '), fc.nat(200), (token, length) => {
        const expected = Array.from({ length }, (_, index) => String(index)).indexOf(token);
        expect(arrayIndex(token, length)).toBe(expected === -1 ? undefined : expected);
      }),
    );
  });
});
