import { describe, expect, it } from 'vitest';
import { heapBytes } from '../../../../src/core/limits/heap-bytes.ts';

describe('the memory of a text', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['\u00ff'.repeat(10), 10],
    ['abc\u0100', 8],
    [`${'x'.repeat(1_000)}😀`, 2_004],
    ['\ud800', 2],
  ])('[B2] of %j is counted in bytes, not in characters', (text, bytes) => {
    expect(heapBytes(text)).toBe(bytes);
  });
});
