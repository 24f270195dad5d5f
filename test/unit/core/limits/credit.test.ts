import { describe, expect, it } from 'vitest';
import { Credit } from '../../../../src/core/limits/credit.ts';

describe('[W11] credit', () => {
  it('a mark is due after each quarter of the limit', () => {
    const credit = new Credit();
    expect([10, 10, 10, 10, 10].map((length) => credit.recordSent(length, 80))).toEqual([
      undefined,
      1,
      undefined,
      2,
      undefined,
    ]);
    expect(credit.outstanding).toBe(50);
  });

  it('an acknowledged mark takes everything up to it, those before included', () => {
    const credit = new Credit();
    for (let sent = 0; sent < 6; sent += 1) credit.recordSent(20, 80);
    credit.acknowledge(4);
    expect(credit.outstanding).toBe(40);
    credit.acknowledge(4);
    credit.acknowledge(2);
    expect(credit.outstanding).toBe(40);
  });

  it('a mark that was never given is nothing', () => {
    const credit = new Credit();
    credit.recordSent(20, 80);
    for (const mark of [2, 99, Number.MAX_SAFE_INTEGER]) credit.acknowledge(mark);
    expect(credit.outstanding).toBe(20);
  });

  it('a reader that guesses marks gets no credit, and one that returns a random mark gets all up to it', () => {
    const marks = [7_000_000_001, 5, 9_000_000_002];
    const credit = new Credit(() => marks.shift() as number);
    const due = [20, 20, 20].map((length) => credit.recordSent(length, 80));
    expect(due).toEqual([7_000_000_001, 5, 9_000_000_002]);
    for (const guess of [1, 2, 3, 4, 6, 7_000_000_000, 9_000_000_003]) credit.acknowledge(guess);
    expect(credit.outstanding).toBe(60);
    credit.acknowledge(5);
    expect(credit.outstanding).toBe(20);
    credit.acknowledge(7_000_000_001);
    expect(credit.outstanding).toBe(20);
  });

  it('whatever is sent and acknowledged, what is outstanding is the rest', () => {
    const credit = new Credit();
    const sizes = new Map<number, number>();
    let total = 0;
    for (let i = 1; i <= 500; i += 1) {
      const length = (i * 7919) % 50;
      total += length;
      const mark = credit.recordSent(length, 100);
      if (mark !== undefined) sizes.set(mark, total);
      if (i % 13 === 0 && mark !== undefined) {
        credit.acknowledge(mark);
        expect(credit.outstanding).toBe(0);
      }
    }
    expect(sizes.size).toBeGreaterThan(100);
    expect([...sizes.keys()]).toEqual(Array.from({ length: sizes.size }, (_, index) => index + 1));
  });
});
