import { describe, expectTypeOf, it } from 'vitest';
import type { ApplicationApi, LogEntryOf, Pages, RejectionOf, Step } from '../../../src/api/index.ts';
import type { todos } from '../../../src/applications/todos.ts';
import type { ArgsOf, StateOf } from '../../../src/core/definition.ts';
import type { Json } from '../../../src/protocol/json.ts';

// Types alone: nothing here runs. test/worker/api has the values.

declare const list: ApplicationApi<typeof todos>;
declare const any: ApplicationApi;
declare const entry: LogEntryOf<typeof todos>;
declare const rejection: RejectionOf<typeof todos>;
declare const pointer: string;

type Todo = StateOf<typeof todos>['items'][string];
type EntryOf<Calls> = Calls extends Pages<infer Entry, unknown> ? Entry : never;

describe('the types of a definition', () => {
  it('make a union by name of the log', () => {
    type Names = keyof (typeof todos)['changes'] | '$migrate' | '$restore';
    expectTypeOf<EntryOf<ReturnType<typeof list.log>>>().toEqualTypeOf<typeof entry>();
    expectTypeOf<typeof entry.name>().toEqualTypeOf<Names>();
    const look = (): void => {
      if (entry.name === 'add') expectTypeOf(entry.args).toEqualTypeOf<ArgsOf<(typeof todos)['changes']['add']>>();
      if (entry.name === 'complete') expectTypeOf(entry.args.done).toEqualTypeOf<boolean>();
      if (entry.name === '$restore') expectTypeOf(entry.args).toEqualTypeOf<Json | undefined>();
      // @ts-expect-error a name that the definition does not have
      if (entry.name === 'ad') return;
      // @ts-expect-error args of which change?
      entry.args.id;
    };
    expectTypeOf(look).toBeFunction();
    expectTypeOf<EntryOf<ReturnType<typeof any.log>>['name']>().toEqualTypeOf<string>();
    expectTypeOf<EntryOf<ReturnType<typeof any.log>>['args']>().toEqualTypeOf<Json | undefined>();
  });

  it('make a union by name of rejections, with the changes of batches', () => {
    expectTypeOf<Awaited<ReturnType<typeof list.rejections>>['rejections'][number]>().toEqualTypeOf<typeof rejection>();
    const look = (): void => {
      if (rejection.name === 'add') expectTypeOf(rejection.args.text).toEqualTypeOf<string>();
      if (rejection.changes === undefined) {
        expectTypeOf(rejection.name).toEqualTypeOf<keyof (typeof todos)['changes']>();
        return;
      }
      expectTypeOf(rejection.name).toEqualTypeOf<undefined>();
      const [first] = rejection.changes;
      if (first?.name === 'complete') expectTypeOf(first.args.done).toEqualTypeOf<boolean>();
    };
    expectTypeOf(look).toBeFunction();
    type Any = Awaited<ReturnType<typeof any.rejections>>['rejections'][number];
    expectTypeOf<Any['name']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Any['args']>().toEqualTypeOf<Json | undefined>();
  });

  it('type a part of the state down to the leaf', () => {
    const state = <const Path extends string>(path: Path) => list.state({ path });
    expectTypeOf(() => list.state())
      .returns.resolves.toHaveProperty('state')
      .toEqualTypeOf<StateOf<typeof todos>>();
    expectTypeOf(state<'/items'>)
      .returns.resolves.toHaveProperty('state')
      .toEqualTypeOf<Record<string, Todo>>();
    expectTypeOf(state<'/items/milk'>)
      .returns.resolves.toHaveProperty('state')
      .toEqualTypeOf<Todo>();
    expectTypeOf(state<'/items/milk/done'>)
      .returns.resolves.toHaveProperty('state')
      .toEqualTypeOf<boolean>();
    expectTypeOf(state<''>)
      .returns.resolves.toHaveProperty('state')
      .toEqualTypeOf<StateOf<typeof todos>>();
    expectTypeOf(state<'/itmes'>)
      .returns.resolves.toHaveProperty('state')
      .toEqualTypeOf<undefined>();
    // `never` would fit it.
    // @ts-expect-error no such part
    const typing = async (): Promise<string> => (await list.state({ path: '/itmes/milk' })).state.text;
    expectTypeOf(typing).toBeFunction();
    expectTypeOf(state<'items'>)
      .returns.resolves.toHaveProperty('state')
      .toEqualTypeOf<undefined>();
    expectTypeOf(() => list.state({ path: pointer }))
      .returns.resolves.toHaveProperty('state')
      .toEqualTypeOf<Json>();
    expectTypeOf(() => any.state({ path: '/items/milk' }))
      .returns.resolves.toHaveProperty('state')
      .toEqualTypeOf<Json>();
    expectTypeOf(() => any.state())
      .returns.resolves.toHaveProperty('state')
      .toEqualTypeOf<Json>();
  });

  it('type the steps of what is followed', () => {
    const follow = () => list.follow({ path: '/items/milk/text' });
    expectTypeOf<ReturnType<typeof follow>>().toEqualTypeOf<AsyncGenerator<Step<string>, void>>();
    expectTypeOf<ReturnType<typeof any.follow>>().toEqualTypeOf<AsyncGenerator<Step, void>>();
  });
});
