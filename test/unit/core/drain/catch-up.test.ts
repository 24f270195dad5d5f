import { describe, expect, it } from 'vitest';
import { type CatchUp, catchUp } from '../../../../src/core/drain/catch-up.ts';
import type { Version } from '../../../../src/protocol/version.ts';

const at = (version: number, epoch = 'now'): Version => ({ epoch, version });
const unchanged: CatchUp = { kind: 'unchanged' };
const full: CatchUp = { kind: 'full' };
const patch = (from: number): CatchUp => ({ kind: 'patch', from });

describe('catchup', () => {
  it.each<readonly [string, readonly Version[], Version, number, CatchUp]>([
    ['[S1] no cursor', [], at(9), 3, full],
    ['[S1] no cursor and nothing happened', [], at(0), 0, full],
    ['[S2] the present version', [at(9)], at(9), 3, unchanged],
    ['[S2] version 0', [at(0)], at(0), 0, unchanged],
    ['[S2] the present among others', [at(4), at(9), at(2, 'old')], at(9), 3, unchanged],
    ['[S2] the present below the floor', [at(2)], at(2), 3, unchanged],
    ['[S3] one before', [at(8)], at(9), 3, patch(8)],
    ['[S3] at the floor', [at(3)], at(9), 3, patch(3)],
    ['[S3] from 0', [at(0)], at(9), 0, patch(0)],
    ['[S3] the newest of several', [at(5), at(7), at(6)], at(9), 3, patch(7)],
    ['[S3] a future one beside one that is known', [at(12), at(7)], at(9), 3, patch(7)],
    ['[S3] below the floor', [at(2)], at(9), 3, full],
    ['[S3] 0, below the floor', [at(0)], at(9), 1, full],
    ['[S11] another epoch', [at(9, 'old')], at(9), 3, full],
    ['[S11] another epoch within the history', [at(8, 'old')], at(9), 3, full],
    ['[S11] the future', [at(10)], at(9), 3, full],
    ['[S11] the future and another epoch', [at(10), at(9, 'old')], at(9), 3, full],
  ])('%s', (_, cursors, present, floor, expected) => {
    expect(catchUp(cursors, present, floor)).toEqual(expected);
  });
});
