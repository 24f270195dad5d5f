import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClientCounter, type Sequenced, sequence } from '../../../../src/core/drain/sequence.ts';
import { holds } from '../../../support/property.ts';

const mark: ClientCounter = { n: 5, seq: 50, user: 'ann' };

describe('sequence', () => {
  it.each<readonly [string, ClientCounter | undefined, string, number, number, Sequenced]>([
    ['[Q2] a new client begins at 1', undefined, 'ann', 1, 1, { kind: 'continues', repeated: 0 }],
    ['[Q6] a new client begins with a batch', undefined, 'ann', 1, 1000, { kind: 'continues', repeated: 0 }],
    ['[Q2] a new client cannot begin at 2', undefined, 'ann', 2, 1, { kind: 'gap', expected: 1 }],
    ['[Q2] the next n', mark, 'ann', 6, 1, { kind: 'continues', repeated: 0 }],
    ['[Q2] one n beyond', mark, 'ann', 7, 1, { kind: 'gap', expected: 6 }],
    ['[Q2] far beyond', mark, 'ann', Number.MAX_SAFE_INTEGER, 1, { kind: 'gap', expected: 6 }],
    ['[Q3] the last n again', mark, 'ann', 5, 1, { kind: 'continues', repeated: 1 }],
    ['[Q3] the first n again', mark, 'ann', 1, 1, { kind: 'continues', repeated: 1 }],
    ['[Q6] a batch that was accepted whole', mark, 'ann', 3, 3, { kind: 'continues', repeated: 3 }],
    ['[Q6] a batch that was accepted long ago', mark, 'ann', 1, 2, { kind: 'continues', repeated: 2 }],
    ['[Q6] a batch that was accepted in part', mark, 'ann', 4, 5, { kind: 'continues', repeated: 2 }],
    ['[Q6] a batch that follows', mark, 'ann', 6, 5, { kind: 'continues', repeated: 0 }],
    ['[Q6] a gap refuses all of a batch', mark, 'ann', 7, 5, { kind: 'gap', expected: 6 }],
    ['[Q14] another subject', mark, 'bob', 6, 1, { kind: 'taken' }],
    ['[Q14] another subject, with a gap', mark, 'bob', 9, 1, { kind: 'taken' }],
    ['[Q14] another subject, with a repeat', mark, 'bob', 5, 1, { kind: 'taken' }],
    ['[Q14] another spelling', mark, 'Ann', 6, 1, { kind: 'taken' }],
  ])('%s', (_, known, user, n, count, expected) => {
    expect(sequence(known, user, n, count)).toEqual(expected);
  });

  it('[Q2] [Q3] whatever is sent, each n is accepted once and in order', () => {
    const anyPush = fc.record({ n: fc.integer({ min: 1, max: 20 }), count: fc.integer({ min: 1, max: 6 }) });
    holds(
      fc.property(fc.array(anyPush, { maxLength: 30 }), (pushes) => {
        const accepted: number[] = [];
        let known: ClientCounter | undefined;
        for (const { n, count } of pushes) {
          const result = sequence(known, 'ann', n, count);
          if (result.kind === 'gap') expect(result.expected).toBe(accepted.length + 1);
          if (result.kind !== 'continues') continue;
          for (let next = n + result.repeated; next < n + count; next += 1) accepted.push(next);
          if (accepted.length > 0) known = { n: accepted.length, seq: accepted.length, user: 'ann' };
        }
        expect(accepted).toEqual(accepted.map((_, index) => index + 1));
      }),
    );
  });
});
