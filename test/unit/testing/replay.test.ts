import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { document } from '../../../src/applications/document.ts';
import { todos } from '../../../src/applications/todos.ts';
import { change, treeChange } from '../../../src/core/change.ts';
import { defineApplication } from '../../../src/core/define-application.ts';
import { reject } from '../../../src/core/json/problem-error.ts';
import { replay, run } from '../../../src/testing/index.ts';

interface State {
  list: unknown[];
  count: number;
}

const push = (state: State, value: unknown) => void state.list.push(value);

/** @param reducer of the only change */
const kindOf = (reducer: (state: State, args: never, context: { now: number }) => void, schema: unknown = v.any()) =>
  defineApplication({
    name: 'kind',
    version: 1,
    initial: { list: [], count: 0 } as State,
    changes: {
      same: change(v.any(), (state: State) => {
        state.count += 1;
      }),
      it: change(schema as ReturnType<typeof v.any>, reducer as (state: State, args: unknown) => void),
    },
  });

const impurities = (definition: ReturnType<typeof kindOf>, times = 1, args: unknown = {}) =>
  replay(definition, [{ name: 'same' }, ...Array.from({ length: times }, () => ({ name: 'it', args }) as const)])
    .impurities;

describe('replay', () => {
  it('gives what run gives, and finds nothing wrong with pure reducers', () => {
    const changes = [
      { name: 'add', args: { id: 'a', text: 'A' } },
      { name: 'add', args: { id: 'a', text: 'A' } },
      { name: 'rename', args: { id: 'b', text: 'B' } },
      { name: 'bad name!' as 'clear' },
      { name: 'clear' },
    ] as const;
    const { impurities: found, ...result } = replay(todos, changes, { user: 'bob', now: 5, seq: 3 });
    expect(found).toEqual([]);
    const { outcomes, ...rest } = run(todos, changes, { user: 'bob', now: 5, seq: 3 });
    expect(result).toMatchObject(rest);
    expect(result.outcomes.map(({ status }) => status)).toEqual(outcomes.map(({ status }) => status));
    expect(replay(document, [{ name: 'merge', args: { a: 1 } }]).impurities).toEqual([]);
  });

  it.each<readonly [string, () => unknown]>([
    ['Math.random()', () => Math.random()],
    ['Date.now()', () => Date.now()],
    ['new Date()', () => new Date().toISOString()],
    ['Date()', () => (Date as unknown as () => string)()],
    ['performance.now()', () => performance.now()],
    ['crypto.randomUUID()', () => crypto.randomUUID()],
    ['crypto.getRandomValues()', () => [...crypto.getRandomValues(new Uint8Array(8))]],
  ])('names %s, and where it shows', (source, value) => {
    const [found, ...others] = impurities(kindOf((state) => push(state, value())));
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      index: 1,
      name: 'it',
      cause: 'clock-or-chance',
      reads: [source],
      pointer: expect.stringMatching(/^\/list\/0/),
    });
    expect(found?.message).toContain(`Change 1 (it) uses ${source}: run twice, the states differ at "/list/0`);
  });

  it('names what was read also where it does not show', () => {
    const [found] = impurities(kindOf((state) => push(state, Date.now() > 0)));
    expect(found).toMatchObject({ cause: 'clock-or-chance', reads: ['Date.now()'], pointer: undefined });
  });

  it('finds chance in a schema, too', () => {
    const schema = v.object({ id: v.optional(v.string(), () => `${Math.random()}`) });
    const [found] = impurities(kindOf((state, { id }: { id: string }) => push(state, id), schema));
    expect(found).toMatchObject({ cause: 'clock-or-chance', reads: ['Math.random()'], pointer: '/list/0' });
  });

  it('leaves dates of a given time alone, and puts everything back', () => {
    const before = [Date, Math.random, performance.now, crypto.randomUUID, Object.getOwnPropertyNames(crypto)];
    const isDate = (date: unknown): boolean => date instanceof Date;
    const pure = kindOf((state, _, { now }) =>
      push(state, [new Date(now).toISOString(), Date.UTC(2026), isDate(new Date(0))]),
    );
    expect(impurities(pure)).toEqual([]);
    impurities(
      kindOf(() => {
        throw new Error('a bug');
      }),
    );
    expect([Date, Math.random, performance.now, crypto.randomUUID, Object.getOwnPropertyNames(crypto)]).toEqual(before);
    expect(Math.abs(Date.now() - performance.timeOrigin - performance.now())).toBeLessThan(60_000);
  });

  it.each<readonly [string, () => (state: State) => void]>([
    [
      'a counter',
      () => {
        let next = 0;
        return (state) => {
          next += 1;
          push(state, { id: next });
        };
      },
    ],
    [
      'a switch',
      () => {
        let isOn = false;
        return (state) => {
          isOn = !isOn;
          push(state, { id: isOn });
        };
      },
    ],
    [
      'a list',
      () => {
        const seen: number[] = [];
        return (state) => push(state, { id: seen.push(1) });
      },
    ],
  ])('finds %s outside of the state, however often the change runs', (_, reducerOf) => {
    for (const times of [1, 2, 3, 4]) {
      const found = impurities(kindOf(reducerOf()), times);
      expect(found.map(({ index }) => index)).toEqual(Array.from({ length: times }, (_each, index) => index + 1));
      expect(found[0]).toMatchObject({ cause: 'outside-state', reads: [], pointer: '/list/0/id' });
      expect(found[0]?.message).toContain('depends on something outside of its state, args and context');
    }
  });

  it('finds outside state that decides between applied and rejected, and between two reasons', () => {
    const seen = new Set<string>();
    const once = kindOf(() => {
      if (seen.has('once')) reject('again', 'It was there.');
      seen.add('once');
    });
    expect(impurities(once)[0]).toMatchObject({ cause: 'outside-state', pointer: undefined });
    let count = 0;
    const counted = kindOf(() => {
      count += 1;
      reject('no', `Refused ${count} times.`);
    });
    expect(impurities(counted)[0]?.message).toContain(
      'it was rejected (no: Refused 1 times.), and then rejected (no: Refused 2 times.)',
    );
  });

  it('blames only the change that is impure, not those behind it', () => {
    const definition = kindOf((state) => push(state, Math.random()));
    const { impurities: found } = replay(definition, [{ name: 'it' }, { name: 'same' }, { name: 'same' }]);
    expect(found.map(({ index, name }) => [index, name])).toEqual([[0, 'it']]);
  });

  it('counts the changes that were refused', () => {
    const definition = kindOf((state) => push(state, Math.random()));
    const { impurities: found } = replay(definition, [{ name: '?' as 'same' }, { name: 'it' }]);
    expect(found.map(({ index }) => index)).toEqual([1]);
  });

  it.each<readonly [string, unknown, unknown, (args: never) => void, string]>([
    ['a member', v.any(), { a: 1 }, (args: { a: number }) => void Object.assign(args, { a: 2 }), '/a'],
    [
      'an element deep inside',
      v.any(),
      { a: { b: [1] } },
      (args: { a: { b: number[] } }) => void args.a.b.push(2),
      '/a/b/1',
    ],
    [
      'what an object schema has copied',
      v.object({ a: v.array(v.string()) }),
      { a: ['x'] },
      (args: { a: string[] }) => void args.a.sort().push('y'),
      '/a/1',
    ],
    [
      'a date',
      v.object({
        a: v.pipe(
          v.string(),
          v.transform((text) => new Date(text)),
        ),
      }),
      { a: '2026-01-01' },
      (args: { a: Date }) => void args.a.setTime(0),
      '/a',
    ],
    [
      'a set',
      v.pipe(
        v.array(v.number()),
        v.transform((each) => new Set(each)),
      ),
      [1],
      (args: Set<number>) => void args.add(2),
      '/1',
    ],
    [
      'a map',
      v.pipe(
        v.any(),
        v.transform(() => new Map([['k', 1]])),
      ),
      {},
      (args: Map<string, number>) => void args.set('k', 2),
      '/0/1',
    ],
  ])('finds that a reducer changes its args: %s', (_, schema, args, reducer, pointer) => {
    const found = impurities(
      kindOf((_state, given) => reducer(given), schema),
      1,
      args,
    );
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ index: 1, name: 'it', cause: 'changed-args', pointer });
    expect(found[0]?.message).toContain(`Change 1 (it) changes its args at "${pointer}"`);
  });

  it('finds it in a change without a schema, too', () => {
    const definition = defineApplication({
      name: 'tree',
      version: 1,
      initial: {},
      changes: {
        put: treeChange(
          () => undefined,
          (tree, args) => {
            (args as { a: number }).a = 2;
            tree.replaceRoot(args);
          },
        ),
      },
    });
    const { impurities: found, state } = replay(definition, [{ name: 'put', args: { a: 1 } }]);
    expect(found).toMatchObject([{ cause: 'changed-args', pointer: '/a' }]);
    expect(state).toEqual({ a: 2 });
  });
});
