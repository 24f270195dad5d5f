import { describe, expect, it } from 'vitest';
import { ApplicationNumbers } from '../../../../src/server/directory/application-numbers.ts';
import { NO_NUMBERS } from '../../../../src/server/rpc/numbers.ts';

/** A database in which so many applications have something queued. */
const waiting = (count: number): SqlStorage => {
  const rows = Array.from({ length: count }, (_, i) => ({
    app: `a${i}`,
    numbers: JSON.stringify({ ...NO_NUMBERS, waitingSince: 1_000 + i }),
  }));
  const exec = (statement: string) => (statement.includes('sqlite_master') ? { toArray: () => [1] } : rows);
  return { exec } as unknown as SqlStorage;
};

describe('[G1] the numbers of an owner', () => {
  it('tell since when its applications wait, however many do', () => {
    expect(new ApplicationNumbers(waiting(200_000)).sum.waitingSince).toBe(1_000);
    expect(new ApplicationNumbers(waiting(0)).sum.waitingSince).toBe(null);
  });
});
