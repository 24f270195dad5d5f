import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8Length } from '../../../../../src/core/json/utf8.ts';
import { compressed, textOf, textOfAll } from '../../../../../src/server/application/storage/compression.ts';

/** Short ones and long ones, with everything that UTF-16 can say well. */
const anyText = fc
  .tuple(fc.string({ unit: 'binary', maxLength: 40 }), fc.integer({ min: 0, max: 200 }))
  .map(([unit, times]) => unit.repeat(times).toWellFormed());

describe('texts as they are stored', () => {
  it('[D7] come back as they were, alone and in pieces', () => {
    const property = fc.property(fc.array(anyText, { maxLength: 4 }), (texts) => {
      const stored = texts.map(compressed);
      expect(stored.map(textOf)).toEqual(texts);
      expect(textOfAll(stored, utf8Length(texts.join('')))).toBe(texts.join(''));
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('[D7] keep a byte order mark, which a chunk may begin with', () => {
    for (const text of ['\ufeff', `\ufeff${'long'.repeat(1_000)}`]) {
      expect(textOf(compressed(text))).toBe(text);
      expect(textOfAll([compressed(text)], utf8Length(text))).toBe(text);
    }
  });

  it('[D7] are not taken for whole when a piece is missing, or one too many', () => {
    const pieces = ['{"a":', '1}'].map(compressed);
    expect(() => textOfAll(pieces.slice(1), 7)).toThrow('2 of 7 bytes');
    expect(() => textOfAll([...pieces, ...pieces], 7)).toThrow(RangeError);
  });

  it('[C4] take a tenth when they are long and repeat themselves, and are plain text when they are short', () => {
    const patch = Array.from(
      { length: 100 },
      (_, i) => `{"op":"replace","path":"/items/item-${i}/value","value":${i}}`,
    );
    const stored = compressed(patch.join(','));
    expect(stored).toBeInstanceOf(ArrayBuffer);
    expect((stored as ArrayBuffer).byteLength).toBeLessThan(patch.join(',').length / 10);
    expect(compressed('{"op":"remove","path":"/a"}')).toBe('{"op":"remove","path":"/a"}');
  });
});
