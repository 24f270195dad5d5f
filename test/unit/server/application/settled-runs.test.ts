import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SettledRun } from '../../../../src/core/drain/sequence.ts';
import { SETTLED_RUNS_MAX } from '../../../../src/protocol/limits.ts';
import { addRetried, addSettled, settledOutcome } from '../../../../src/server/application/state/settled-runs.ts';
import { holds } from '../../../support/property.ts';

describe('the last outcomes of a client', () => {
  it('[O5] [O4] what is told is true, the newest are told, and their number is bounded', () => {
    const step = fc.record({
      gap: fc.integer({ min: 0, max: 1 }),
      rejected: fc.constantFrom(undefined, undefined, 'change-refused', 'dead-letter'),
      isRetried: fc.boolean(),
    });
    holds(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const runs: SettledRun[] = [];
        const known = new Map<number, { seq: number; status: string; version?: number }>();
        let seq = 0;
        for (const [index, { gap, rejected, isRetried }] of steps.entries()) {
          const n = index + 1;
          seq += 1 + gap;
          addSettled(runs, { n, seq, rejected });
          const status = rejected === undefined ? 'applied' : rejected === 'dead-letter' ? 'dead' : 'rejected';
          known.set(n, { seq, status, ...(status === 'applied' ? { version: seq } : {}) });
          if (rejected === undefined || !isRetried) continue;
          addRetried(runs, seq, seq + 1_000);
          known.set(n, { seq, status: 'applied', version: seq + 1_000 });
        }
        expect(runs.length).toBeLessThanOrEqual(SETTLED_RUNS_MAX);
        for (const [n, { seq: expected, ...outcome }] of known) {
          const found = settledOutcome(runs, n);
          if (n > known.size - SETTLED_RUNS_MAX / 2) expect(found).toBeDefined();
          if (found !== undefined) expect(found).toMatchObject({ seq: expected, outcome });
        }
        expect(settledOutcome(runs, known.size + 1)).toBeUndefined();
      }),
    );
  });
});
