import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { document } from '../../../src/applications/document.ts';
import { infoBoxes } from '../../../src/applications/info-boxes.ts';
import { todos } from '../../../src/applications/todos.ts';
import { change } from '../../../src/core/change.ts';
import { defineApplication } from '../../../src/core/define-application.ts';
import type { Definition } from '../../../src/core/definition.ts';
import { reject } from '../../../src/core/json/problem-error.ts';
import { run } from '../../../src/testing/index.ts';

interface List {
  list: unknown[];
}

/** A kind whose changes do what a reducer can do wrong. */
const faulty = defineApplication({
  name: 'faulty',
  version: 1,
  state: v.object({ list: v.array(v.number()) }),
  initial: { list: [] } as List,
  changes: {
    context: change(v.any(), (state: List, _, context) => void state.list.push({ ...context })),
    throws: change(v.any(), (state: List) => {
      state.list.push(1);
      throw new RangeError('a bug');
    }),
    nothing: change(v.any(), (_: List) => {
      throw undefined;
    }),
    refuses: change(v.any(), (_: List) => reject('no', 'Not today.')),
    grows: change(v.any(), (state: List) => void state.list.push('x'.repeat(20_000_000))),
    copies: change(v.any(), (state: List) => {
      for (let each = 0; each < 10_000_000; each += 1) state.list.push(each);
    }),
    nan: change(v.any(), (state: List) => void state.list.push(Number.NaN)),
    words: change(v.any(), (state: List) => void state.list.push('word')),
    promise: change(v.any(), (async () => undefined) as unknown as (state: List) => void),
  },
});

/** What reducers see where a test says nothing of them. */
const NO_RIGHTS = { role: 'writer', claims: {} };

const cycle: unknown[] = [];
cycle.push(cycle);

/** What became of one change. */
const one = (name: string, args?: unknown, definition: Definition = faulty) =>
  run(definition, [{ name, args } as never]).outcomes[0];

describe('run', () => {
  it('gives the state after all changes, and what became of each', () => {
    const { state, outcomes, version, stateIssue } = run(todos, [
      { name: 'add', args: { id: 'milk', text: ' Milk ' } },
      { name: 'add', args: { id: 'milk', text: 'Milk' } },
      { name: 'complete', args: { id: 'milk', done: true } },
      { name: 'clear' },
      { name: 'add', args: { id: 'tea', text: 'Tea' }, user: 'bob', now: Date.UTC(2026, 5, 1) },
    ]);
    expect(state).toEqual({ items: { tea: { text: 'Tea', done: false, created: Date.UTC(2026, 5, 1), by: 'bob' } } });
    expect(outcomes.map(({ status, seq, name, reason }) => [status, seq, name, reason])).toEqual([
      ['applied', 1, 'add', undefined],
      ['rejected', 2, 'add', 'todo-exists'],
      ['applied', 3, 'complete', undefined],
      ['applied', 4, 'clear', undefined],
      ['applied', 5, 'add', undefined],
    ]);
    expect(outcomes[1]?.problem).toMatchObject({ name: 'change-refused', detail: 'There is a todo milk already.' });
    expect(outcomes[2]).toEqual({
      ...{ status: 'applied', seq: 3, name: 'complete' },
      patch: [{ op: 'replace', path: '/items/milk/done', value: true }],
    });
    expect([version, stateIssue]).toEqual([5, undefined]);
  });

  it('is the same every time: time, user and client have fixed values', () => {
    const changes = [{ name: 'context' }, { name: 'context' }] as const;
    const { state } = run(faulty, changes);
    expect(state).toEqual(run(faulty, changes).state);
    const now = Date.UTC(2026, 0, 1);
    expect(state.list).toEqual([
      { now, seq: 1, client: 'client-1', user: 'alice', ...NO_RIGHTS },
      { now, seq: 2, client: 'client-1', user: 'alice', ...NO_RIGHTS },
    ]);
  });

  it('[D9] lets everything of the context be given, for all changes and for each', () => {
    const { state, version } = run(
      faulty,
      [{ name: 'context' }, { name: 'context', user: 'carol', client: 'phone', now: 9 }, { name: 'context' }],
      { user: 'bob', client: 'laptop', now: 7, seq: 40 },
    );
    expect(state.list).toEqual([
      { now: 7, seq: 40, client: 'laptop', user: 'bob', ...NO_RIGHTS },
      { now: 9, seq: 41, client: 'phone', user: 'carol', ...NO_RIGHTS },
      { now: 9, seq: 42, client: 'laptop', user: 'bob', ...NO_RIGHTS },
    ]);
    expect(version).toBe(42);
  });

  it('[D4] begins with a given state, and does not change it', () => {
    const given = { open: '1', forced: null } as const;
    const { state } = run(infoBoxes, [{ name: 'open', args: { box: '2' } }], { state: { ...given } });
    expect([state.open, given.open]).toEqual(['2', '1']);
  });

  it('[D4] rolls a failed change back and attaches the error itself, with the stack of the reducer', () => {
    const { state, outcomes } = run(faulty, [{ name: 'throws', args: 1 }, { name: 'words' }]);
    expect(state.list).toEqual(['word']);
    const [outcome] = outcomes;
    expect(outcome).toMatchObject({ status: 'rejected', seq: 1, problem: { name: 'change-failed' } });
    expect(outcome?.error).toBeInstanceOf(RangeError);
    expect(outcome?.error).toMatchObject({ message: 'a bug', stack: expect.stringContaining('run.test.ts') });
    expect(one('nothing')).toMatchObject({ status: 'rejected', error: undefined });
  });

  it.each([
    ['refuses', 'change-refused'],
    ['grows', 'state-too-large'],
    ['copies', 'too-much-work'],
    ['nan', 'number-range'],
    ['promise', 'not-json'],
    ['missing', 'unknown-change'],
  ])('[D4] rejects %s as the server does: %s', (name, problem) => {
    const outcome = one(name);
    expect(outcome).toMatchObject({ status: 'rejected', seq: 1, problem: { name: problem } });
    expect(outcome?.error).toBeInstanceOf(Error);
  });

  it('names the changes that there are when one is not', () => {
    const outcome = one('ad', {}, todos);
    expect(`${outcome?.error}`).toBe(
      'TypeError: The kind todos has no change "ad". It has: add, rename, complete, remove, clear.',
    );
  });

  it('[Q13] rejects args that do not fit, and refuses them with precheck', () => {
    const changes = [
      { name: 'add', args: { id: 'a b', text: 'x' } },
      { name: 'nobody' as 'clear' },
      { name: 'add', args: { id: 'a', text: 'x' } },
    ] as const;
    const rejected = run(todos, changes);
    expect(rejected.outcomes.map(({ status, seq, problem }) => [status, seq, problem?.name])).toEqual([
      ['rejected', 1, 'invalid-args'],
      ['rejected', 2, 'unknown-change'],
      ['applied', 3, undefined],
    ]);
    const refused = run(todos, changes, { precheck: true });
    expect(refused.outcomes.map(({ status, seq, problem }) => [status, seq, problem?.name])).toEqual([
      ['refused', undefined, 'invalid-args'],
      ['refused', undefined, 'unknown-change'],
      ['applied', 1, undefined],
    ]);
    expect(refused.outcomes[0]?.problem?.detail).toMatch(/^id: /);
  });

  it.each<readonly [string, string, unknown, string]>([
    ['a name that is none', '$migrate', {}, 'invalid-change'],
    ['NaN', 'words', { a: [Number.NaN] }, 'not-json'],
    ['a function', 'words', { a: () => 1 }, 'not-json'],
    ['a hole', 'words', new Array(1), 'not-json'],
    ['a cycle', 'words', cycle, 'not-json'],
    ['a key that reaches a prototype', 'words', JSON.parse('{"__proto__":1}'), 'forbidden-key'],
    ['half a pair', 'words', '\ud800', 'ill-formed-string'],
    ['more than 256 KB', 'words', 'x'.repeat(256 * 1024), 'too-large'],
  ])('[J3] [J7] refuses %s, which a server would not accept', (_, name, args, problem) => {
    const outcome = one(name, args);
    expect(outcome).toMatchObject({ status: 'refused', problem: { name: problem } });
    expect(outcome?.error).toBeInstanceOf(Error);
  });

  it('takes args as JSON does: without members that are undefined, and dates as text', () => {
    const { state } = run(document, [{ name: 'merge', args: { a: undefined, at: new Date(0) } as never }]);
    expect(state).toEqual({ at: '1970-01-01T00:00:00.000Z' });
  });

  it('tells when the state does not fit its schema any more', () => {
    const { stateIssue } = run(faulty, [{ name: 'words' }]);
    expect(stateIssue).toMatch(/^list\.0: /);
  });

  it('refuses options that cannot be', () => {
    const state = { list: ['a'] };
    expect(() => run(faulty, [], { state })).toThrow("the given state does not fit the definition's schema. list.0:");
    expect(() => run(todos, [], { state: { items: { a: () => 1 } } as never })).toThrow(
      'the given state does not work',
    );
    expect(() => run(todos, { name: 'clear' } as never)).toThrow('The changes must be an array');
    expect(() => run(todos, [{ name: 'clear' }, {} as never])).toThrow('Change 1 has no name');
    expect(() => run(todos, [], { seq: 0 })).toThrow(RangeError);
    expect(() => run(todos, [], { now: Number.NaN })).toThrow('now is NaN');
    expect(() => run(todos, [{ name: 'clear', now: 3 }], { now: 4 })).toThrow('clear: now is 3, and 4 has passed');
  });

  it('types the changes by the definition', () => {
    run(todos, [{ name: 'clear' }, { name: 'clear', args: {} }]);
    // @ts-expect-error there is no such change
    run(todos, [{ name: 'veto' }]);
    // @ts-expect-error its args are missing
    run(todos, [{ name: 'add' }]);
    // @ts-expect-error its args have another type
    run(todos, [{ name: 'add', args: { id: 1, text: 'x' } }]);
    // @ts-expect-error the state has another type
    expect(() => run(infoBoxes, [], { state: { open: 4, forced: null } })).toThrow(TypeError);
  });
});
