import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentChunks } from '../../../../src/core/json/content-chunks.ts';
import { CHUNK_LENGTH_MAX, CHUNK_LENGTH_MIN } from '../../../../src/protocol/limits.ts';

const itemsOf = (count: number, textOf: (index: number) => string): string =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`item-${i}`, { text: textOf(i), n: i }])));

const text = itemsOf(20_000, (index) => `item ${index * 7919} of many`);
const parts = contentChunks(text);

/** Parts of the later text that the earlier one does not have. */
const freshIn = (later: string): string[] => {
  const known = new Set(parts);
  return contentChunks(later).filter((part) => !known.has(part));
};

describe('[B1] parts of a text', () => {
  it('joined are the text, none is longer than a chunk, and only the last may be short', () => {
    const anyText = fc
      .tuple(fc.string({ unit: 'grapheme', minLength: 1 }), fc.integer({ min: 0, max: 400_000 }))
      .map(([unit, length]) => unit.repeat(Math.ceil(length / unit.length)));
    const property = fc.property(anyText, (drawn) => {
      const cut = contentChunks(drawn);
      expect(cut.join('') === drawn).toBe(true);
      for (const part of cut) expect(part.isWellFormed()).toBe(true);
      expect(Math.max(0, ...cut.map(({ length }) => length))).toBeLessThanOrEqual(CHUNK_LENGTH_MAX);
      for (const part of cut.slice(0, -1)) expect(part.length).toBeGreaterThanOrEqual(CHUNK_LENGTH_MIN);
    });
    fc.assert(property, { numRuns: 60 });
  });

  it('of a large JSON text are many', () => {
    expect(parts.length).toBeGreaterThan(text.length / CHUNK_LENGTH_MAX);
    expect(contentChunks('')).toEqual([]);
    expect(contentChunks('{}')).toEqual(['{}']);
  });

  it('stay what they are but for those around a change, wherever the rest has moved', () => {
    const property = fc.property(fc.nat(19_999), fc.string({ maxLength: 3_000 }), (index, value) => {
      const later = itemsOf(20_000, (each) => (each === index ? value : `item ${each * 7919} of many`));
      // The part itself, and now and then the next ones, whose beginnings have moved.
      expect(freshIn(later).length).toBeLessThanOrEqual(3);
    });
    fc.assert(property, { numRuns: 20 });
  });

  it('stay what they are when something comes in front or goes behind', () => {
    expect(freshIn(`{"first":${JSON.stringify('x'.repeat(100_000))},${text.slice(1)}`).length).toBeLessThanOrEqual(4);
    expect(freshIn(`${text.slice(0, -1)},"last":1}`).length).toBe(1);
    expect(freshIn(`{${text.slice(text.indexOf('"item-900"'))}`).length).toBeLessThanOrEqual(3);
  });

  it('are cut in linear time, whatever the text', () => {
    for (const each of [','.repeat(2_000_000), 'a'.repeat(2_000_000), '"a",'.repeat(500_000)])
      expect(contentChunks(each).join('').length).toBe(2_000_000);
  });
});
