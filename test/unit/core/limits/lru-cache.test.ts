import { describe, expect, it, vi } from 'vitest';
import { LruCache, memoized } from '../../../../src/core/limits/lru-cache.ts';

describe('a bounded map', () => {
  it('keeps the entries that were used last', () => {
    const recent = new LruCache<string, number>(2);
    recent.set('a', 1);
    recent.set('b', 2);
    expect(recent.get('a')).toBe(1);
    recent.set('c', 3);
    expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual([1, undefined, 3]);
    recent.delete('a');
    expect(recent.get('a')).toBeUndefined();
  });
});

describe('remembered answers', () => {
  const bounds = { entriesMax: 2, lengthMax: 3 };

  it('[B2] are worked out once, while they are among the last', () => {
    const parse = vi.fn((text: string) => text.length);
    const remembered = memoized(parse, bounds);
    expect(['a', 'a', 'bb', 'ccc', 'a'].map((text) => remembered(text))).toEqual([1, 1, 2, 3, 1]);
    expect(parse.mock.calls.flat()).toEqual(['a', 'bb', 'ccc', 'a']);
  });

  it('[B2] of long texts are not kept', () => {
    const parse = vi.fn((text: string) => text.length);
    const remembered = memoized(parse, bounds);
    expect(['long', 'long'].map((text) => remembered(text))).toEqual([4, 4]);
    expect(parse).toHaveBeenCalledTimes(2);
  });
});
