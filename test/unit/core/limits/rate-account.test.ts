import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateAccount } from '../../../../src/core/limits/rate-account.ts';
import { holds } from '../../../support/property.ts';

const RATE = { perSecond: 10, burst: 100 };

describe('[F4] an account of a rate', () => {
  it('grants a burst, then what the rate brings', () => {
    const account = new RateAccount(RATE, 0);
    account.charge(99, 0);
    expect(account.retryAfter(0)).toBeUndefined();
    account.charge(1, 0);
    expect(account.retryAfter(0)).toBe(1);
    expect(account.retryAfter(100)).toBeUndefined();
  });

  it('may go into debt, which is paid by time, and is never longer than a minute', () => {
    const account = new RateAccount(RATE, 0);
    account.charge(150, 0);
    expect(account.retryAfter(0)).toBe(6);
    expect(account.retryAfter(5_000)).toBe(1);
    account.charge(1e9, 5_000);
    expect(account.retryAfter(5_000)).toBeLessThanOrEqual(61);
    expect(account.retryAfter(66_000)).toBeUndefined();
  });

  it('whoever waits as told is granted, and never more than burst and rate in the long run', () => {
    const steps = fc.array(fc.record({ cost: fc.integer({ min: 1, max: 50 }), pauseMs: fc.nat(2_000) }), {
      maxLength: 50,
    });
    holds(
      fc.property(steps, (all) => {
        const account = new RateAccount(RATE, 0);
        let [now, granted] = [0, 0];
        for (const { cost, pauseMs } of all) {
          now += pauseMs;
          const wait = account.retryAfter(now);
          if (wait !== undefined) {
            expect(account.retryAfter(now + wait * 1_000)).toBeUndefined();
            now += wait * 1_000;
          }
          expect(granted).toBeLessThanOrEqual(RATE.burst + (now / 1_000) * RATE.perSecond);
          account.charge(cost, now);
          granted += cost;
        }
      }),
    );
  });

  it('a clock that steps back grants nothing', () => {
    const account = new RateAccount(RATE, 10_000);
    account.charge(100, 10_000);
    expect(account.retryAfter(0)).toBe(1);
  });
});
