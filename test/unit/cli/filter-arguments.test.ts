import { describe, expect, it } from 'vitest';
import { filterOf, wordOf } from '../../../src/cli/command-line/filter-arguments.ts';

const NOW = 1_000_000_000_000;

describe('the flags that narrow a list of changes', () => {
  it.each([
    ['30m', NOW - 1_800_000],
    ['12h', NOW - 43_200_000],
    ['7d', NOW - 604_800_000],
    ['2026-11-28T07:00:00Z', Date.UTC(2026, 10, 28, 7)],
  ])('[L15] --since %s', (since, expected) => {
    expect(filterOf({ since, user: 'ann' }, NOW)).toEqual({ user: 'ann', since: expected });
  });

  it.each(['yesterday', '0h', '1', '1w', '2026-11-28', ''])(
    '[L15] refuses --until "%s" and says what it takes',
    (until) => {
      expect(() => filterOf({ until }, NOW)).toThrow('--until must be a time such as');
    },
  );

  it('[O6] refuses another word than the ones there are', () => {
    expect(wordOf('--cause', 'rule', ['rule', 'failure'])).toBe('rule');
    expect(() => wordOf('--cause', 'bug', ['rule', 'failure'])).toThrow(/^--cause must be rule or failure$/);
  });
});
