import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import type { infoBoxes } from '../../../src/applications/info-boxes.ts';
import type { todos } from '../../../src/applications/todos.ts';
import type { PushOf } from '../../../src/client/options.ts';
import { change } from '../../../src/core/change.ts';
import { defineApplication } from '../../../src/core/define-application.ts';
import type { ArgsOf, StateOf } from '../../../src/core/definition.ts';
import { reject } from '../../../src/core/json/problem-error.ts';
import type { Json } from '../../../src/protocol/json.ts';
import { run } from '../../../src/testing/run.ts';

interface Poll {
  votes: Record<string, string>;
  closed: boolean;
}

const poll = defineApplication({
  name: 'poll',
  version: 2,
  initial: { votes: {}, closed: false } as Poll,
  migrate: (state, from) => {
    expectTypeOf(state).toEqualTypeOf<Json>();
    expectTypeOf(from).toEqualTypeOf<number>();
    return { votes: {}, closed: false };
  },
  changes: (change) => ({
    vote: change(v.object({ for: v.string() }), (state, args, { now, seq, client, user }) => {
      expectTypeOf(state).toEqualTypeOf<Poll>();
      expectTypeOf(args).toEqualTypeOf<{ for: string }>();
      expectTypeOf([now, seq]).toEqualTypeOf<number[]>();
      expectTypeOf([client, user]).toEqualTypeOf<string[]>();
      if (state.closed) reject('closed', 'The poll is closed.');
      state.votes[user] = args.for;
    }),
    set: change(v.object({ closed: v.optional(v.boolean(), true) }), (state, { closed }) => {
      state.closed = closed;
    }),
    clear: change(v.object({}), () => ({ votes: {}, closed: false })),
  }),
  inverse: (change, { before, after }) => {
    expectTypeOf(before).toEqualTypeOf<Poll>();
    expectTypeOf(after).toEqualTypeOf<Poll>();
    if (change.name === 'vote') expectTypeOf(change.args).toEqualTypeOf<{ for: string }>();
    return change.name === 'set' ? { name: 'set', args: { closed: before.closed } } : undefined;
  },
});

describe('a definition infers', () => {
  it('the state of its reducers from `initial`, and what clients push', () => {
    expectTypeOf<StateOf<typeof poll>>().toEqualTypeOf<Poll>();
    expectTypeOf<keyof PushOf<typeof poll>>().toEqualTypeOf<'vote' | 'set' | 'clear'>();
    expectTypeOf<ArgsOf<typeof poll.changes.vote>>().toEqualTypeOf<{ for: string }>();
    expectTypeOf<Parameters<PushOf<typeof poll>['set']>[0]>().toEqualTypeOf<
      { closed?: boolean | undefined } | undefined
    >();
    const { state } = run(poll, [{ name: 'vote', args: { for: 'tea' }, user: 'ann' }, { name: 'set' }]);
    expectTypeOf(state).toEqualTypeOf<Poll>();
    expect(state).toEqual({ votes: { ann: 'tea' }, closed: true });
    expect(run(poll, [{ name: 'vote', args: { for: 'tea' }, user: 'ann' }, { name: 'clear' }]).state.votes).toEqual({});
  });

  it('the state from a literal without any type', () => {
    const counter = defineApplication({
      name: 'counter',
      version: 1,
      initial: { count: 0 },
      changes: (change) => ({
        add: change(v.object({ by: v.number() }), (state, { by }) => {
          expectTypeOf(state).toEqualTypeOf<{ count: number }>();
          state.count += by;
        }),
      }),
    });
    expect(run(counter, [{ name: 'add', args: { by: 2 } }]).state.count).toBe(2);
  });

  const Size = ['s', 'm'] as const;
  const schemas = {
    valibot: { state: v.object({ size: v.nullable(v.picklist(Size)) }), args: v.object({ size: v.picklist(Size) }) },
    zod: { state: z.object({ size: z.nullable(z.enum(Size)) }), args: z.object({ size: z.enum(Size) }) },
    arktype: { state: type({ size: "'s' | 'm' | null" }), args: type({ size: "'s' | 'm'" }) },
  };

  it('that args without members may be left out, whichever library names them', () => {
    const nothing = defineApplication({
      name: 'nothing',
      version: 1,
      initial: { count: 0 },
      changes: (change) => ({
        valibot: change(v.object({}), (state) => {
          state.count += 1;
        }),
        zod: change(z.object({}), (state) => {
          state.count += 1;
        }),
        arktype: change(type({}), (state) => {
          state.count += 1;
        }),
        needed: change(z.object({ by: z.number() }), (state, { by }) => {
          state.count += by;
        }),
      }),
    });
    const count = (push: PushOf<typeof nothing>): void => {
      push.valibot();
      push.zod();
      push.arktype();
      // @ts-expect-error what has members is needed
      push.needed();
    };
    expectTypeOf(count).toBeFunction();
    const { state } = run(nothing, [{ name: 'valibot' }, { name: 'zod' }, { name: 'arktype' }]);
    expect(state).toEqual({ count: 3 });
  });

  it('the state from the schema of the state, which is wider than `initial`: valibot, zod, arktype', () => {
    const base = { name: 'shirt', version: 1, initial: { size: null } } as const;
    const { valibot, zod, arktype } = schemas;
    const kinds = [
      defineApplication({
        ...base,
        state: valibot.state,
        changes: (change) => ({
          set: change(valibot.args, (state, { size }) => {
            state.size = size;
          }),
        }),
      }),
      defineApplication({
        ...base,
        state: zod.state,
        changes: (change) => ({
          set: change(zod.args, (state, { size }) => {
            state.size = size;
          }),
        }),
      }),
      defineApplication({
        ...base,
        state: arktype.state,
        changes: (change) => ({
          set: change(arktype.args, (state, { size }) => {
            state.size = size;
          }),
        }),
      }),
    ];
    for (const kind of kinds) {
      expectTypeOf<StateOf<typeof kind>>().toEqualTypeOf<{ size: 's' | 'm' | null }>();
      expect(run(kind, [{ name: 'set', args: { size: 'm' } }]).state).toEqual({ size: 'm' });
      expect(run(kind, [{ name: 'set', args: { size: 'l' as 'm' } }]).outcomes[0]?.problem?.name).toBe('invalid-args');
    }
  });

  it('also takes changes from elsewhere, whose reducers are annotated', () => {
    const close = change(v.object({}), (state: { closed: boolean }) => {
      state.closed = true;
    });
    const kind = defineApplication({
      name: 'door',
      version: 1,
      initial: { closed: false, seen: 0 },
      changes: (change) => ({
        close,
        see: change(v.object({}), (state) => {
          state.seen += 1;
        }),
      }),
    });
    expectTypeOf<keyof PushOf<typeof kind>>().toEqualTypeOf<'close' | 'see'>();
    expect(run(kind, [{ name: 'close' }, { name: 'see' }]).state).toEqual({ closed: true, seen: 1 });
  });

  it('any JSON as the state, with members of any type', () => {
    const kind = defineApplication({
      name: 'any',
      version: 1,
      initial: {} as Json,
      changes: (change) => ({
        set: change(v.object({ to: v.string() }), (state, { to }) => {
          expectTypeOf(state).toEqualTypeOf<Json>();
          return { to };
        }),
      }),
    });
    expectTypeOf<StateOf<typeof kind>>().toEqualTypeOf<Json>();
    expect(run(kind, [{ name: 'set', args: { to: 'x' } }]).state).toEqual({ to: 'x' });
  });

  it('an inverse without parameters', () => {
    const toggle = defineApplication({
      name: 'toggle',
      version: 1,
      initial: { on: false },
      changes: (change) => ({
        toggle: change(v.object({}), (state) => {
          state.on = !state.on;
        }),
      }),
      inverse: () => ({ name: 'toggle', args: {} }),
    });
    expect(toggle.inverse?.({ name: 'toggle', args: {} }, { before: {}, after: {}, operations: [] })).toEqual({
      name: 'toggle',
      args: {},
    });
  });

  it('the kinds that ship', () => {
    expectTypeOf<StateOf<typeof infoBoxes>['open']>().toEqualTypeOf<'1' | '2' | '3' | null>();
    expectTypeOf<StateOf<typeof todos>['items'][string]['done']>().toEqualTypeOf<boolean>();
  });
});
