import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LargestCount } from '../../../../src/core/limits/largest-count.ts';
import { holds } from '../../../support/property.ts';

describe('the largest count', () => {
  it('[Q16] always knows a key with the highest count', () => {
    const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), isRemoved: fc.boolean() });
    holds(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const counted = new LargestCount();
        const counts = new Map<string, number>();
        for (const { key, isRemoved } of steps) {
          const count = counts.get(key) ?? 0;
          if (isRemoved && count === 0) continue;
          if (isRemoved) counted.remove(key);
          else counted.add(key);
          counts.set(key, isRemoved ? count - 1 : count + 1);
          const highest = Math.max(...counts.values());
          const { largest } = counted;
          expect(largest === undefined ? 0 : counts.get(largest)).toBe(highest);
        }
      }),
    );
  });
});
