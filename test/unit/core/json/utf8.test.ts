import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8Length } from '../../../../src/core/json/utf8.ts';
import { holds } from '../../../support/property.ts';

describe('[B1] utf8Length counts bytes', () => {
  it.each([
    '',
    'a',
    '\0\x7f',
    '\x80',
    'ÿ',
    '\u07ff',
    '\u0800',
    '\ud7ff',
    '\ue000',
    '\uffff',
    '😀',
    '\u{10ffff}',
    'aé€😀z',
  ])('of %j', (text) => {
    expect(utf8Length(text)).toBe(Buffer.byteLength(text));
  });

  it('of random text', () => {
    holds(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary-ascii' }), (any, ascii) => {
        for (const text of [any, ascii, ascii + any, any + ascii])
          expect(utf8Length(text)).toBe(Buffer.byteLength(text));
      }),
    );
  });

  it('of much text', () => {
    const text = `${'a'.repeat(1_000_000)}${'é€😀'.repeat(100_000)}`;
    expect(utf8Length(text)).toBe(Buffer.byteLength(text));
  });
});
