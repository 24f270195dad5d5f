import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Caution,
  type CountedAttempt,
  cautionAfter,
  planAttempt,
} from '../../../../src/core/drain/attempt-plan.ts';
import { ATTEMPTS_MAX, DRAIN_SLICE_CHANGES } from '../../../../src/protocol/limits.ts';
import { holds } from '../../../support/property.ts';

/** A change that ends every instance is found within so many [D5]. */
const INSTANCES_MAX = 7;

/** What became of a queue that instances have worked off, each until it died. */
interface Outcome {
  readonly applied: readonly number[];
  readonly dead: readonly number[];
  readonly deaths: number;
  readonly attempts: number;
}

/** Applies changes 1 to `last` as the drain does; a slice that holds a poisonous change ends the instance. */
const workOff = (last: number, poison: ReadonlySet<number>): Outcome => {
  const outcome = { applied: [] as number[], dead: [] as number[], deaths: 0, attempts: 0 };
  let counted: CountedAttempt = { attemptSeq: 0, attempts: 0 };
  let next = 1;
  while (next <= last) {
    const caution: Caution = cautionAfter(counted, next);
    for (let isAlive = true; isAlive && next <= last; ) {
      const plan = planAttempt(caution, next, last - next + 1);
      if (plan.kind === 'dead-letter') {
        outcome.dead.push(next);
        next += 1;
        continue;
      }
      counted = { attemptSeq: next, attempts: plan.level };
      outcome.attempts += 1;
      const slice = Array.from({ length: Math.min(plan.changes, last - next + 1) }, (_, index) => next + index);
      isAlive = !slice.some((seq) => poison.has(seq));
      if (!isAlive) outcome.deaths += 1;
      else {
        outcome.applied.push(...slice);
        next += slice.length;
      }
    }
  }
  return outcome;
};

describe('attempts after an instance has died', () => {
  it('[D5] a full queue without a poisonous change takes an attempt for each slice', () => {
    const { attempts, deaths, applied } = workOff(5 * DRAIN_SLICE_CHANGES, new Set());
    expect([attempts, deaths, applied.length]).toEqual([5, 0, 5 * DRAIN_SLICE_CHANGES]);
  });

  it('[D5] a change that stands alone is dead-lettered after its third attempt', () => {
    expect(workOff(1, new Set([1]))).toEqual({ applied: [], dead: [1], deaths: ATTEMPTS_MAX, attempts: ATTEMPTS_MAX });
  });

  it('[D4] [D5] every poisonous change is dead-lettered, every other is applied once, and each costs a bounded number of instances', () => {
    const queue = fc.integer({ min: 1, max: 2 * DRAIN_SLICE_CHANGES });
    const property = fc.property(queue, fc.array(fc.nat(2 * DRAIN_SLICE_CHANGES), { maxLength: 5 }), (last, drawn) => {
      const poison = new Set(drawn.map((each) => (each % last) + 1));
      const { applied, dead, deaths } = workOff(last, poison);
      expect(dead).toEqual([...poison].sort((a, b) => a - b));
      expect(applied.length + dead.length).toBe(last);
      expect(new Set(applied).size).toBe(applied.length);
      expect(deaths).toBeLessThanOrEqual(INSTANCES_MAX * poison.size);
    });
    holds(property);
  });

  it('[D5] an attempt that began at another change says nothing of this one', () => {
    expect(cautionAfter({ attemptSeq: 7, attempts: 3 }, 8)).toEqual({ level: 1, until: 0 });
  });
});
