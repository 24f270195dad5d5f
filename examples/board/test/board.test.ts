import { replay, run, type TestChange } from 'changebucket/testing';
import { describe, expect, it } from 'vitest';
import { board } from '../src/board.ts';
import { COLUMNS, DOING_MAX } from '../src/board-state.ts';

type Change = TestChange<typeof board>;

const add = (id: string, user = 'ann'): Change => ({ name: 'add', args: { id, title: `Card ${id}` }, user });
const start = (id: string): Change => ({ name: 'move', args: { id, from: 'todo', to: 'doing', index: 0 } });

/** What became of each change: `applied`, or the reason for which it was rejected. */
const outcomesOf = (...changes: Change[]): string[] =>
  run(board, changes).outcomes.map(({ status, reason }) => reason ?? status);

describe('the board', () => {
  it('puts a new card at the end of the first column, with the user who added it and the time', () => {
    const { state } = run(board, [add('a'), { ...add('b', 'bob'), now: 1_800_000_000_000 }]);
    expect(state.columns).toEqual({ todo: ['a', 'b'], doing: [], done: [] });
    expect(state.cards['b']).toEqual({ title: 'Card b', by: 'bob', added: 1_800_000_000_000 });
  });

  it('lets one person win when two move the same card at the same time', () => {
    expect(outcomesOf(add('a'), start('a'), start('a'))).toEqual(['applied', 'applied', 'moved-meanwhile']);
  });

  it(`has at most ${DOING_MAX} cards in progress`, () => {
    const ids = Array.from({ length: DOING_MAX + 1 }, (_, index) => `card-${index}`);
    const { state, outcomes } = run(board, [...ids.map((id) => add(id)), ...ids.map(start)]);
    expect(outcomes.at(-1)?.reason).toBe('too-much-to-do');
    // A rejected change leaves nothing behind: the card is where it was.
    expect(state.columns.todo).toEqual([ids.at(-1)]);
  });

  it('loses no title when two people rename a card at the same time', () => {
    const rename = (title: string): Change => ({ name: 'rename', args: { id: 'a', title, from: 'Card a' } });
    expect(outcomesOf(add('a'), rename('First'), rename('Second'))).toEqual([
      'applied',
      'applied',
      'renamed-meanwhile',
    ]);
  });

  it('lets only the author remove a card', () => {
    const remove = (user: string): Change => ({ name: 'remove', args: { id: 'a' }, user });
    expect(outcomesOf(add('a'), remove('bob'), remove('ann'))).toEqual(['applied', 'not-yours', 'applied']);
  });

  it('keeps a state that fits its schema, whatever happens, and does the same wherever it runs', () => {
    const changes: Change[] = [add('a'), add('b'), start('a'), { name: 'remove', args: { id: 'b' }, user: 'ann' }];
    const { state, stateIssue, impurities } = replay(board, changes);
    expect(impurities).toEqual([]);
    expect(stateIssue).toBeUndefined();
    expect(COLUMNS.flatMap((column) => state.columns[column])).toEqual(Object.keys(state.cards));
  });
});
