import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QueueShares, shareOf } from '../../../../src/core/limits/queue-shares.ts';
import { holds } from '../../../support/property.ts';

interface Push {
  readonly user: string;
  readonly changes: number;
}

const user = fc.constantFrom('a', 'b', 'c');
const push = fc.record({ user, changes: fc.integer({ min: 1, max: 20 }) });
/** A push, or the number of changes that a drain applies. */
const steps = fc.array(fc.oneof(push, fc.integer({ min: 1, max: 30 })), { maxLength: 60 });

describe('[F1] the queue by subject', () => {
  it('counts what a plain list of changes counts, whatever is pushed and applied', () => {
    holds(
      fc.property(steps, (all) => {
        const shares = new QueueShares();
        let queue: string[] = [];
        let head = 0;
        for (const step of all) {
          if (typeof step === 'number') {
            queue = queue.slice(step);
            shares.dropUntil(head - queue.length);
          } else {
            head += step.changes;
            queue.push(...Array.from({ length: step.changes }, () => step.user));
            shares.add({ ...step, last: head, length: 10 * step.changes });
          }
          for (const each of ['a', 'b', 'c']) {
            const own = queue.filter((name) => name === each).length;
            expect(shares.of(each)).toEqual({ changes: own, length: 10 * own });
            expect(shares.hasOthers(each)).toBe(own < queue.length);
          }
          expect(shares.total).toEqual({ changes: queue.length, length: 10 * queue.length });
        }
      }),
    );
  });

  it('the length of changes of different sizes is back at nothing when all are applied', () => {
    const shares = new QueueShares();
    shares.add({ user: 'a', last: 3, changes: 3, length: 100 });
    shares.add({ user: 'a', last: 4, changes: 1, length: 7 });
    shares.dropUntil(1);
    expect(shares.of('a').changes).toBe(3);
    expect(shares.of('a').length).toBeLessThan(107);
    shares.dropUntil(4);
    expect([shares.of('a'), shares.total]).toEqual([
      { changes: 0, length: 0 },
      { changes: 0, length: 0 },
    ]);
  });

  it('forgets what is applied, also while the queue is never empty', () => {
    const shares = new QueueShares();
    for (let seq = 1; seq <= 100_000; seq += 1) {
      shares.add({ user: seq % 2 === 0 ? 'a' : 'b', last: seq, changes: 1, length: 1 });
      shares.dropUntil(seq - 2);
    }
    expect(shares.total).toEqual({ changes: 2, length: 2 });
    expect([shares.of('a').changes, shares.of('b').changes]).toEqual([1, 1]);
  });
});

describe('[F1] the share of one subject', () => {
  const TOTAL = 1_250;

  it('is four fifths of the queue where nobody else has anything in it', () => {
    expect(shareOf(TOTAL, 0)).toBe(1_000);
  });

  /** Pushes whatever each step asks for, in order, where it fits. @returns what each has at last */
  const fill = (pushes: readonly Push[]): Map<string, number> => {
    const queued = new Map<string, number>();
    for (const { user: name, changes } of pushes) {
      const others = [...queued].reduce((sum, [each, count]) => sum + (each === name ? 0 : count), 0);
      const own = (queued.get(name) ?? 0) + changes;
      if (own <= shareOf(TOTAL, others)) queued.set(name, own);
    }
    return queued;
  };

  it('leaves room for a newcomer, however others have filled the queue: a fifth of it for each of them before', () => {
    const names = fc.integer({ min: 0, max: 3 }).map((index) => `s${index}`);
    const any = fc.array(fc.record({ user: names, changes: fc.integer({ min: 1, max: 300 }) }), { maxLength: 200 });
    holds(
      fc.property(any, (pushes) => {
        const queued = fill(pushes);
        const total = [...queued.values()].reduce((sum, count) => sum + count, 0);
        expect(total).toBeLessThan(TOTAL);
        expect(TOTAL - total).toBeGreaterThanOrEqual(TOTAL / 5 ** queued.size);
      }),
    );
  });

  it('of one that came late grows as the queue is applied, until it has all that the first had', () => {
    expect(shareOf(TOTAL, 1_000)).toBe(200);
    expect(shareOf(TOTAL, 500)).toBe(600);
    expect(shareOf(TOTAL, 2 * TOTAL)).toBe(0);
  });
});
