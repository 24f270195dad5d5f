import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Allowance } from '../../../../src/core/limits/allowance.ts';

const MINUTE = 60_000;
const allowance = (limit: number) => new Allowance({ limit, periodMs: MINUTE });

describe('an allowance', () => {
  it('[C3] is used up by its limit and full again in the next period of the clock', () => {
    const minute = allowance(3);
    minute.use(2, 10_000);
    expect(minute.retryAfter(10_000)).toBeUndefined();
    minute.use(1, 20_000);
    expect(minute.retryAfter(20_000)).toBe(40);
    expect(minute.retryAfter(MINUTE)).toBeUndefined();
    expect(minute.used(MINUTE)).toBe(0);
  });

  it('[C3] what goes over is owed by the periods after', () => {
    const minute = allowance(100);
    minute.use(250, 0);
    expect(minute.retryAfter(30_000)).toBe(90);
    expect(minute.used(MINUTE)).toBe(150);
    expect(minute.used(2 * MINUTE)).toBe(50);
    expect(minute.retryAfter(2 * MINUTE)).toBeUndefined();
  });

  it('[C3] is restored from a snapshot, and a clock that steps back gives nothing away', () => {
    const before = allowance(5);
    before.use(5, 3 * MINUTE);
    const after = allowance(5);
    after.resume(before.snapshot);
    expect(after.retryAfter(3 * MINUTE + 1_000)).toBe(59);
    expect(after.retryAfter(2 * MINUTE)).toBe(120);
  });

  it('without a limit it is never used up', () => {
    const minute = allowance(Number.POSITIVE_INFINITY);
    minute.use(1e12, 0);
    expect(minute.retryAfter(0)).toBeUndefined();
    expect(minute.used(MINUTE)).toBe(0);
  });

  it('[C3] a caller that waits for retryAfter can go on, and in the long run never gets more than the limit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 90_000 })), { maxLength: 40 }),
        (limit, uses) => {
          const minute = allowance(limit);
          let [now, total, largest] = [0, 0, 0];
          for (const [count, pause] of uses) {
            now += pause;
            const wait = minute.retryAfter(now);
            if (wait !== undefined) now += wait * 1_000;
            expect(minute.retryAfter(now)).toBeUndefined();
            minute.use(count, now);
            total += count;
            largest = Math.max(largest, count);
          }
          expect(total).toBeLessThan(limit * (Math.floor(now / MINUTE) + 1) + largest);
        },
      ),
    );
  });
});
