import { describe, expect, it } from 'vitest';
import { BloomFilter } from '../../../../src/core/limits/bloom-filter.ts';
import { FORGOTTEN_CLIENTS_MAX } from '../../../../src/protocol/limits.ts';

describe('a Bloom filter', () => {
  it('[Q16] finds all that was added, and when it is full less than 1 % of what was not', () => {
    const filter = new BloomFilter();
    const texts = Array.from({ length: FORGOTTEN_CLIENTS_MAX }, (_, index) => `c${index}`);
    for (const text of texts) filter.add(text);
    expect(texts.every((text) => filter.mayHave(text))).toBe(true);
    const others = Array.from({ length: 20_000 }, () => crypto.randomUUID());
    const found = others.filter((text) => filter.mayHave(text)).length;
    expect(found / others.length).toBeLessThan(0.01);
    const similar = Array.from({ length: 20_000 }, (_, index) => `d${index}`);
    expect(similar.filter((text) => filter.mayHave(text)).length / similar.length).toBeLessThan(0.02);
  });

  it('goes on with the bytes of another one', () => {
    const filter = new BloomFilter();
    filter.add('a');
    const copy = new BloomFilter(filter.bytes.slice());
    expect([copy.mayHave('a'), copy.mayHave('b')]).toEqual([true, false]);
  });
});
