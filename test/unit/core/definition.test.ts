import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { document } from '../../../src/applications/document.ts';
import { infoBoxes } from '../../../src/applications/info-boxes.ts';
import { todos } from '../../../src/applications/todos.ts';
import type { ApplicationOptions } from '../../../src/core/application-options.ts';
import { change } from '../../../src/core/change.ts';
import { defineApplication } from '../../../src/core/define-application.ts';
import type { ChangeDefinition } from '../../../src/core/definition.ts';
import { reject } from '../../../src/core/json/problem-error.ts';
import { CHANGE_NAME_RULE } from '../../../src/protocol/change.ts';
import type { Json } from '../../../src/protocol/json.ts';
import { type Loose, openDraft, treeOf } from './model.ts';

interface Count {
  count: number;
}

const Add = v.strictObject({ by: v.pipe(v.number(), v.integer('by is a whole number')) });

const add = change(Add, (state: Count, { by }) => {
  state.count += by;
});

const options: ApplicationOptions<Count, { add: typeof add }> = {
  name: 'counter',
  version: 1,
  initial: { count: 0 },
  changes: { add },
};

describe('a definition that cannot work is no definition', () => {
  it.each<readonly [string, object, RegExp]>([
    ['version 0', { version: 0 }, /counter: version must be a positive integer/],
    ['version -1', { version: -1 }, /positive integer/],
    ['version 1.5', { version: 1.5 }, /positive integer/],
    ['version NaN', { version: Number.NaN }, /positive integer/],
    ['version "1"', { version: '1' }, /positive integer/],
    ['version 2^53', { version: 2 ** 53 }, /positive integer/],
    ['version 2 without migrate', { version: 2 }, /counter: version 2 needs a migrate function/],
    ['initial undefined', { initial: undefined }, /initial state does not work.*undefined is not JSON/],
    ['initial with a Date', { initial: { count: new Date(0) } }, /initial state does not work/],
    ['initial with NaN', { initial: { count: Number.NaN } }, /initial state does not work/],
    ['initial with __proto__', { initial: JSON.parse('{"__proto__":1}') }, /initial state does not work/],
    [
      'initial that its own schema refuses',
      { state: v.object({ count: v.string() }) },
      /initial state does not work. count: Invalid type/,
    ],
  ])('[L1] %s', (_, change_, message) => {
    const make = () => defineApplication({ ...options, ...change_ } as typeof options);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });

  const empty = { version: 1, initial: {} } as const;
  const named = (name: string, kind = 'kind') =>
    defineApplication({ ...empty, name: kind, changes: (change) => ({ [name]: change(v.object({}), () => ({})) }) });

  it.each(['', 'a b', 'a/b', 'a\n', '$batch', '$migrate', '_a', '0a', '__proto__', 'ä', `a${'b'.repeat(64)}`])(
    '[Q9] the name %j of a change, which no server takes',
    (name) => {
      expect(() => named(name)).toThrow(TypeError);
      expect(() => named(name)).toThrow(
        `kind: "${name}" can be no name of a change. A name is a letter and up to 63 of A-Z a-z 0-9 _ . : -`,
      );
    },
  );

  it('[Q9] a change that is written as __proto__: JavaScript takes it for the prototype', () => {
    const make = () =>
      defineApplication({ ...empty, name: 'kind', changes: (change) => ({ __proto__: change(Add, () => ({})) }) });
    expect(make).toThrow(new TypeError(`kind: "__proto__" can be no name of a change. ${CHANGE_NAME_RULE}`));
  });

  it('[L2] a kind with a name that only pushes without a kind reach is taken as before: its data must stay readable', () => {
    expect(named('add', 'a b').name).toBe('a b');
  });

  it.each(['a', 'add_one:x.y-Z', 'x'.repeat(64), 'then', 'toString', 'constructor'])(
    '[Q9] the name %s of a change, which servers take, works',
    (name) => {
      expect(Object.keys(named(name, '0.kind_of~v-1').changes)).toEqual([name]);
    },
  );

  it('[Q9] changes without a prototype, and of a class, work', () => {
    class Changes {
      readonly add = add;
    }
    for (const changes of [Object.assign(Object.create(null) as object, { add }), new Changes()])
      expect(defineApplication({ ...options, changes: changes as { add: typeof add } }).changes.add).toBe(add);
  });

  it('[L5] a later version with migrate, and a schema that fits, work', () => {
    const state = v.object({ count: v.number() });
    const migrate = (old: Json, from: number): Count => ({ count: (old as unknown as Count).count + from });
    const definition = defineApplication({ ...options, version: 3, state, migrate });
    expect(definition.migrate({ count: 1 }, 2)).toEqual({ count: 3 });
    expect(definition.checkState({ count: 1 })).toBeUndefined();
    expect(definition.checkState({ count: 'one' })).toContain('count: Invalid type');
    expect(definition.checkState([])).toBeDefined();
  });

  it('[L5] what a schema makes of the initial state and of a migrated one is stored, and it must take that itself', () => {
    const state = v.object({
      count: v.optional(
        v.pipe(
          v.number(),
          v.transform((count) => count + 1),
        ),
        1,
      ),
    });
    const definition = defineApplication({
      ...options,
      version: 2,
      initial: {} as Count,
      state,
      migrate: () => ({ count: 5 }),
    });
    expect(definition.initial()).toEqual({ count: 2 });
    expect(definition.migrate({}, 1)).toEqual({ count: 6 });
    const text = v.object({ count: v.pipe(v.string(), v.transform(Number)) });
    const wrong = () => defineApplication({ ...options, initial: { count: '1' } as never, state: text });
    expect(wrong).toThrow(/counter: the initial state does not work. count: Invalid type/);
    const date = v.object({
      count: v.pipe(
        v.any(),
        v.transform(() => new Date(0)),
      ),
    });
    expect(() => defineApplication({ ...options, state: date as never })).toThrow(/initial state does not work/);
  });

  it('[L5] without a schema every state will do, and without migrate it stays', () => {
    const definition = defineApplication(options);
    expect(definition.checkState('anything')).toBeUndefined();
    expect(definition.migrate({ count: 5 }, 1)).toEqual({ count: 5 });
  });
});

describe('two applications never share state', () => {
  it.each([document, infoBoxes, todos])('[A3] of kind $name', (definition) => {
    const [first, second] = [definition.initial() as Loose, definition.initial() as Loose];
    expect(first).toEqual(second);
    expect(first).not.toBe(second);
    const before = JSON.stringify(definition.initial());
    first.items ??= {};
    first.items.x = 1;
    first.open = 'changed';
    expect(JSON.stringify(second)).toBe(before);
    expect(JSON.stringify(definition.initial())).toBe(before);
  });

  it('nor with the value they were defined with', () => {
    const initial = { list: [{ n: 1 }] };
    const definition = defineApplication({ name: 'x', version: 1, initial, changes: {} });
    (initial.list[0] as { n: number }).n = 2;
    expect(definition.initial()).toEqual({ list: [{ n: 1 }] });
    (definition.initial() as Loose).list.push(1);
    expect(definition.initial()).toEqual({ list: [{ n: 1 }] });
    expect(Object.isFrozen(initial)).toBe(false);
  });

  it('nor with the args of a change, nor with constants of the reducer', () => {
    const DEFAULTS = { tags: ['new'] };
    const put = change(v.object({ value: v.any() }), (state: Loose, { value }) => {
      state.value = value;
      state.defaults = DEFAULTS;
    });
    const [first, second] = [treeOf({}), treeOf({})];
    const args = { value: { n: [1] } };
    const context = { now: 0, seq: 1, client: 'c', user: 'u', role: 'writer', claims: {} } as const;
    put.apply(first, args, context);
    put.apply(second, args, context);
    openDraft(first).value.n.push(2);
    openDraft(first).defaults.tags.push('old');
    expect(second.root).toEqual({ value: { n: [1] }, defaults: { tags: ['new'] } });
    expect([args, DEFAULTS]).toEqual([{ value: { n: [1] } }, { tags: ['new'] }]);
  });
});

describe('a change', () => {
  it.each<readonly [string, Json, string | undefined]>([
    ['args that fit', { by: 1 }, undefined],
    ['none', {}, 'by: Invalid key: Expected "by" but received undefined'],
    ['of another type', { by: '1' }, 'by: Invalid type: Expected number but received "1"'],
    ['that break a rule', { by: 1.5 }, 'by: by is a whole number'],
    ['one too many', { by: 1, more: 2 }, 'more: Invalid key: Expected never but received "more"'],
    ['no object', null, 'Invalid type: Expected Object but received null'],
  ])('[Q13] checks args without running: %s', (_, args, issue) => {
    expect(add.check(args)).toBe(issue);
  });

  it('[Q13] names the path of an issue in a nested value', () => {
    const nested = change(v.object({ list: v.array(v.object({ n: v.number() })) }), () => undefined);
    expect(nested.check({ list: [{ n: 1 }, { n: 'x' }] })).toMatch(/^list\.1\.n: /);
  });

  it('[Q13] takes any Standard Schema, whatever its issues look like', () => {
    const schema = (result: object) => ({
      '~standard': { version: 1 as const, vendor: 'test', validate: () => result as never },
    });
    expect(change(schema({ value: 1 }), () => undefined).check(1)).toBeUndefined();
    expect(change(schema({ issues: [] }), () => undefined).check(1)).toBe('The arguments do not fit.');
    expect(change(schema({ issues: [{ message: 'no' }] }), () => undefined).check(1)).toBe('no');
    expect(change(schema({ issues: [{ message: 'no', path: ['a', { key: 0 }] }] }), () => undefined).check(1)).toBe(
      'a.0: no',
    );
  });
});

// Code that the compiler must refuse: `tsc -p test` fails when one of these is no error.
describe('types', () => {
  const compiles = (make: () => unknown): void => expect(make).toBeTypeOf('function');

  it('a reducer takes the state of its application', () => {
    const text = change(v.object({}), (state: { count: string }) => {
      state.count = 'x';
    });
    const wider = change(v.object({}), (state: { count: number; more: number }) => {
      state.more = state.count;
    });
    const narrower = change(v.object({}), (state: { count: number | null }) => {
      state.count = null;
    });
    compiles(() => defineApplication({ name: 'x', version: 1, initial: { count: 0 } as Count, changes: { add } }));
    // @ts-expect-error the change takes another state
    compiles(() => defineApplication({ name: 'x', version: 1, initial: { count: 0 } as Count, changes: { text } }));
    // @ts-expect-error the change takes a state with more members
    compiles(() => defineApplication({ name: 'x', version: 1, initial: { count: 0 } as Count, changes: { wider } }));
    void narrower;
  });

  it('a reducer gets the args of its schema', () => {
    change(v.object({ by: v.number() }), (state: Count, { by }) => {
      state.count += by;
      // @ts-expect-error a number has no length
      void by.length;
    });
    // @ts-expect-error the schema has no such member
    change(v.object({ by: v.number() }), (state: Count, { wrong }) => {
      state.count = wrong as number;
    });
    change(v.pipe(v.string(), v.transform(Number)), (state: Count, by) => {
      state.count += by;
    });
    // @ts-expect-error without an annotation nothing is known of the state
    compiles(() => change(v.object({}), (state) => (state.count = 1)));
  });

  it('a reducer answers a state or nothing', () => {
    change(v.object({}), (state: Count) => ({ count: state.count + 1 }));
    change(v.object({}), (state: Count, _, { now, seq, client, user }) => {
      state.count = now + seq + client.length + user.length;
    });
    change(v.object({}), (): undefined => reject('no', 'No.'));
    // @ts-expect-error a number is no state
    change(v.object({}), (state: Count) => state.count);
    // @ts-expect-error a promise is no state
    change(v.object({}), async (state: Count) => {
      state.count = 1;
    });
    // @ts-expect-error the context has no clock
    change(v.object({}), (_: Count, __, { clock }) => void clock);
  });

  it('the schema, the initial state and a migration are of one state', () => {
    const state = v.object({ count: v.number() });
    compiles(() => defineApplication({ name: 'x', version: 1, state, initial: { count: 0 }, changes: { add } }));
    const text = v.string();
    // @ts-expect-error the schema is of another state
    compiles(() => defineApplication({ ...options, state: text }));
    // @ts-expect-error the migration makes another state
    compiles(() => defineApplication({ ...options, version: 2, migrate: () => 'text' }));
  });

  it('[L5] a version above 1 needs a migration, where the compiler knows the version', () => {
    const base = { name: 'x', initial: { count: 0 }, changes: () => ({}) };
    const [two, migrate] = [Number('2'), () => ({ count: 0 })];
    // @ts-expect-error `migrate` is missing
    expect(() => defineApplication({ ...base, version: 2 })).toThrow(/x: version 2 needs a migrate function/);
    // @ts-expect-error it is none
    expect(() => defineApplication({ ...base, version: 2, migrate: undefined })).toThrow(TypeError);
    expect(() => defineApplication({ ...base, version: two })).toThrow(TypeError);
    expect(defineApplication({ ...base, version: 2, migrate }).version).toBe(2);
    expect(defineApplication({ ...base, version: two, migrate }).version).toBe(2);
    expect(defineApplication({ ...base, version: 1 }).version).toBe(1);
  });

  it('a definition keeps what can be pushed, for clients to infer', () => {
    const definition = defineApplication(options);
    type Args<C> = C extends ChangeDefinition<never, infer A> ? A : never;
    const args: Args<typeof definition.changes.add> = { by: 1 };
    // @ts-expect-error the args are of another type
    const wrong: Args<typeof definition.changes.add> = { by: '1' };
    // @ts-expect-error there is no such change
    expect(definition.changes.subtract).toBeUndefined();
    expect([args, wrong]).toHaveLength(2);
  });
});
