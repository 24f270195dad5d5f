import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../../../src/core/limits/token-bucket.ts';
import { holds } from '../../../support/property.ts';

const RATE = { perSecond: 10, burst: 100 };

describe('[F4] a token bucket that is charged afterwards', () => {
  it('grants a burst, then what the rate brings', () => {
    const account = new TokenBucket(RATE, 0);
    account.charge(0, 99);
    expect(account.retryAfter(0)).toBeUndefined();
    account.charge(0, 1);
    expect(account.retryAfter(0)).toBe(1);
    expect(account.retryAfter(100)).toBeUndefined();
  });

  it('may go into debt, which is paid by time, and is never longer than a minute', () => {
    const account = new TokenBucket(RATE, 0);
    account.charge(0, 150);
    expect(account.retryAfter(0)).toBe(6);
    expect(account.retryAfter(5_000)).toBe(1);
    account.charge(5_000, 1e9);
    expect(account.retryAfter(5_000)).toBeLessThanOrEqual(61);
    expect(account.retryAfter(66_000)).toBeUndefined();
  });

  it('whoever waits as told is granted, and never more than burst and rate in the long run', () => {
    const steps = fc.array(fc.record({ cost: fc.integer({ min: 1, max: 50 }), pauseMs: fc.nat(2_000) }), {
      maxLength: 50,
    });
    holds(
      fc.property(steps, (all) => {
        const account = new TokenBucket(RATE, 0);
        let [now, granted] = [0, 0];
        for (const { cost, pauseMs } of all) {
          now += pauseMs;
          const wait = account.retryAfter(now);
          if (wait !== undefined) {
            expect(account.retryAfter(now + wait * 1_000)).toBeUndefined();
            now += wait * 1_000;
          }
          expect(granted).toBeLessThanOrEqual(RATE.burst + (now / 1_000) * RATE.perSecond);
          account.charge(now, cost);
          granted += cost;
        }
      }),
    );
  });

  it('a clock that steps back grants nothing', () => {
    const account = new TokenBucket(RATE, 10_000);
    account.charge(10_000, 100);
    expect(account.retryAfter(0)).toBe(1);
  });
});

describe('[W13] a token bucket', () => {
  const make = () => new TokenBucket({ perSecond: 10, burst: 20 }, 1_000);
  const takes = (bucket: TokenBucket, count: number, now: number): number =>
    Array.from({ length: count }, () => bucket.consume(now)).filter((taken) => taken === 'granted').length;

  it('lets a burst through, then its rate', () => {
    const bucket = make();
    expect(takes(bucket, 30, 1_000)).toBe(20);
    expect(takes(bucket, 30, 1_500)).toBe(5);
    expect(takes(bucket, 30, 2_500)).toBe(10);
  });

  it('saves up a burst and no more', () => {
    const bucket = make();
    takes(bucket, 20, 1_000);
    expect(takes(bucket, 100, 1_000_000)).toBe(20);
  });

  it('a clock that goes back gives nothing and takes nothing', () => {
    const bucket = make();
    takes(bucket, 20, 1_000);
    expect(takes(bucket, 5, 0)).toBe(0);
    expect(takes(bucket, 5, 100)).toBe(1);
  });
});
