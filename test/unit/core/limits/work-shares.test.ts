import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WorkShares } from '../../../../src/core/limits/work-shares.ts';
import { SUBJECT_WORK_BYTES_MAX as MAX } from '../../../../src/protocol/limits.ts';
import { holds } from '../../../support/property.ts';

describe('[F2] the work of a subject while others wait', () => {
  it('is full at first, sinks with what is spent, and is nothing after far too much', () => {
    const shares = new WorkShares();
    expect(shares.left('a', 1)).toBe(MAX);
    shares.spend('a', MAX / 4, { seq: 1, head: 100 });
    expect(shares.left('a', 2)).toBe((MAX * 3) / 4);
    shares.spend('a', MAX, { seq: 2, head: 500 });
    expect([shares.left('a', 3), shares.left('b', 3)]).toEqual([0, MAX]);
    shares.spend('a', MAX, { seq: 3, head: 900 });
    expect(shares.left('a', 100)).toBe('nothing');
    expect(shares.left('a', 101)).toBe(MAX);
  });

  it('a change that is queued sees at most two laps of each other subject, whatever that one does', () => {
    const bombs = fc.array(fc.record({ bytes: fc.integer({ min: 0, max: 2 * MAX }), arrive: fc.nat(30) }), {
      minLength: 1,
      maxLength: 100,
    });
    holds(
      fc.property(bombs, fc.nat(99), (all, at) => {
        const shares = new WorkShares();
        let head = all.length;
        let work = 0;
        for (const [index, { bytes, arrive }] of all.entries()) {
          const seq = index + 1;
          // The honest change is queued now, behind all that has arrived.
          if (index === Math.min(at, all.length - 1)) work = 0;
          const left = shares.left('a', seq);
          // A change may overshoot by what it had under way when it was stopped: here by as much as a change may do.
          const done = left === 'nothing' ? 0 : Math.min(bytes, left + MAX);
          shares.spend('a', done, { seq, head });
          work += done;
          head += arrive;
        }
        expect(work).toBeLessThanOrEqual(2 * 3 * MAX);
      }),
    );
  });

  it('what is expected follows what the last changes took, and fades', () => {
    const shares = new WorkShares();
    expect(shares.expected('a', 1_000)).toBe(0);
    shares.learn('a', 0);
    expect(shares.expected('a', 1_000)).toBe(0);
    shares.learn('a', 800);
    expect(shares.expected('a', 10)).toBe(8_000);
    shares.learn('a', 0);
    expect(shares.expected('a', 10)).toBe(7_000);
    for (let changes = 0; changes < 100; changes += 1) shares.learn('a', 0);
    expect(shares.expected('a', 10_000)).toBe(0);
    expect(shares.expected('b', 10_000)).toBe(0);
  });
});
