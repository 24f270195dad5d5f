import { describe, expect, it } from 'vitest';
import { Backlog } from '../../../../src/core/limits/backlog.ts';

describe('a backlog', () => {
  it('[W9] returns messages in their order, also while others are added', () => {
    const backlog = new Backlog(10_000);
    const taken: unknown[] = [];
    for (let i = 0; i < 50; i += 1) {
      backlog.add(`a${i}`);
      backlog.add(`b${i}`);
      taken.push(backlog.take());
    }
    for (let next = backlog.take(); next !== undefined; next = backlog.take()) taken.push(next);
    expect(taken).toEqual(Array.from({ length: 100 }, (_, i) => `${i % 2 === 0 ? 'a' : 'b'}${Math.floor(i / 2)}`));
    expect(backlog.take()).toBeUndefined();
  });

  it('bounds the characters that wait, and the number of empty messages', () => {
    const backlog = new Backlog(640);
    for (let i = 0; i < 10; i += 1) expect(backlog.add('')).toBe('added');
    expect(backlog.add('')).toBe('full');
    expect(backlog.take()).toBe('');
    expect([backlog.add('x'.repeat(65)), backlog.add(new ArrayBuffer(64))]).toEqual(['full', 'added']);
  });

  it('[W13] takes time in proportion to the messages, not to their square', () => {
    const timeOf = (count: number): number => {
      const backlog = new Backlog(Number.POSITIVE_INFINITY);
      // Of the processor: other processes may have it meanwhile.
      const begun = process.cpuUsage();
      for (let i = 0; i < count; i += 1) backlog.add('');
      for (let i = 0; i < count; i += 1) backlog.take();
      return process.cpuUsage(begun).user / 1_000;
    };
    timeOf(20_000);
    // The square would take 400 times as long.
    expect(timeOf(400_000)).toBeLessThan(100 * Math.max(1, timeOf(20_000)));
  });
});
