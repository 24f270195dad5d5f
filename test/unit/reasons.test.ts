import * as v from 'valibot';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import type { ApplicationApi, LogEntryOf, RejectionOf } from '../../src/api/index.ts';
import { todos } from '../../src/applications/todos.ts';
import {
  type Client,
  type ClientOptions,
  createClient,
  createLightClient,
  createPollingClient,
  isRejectedBy,
  type LightClient,
  type OnRefused,
  ProblemError,
  readableStatus,
  type Status,
} from '../../src/client/index.ts';
import { change, defineApplication, type ReasonOf, reject as untypedReject } from '../../src/core/define.ts';
import type { ProblemBody } from '../../src/protocol/problems.ts';
import type { useStatus } from '../../src/react/react.ts';
import { fakeServer, type Outcome, run } from '../../src/testing/index.ts';

// From the reasons that a definition lists to everything that tells one: mostly types, which `tsc -p test` checks.

interface Door {
  open: boolean;
  guests: string[];
}

const shut = change(v.object({}), (state: Door) => {
  if (!state.open) untypedReject('closed', 'The door is closed.');
  state.open = false;
});

const door = defineApplication({
  name: 'door',
  version: 1,
  initial: { open: false, guests: [] } as Door,
  reasons: ['closed', 'locked', 'unknown-guest'],
  changes: (change, reject) => ({
    shut,
    enter: change(v.object({ guest: v.string() }), ({ open, guests }, { guest }) => {
      if (!open) reject('closed', 'The door is closed.');
      guests.push(guest);
    }),
    // A schema of another library; it returns a state, nothing, or what `reject` returns.
    leave: change(z.object({ guest: z.string() }), (state, { guest }): Door | undefined => {
      if (!state.guests.includes(guest)) return reject('unknown-guest', 'Nobody of this name is here.');
      return state.guests.length === 1 ? { open: false, guests: [] } : undefined;
    }),
    lock: change(v.object({}), (state) => (state.open ? reject('locked', 'It is.') : undefined)),
  }),
});

type DoorReason = 'closed' | 'locked' | 'unknown-guest';
type Told = DoorReason | undefined;

/** The reason in a problem. */
type ReasonIn<Problem extends { readonly reason?: string } | undefined> = NonNullable<Problem>['reason'];

describe('the reasons of a definition', () => {
  it('are those that it lists, for all of its reducers; any text where it lists none, and none in an empty list', () => {
    expectTypeOf<ReasonOf<typeof door>>().toEqualTypeOf<DoorReason>();
    expectTypeOf<ReasonOf<typeof todos>>().toEqualTypeOf<string>();
    const never = defineApplication({ name: 'x', version: 1, initial: {}, reasons: [], changes: () => ({}) });
    expectTypeOf<ReasonOf<typeof never>>().toEqualTypeOf<never>();
    const annotated = defineApplication({
      name: 'x',
      version: 1,
      initial: { open: false, guests: [] } as Door,
      reasons: ['closed'],
      changes: { shut },
    });
    expectTypeOf<ReasonOf<typeof annotated>>().toEqualTypeOf<'closed'>();
    const withSchema = defineApplication({
      name: 'x',
      version: 1,
      state: v.object({ open: v.boolean() }),
      initial: { open: false },
      reasons: ['locked'],
      changes: (change, reject) => ({ lock: change(v.object({}), () => reject('locked', 'It is.')) }),
    });
    expectTypeOf<ReasonOf<typeof withSchema>>().toEqualTypeOf<'locked'>();
    expect([door.reasons, todos.reasons, never.reasons]).toEqual([
      ['closed', 'locked', 'unknown-guest'],
      undefined,
      [],
    ]);
  });

  it('refuse in reducers what is not listed, and reducers that are asynchronous', () => {
    const wrong = () =>
      defineApplication({
        name: 'x',
        version: 1,
        initial: { open: true },
        reasons: ['closed'],
        changes: (change, reject) => ({
          // @ts-expect-error the definition does not list this one
          stick: change(v.object({}), () => reject('stuck', 'It does not move.')),
          // @ts-expect-error a promise is no state
          wait: change(v.object({}), async () => reject('closed', 'Too late.')),
        }),
      });
    expect(wrong).toBeTypeOf('function');
  });
});

describe('a ProblemError', () => {
  it('of some reasons is one of any, and not the other way round', () => {
    expectTypeOf<ReasonIn<ProblemError<'closed'>['problem']>>().toEqualTypeOf<'closed' | undefined>();
    expectTypeOf<ProblemError>().toEqualTypeOf<ProblemError<string>>();
    expectTypeOf<ProblemError<'closed'>>().toExtend<ProblemError<DoorReason>>();
    expectTypeOf<ProblemError<'closed'>>().toExtend<ProblemError>();
    expectTypeOf<ProblemError>().not.toExtend<ProblemError<'closed'>>();
  });

  it('is told by `instanceof` with any text as its reason, and keeps the reasons that it had; so do subclasses', () => {
    class OwnError extends ProblemError<'closed'> {
      readonly isOwn = true;
    }
    const thrown: unknown = new OwnError({ type: 'x', title: 'x', status: 422, detail: 'x', reason: 'closed' });
    const known = thrown as ProblemError<'closed'> | undefined;
    if (!(thrown instanceof ProblemError && known instanceof ProblemError && thrown instanceof OwnError)) throw thrown;
    expectTypeOf(known.problem.reason).toEqualTypeOf<'closed' | undefined>();
    expectTypeOf(thrown.isOwn).toEqualTypeOf<boolean>();
    const any = (error: unknown) => (error instanceof ProblemError ? error : undefined);
    expectTypeOf(any).returns.toEqualTypeOf<ProblemError | undefined>();
    expect([any(thrown), any(new Error('x'))]).toEqual([thrown, undefined]);
  });
});

describe('what a client tells has the reasons of its definition', () => {
  it('in rejections, whatever client hears of them', () => {
    type Heard<Opened extends { onRejected(listener: never): unknown }> =
      Parameters<Opened['onRejected']>[0] extends OnRefused<infer Reason> ? Reason : 'nothing';
    expectTypeOf<Heard<Client<typeof door>>>().toEqualTypeOf<DoorReason>();
    expectTypeOf<Heard<LightClient<typeof door>>>().toEqualTypeOf<DoorReason>();
    expectTypeOf<Heard<LightClient<typeof todos>>>().toEqualTypeOf<string>();
    const base = { url: 'https://state.example', application: 'ann/door' };
    const open = () => [
      createClient({
        ...base,
        definition: door,
        onRefused: ({ reason }) => {
          expectTypeOf(reason).toEqualTypeOf<Told>();
          // @ts-expect-error the definition does not list this one
          expect(reason === 'stuck').toBe(false);
        },
      }),
      createPollingClient({
        ...base,
        definition: door,
        onRefused: ({ reason }) => expectTypeOf(reason).toEqualTypeOf<Told>(),
      }),
      createLightClient<typeof door>({
        ...base,
        onRefused: ({ reason }) => expectTypeOf(reason).toEqualTypeOf<Told>(),
      }),
      createClient({ ...base, onRefused: ({ reason }) => expectTypeOf(reason).toEqualTypeOf<string | undefined>() }),
    ];
    expect(open).toBeTypeOf('function');
    // What takes every problem takes these.
    expectTypeOf<(problem: ProblemBody) => void>().toExtend<NonNullable<ClientOptions<typeof door>['onRefused']>>();
    expectTypeOf<(problem: ProblemBody<'stuck'>) => void>().not.toExtend<
      NonNullable<ClientOptions<typeof door>['onRefused']>
    >();
  });

  it('in its status, also as a store and as a hook', () => {
    expectTypeOf<ReasonIn<Client<typeof door>['status']['error']>>().toEqualTypeOf<Told>();
    expectTypeOf<ReasonIn<Client<typeof todos>['status']['error']>>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Client<typeof door>['status']>().toExtend<Status>();
    const store = (client: LightClient<typeof door>) => readableStatus(client).get().error;
    expectTypeOf<ReasonIn<ReturnType<typeof store>>>().toEqualTypeOf<Told>();
    const hook = (client: Client<typeof door>, use: typeof useStatus) => use(client).error;
    expectTypeOf<ReasonIn<ReturnType<typeof hook>>>().toEqualTypeOf<Told>();
    const watch = (client: Client<typeof door>) => {
      client.subscribeStatus(({ error }) => expectTypeOf(error?.reason).toEqualTypeOf<Told>());
      client.onSignal((_, { error }) => expectTypeOf(error?.reason).toEqualTypeOf<Told>());
      client.subscribeStatus((status: Status) => status.error?.reason?.length);
    };
    expect(watch).toBeTypeOf('function');
  });

  it('[D4] where a push rejects: `onRejected` gets the reason, and `isRejectedBy` knows it of the error', async () => {
    const server = fakeServer(door);
    const client = server.client('ann');
    const heard: Told[] = [];
    client.onRejected(({ reason }) => heard.push(reason));
    const error: unknown = await client.push.enter({ guest: 'bob' }).applied.catch((each: unknown) => each);
    if (!isRejectedBy(error, door)) throw error;
    expectTypeOf(error.problem.reason).toEqualTypeOf<DoorReason>();
    expectTypeOf(error).toExtend<ProblemError<DoorReason>>();
    expect([error.problem.reason, heard]).toEqual(['closed', ['closed']]);
    const outcome = server.push({ name: 'leave', args: { guest: 'bob' } });
    expectTypeOf(outcome).toEqualTypeOf<Outcome<DoorReason>>();
    expect([outcome.reason, server.outcomes.map(({ reason }) => reason)]).toEqual([
      'unknown-guest',
      ['closed', 'unknown-guest'],
    ]);
    server.close();
  });

  it('any client of a definition goes where one of any definition does', () => {
    expectTypeOf<Client<typeof door>>().toExtend<LightClient<typeof door>>();
    const take = <Kind extends typeof door | typeof todos>(client: LightClient<Kind>) => client.status;
    expectTypeOf(take<typeof door>).returns.toExtend<Status>();
  });
});

describe('what else knows the definition has its reasons', () => {
  it('the log, the rejections and the tickets of the API', () => {
    expectTypeOf<ReasonIn<RejectionOf<typeof door>['problem']>>().toEqualTypeOf<Told>();
    expectTypeOf<ReasonIn<LogEntryOf<typeof door>['problem']>>().toEqualTypeOf<Told>();
    expectTypeOf<ReasonIn<RejectionOf<typeof todos>['problem']>>().toEqualTypeOf<string | undefined>();
    const read = async (api: ApplicationApi<typeof door>, untyped: ApplicationApi) => {
      const { rejections } = await api.rejections();
      expectTypeOf(rejections[0]?.problem.reason).toEqualTypeOf<Told>();
      // @ts-expect-error the definition does not list this one
      if (rejections[0]?.problem.reason === 'stuck') return;
      const ticket = await api.ticket('ann', 1);
      if (ticket.status === 'rejected') expectTypeOf(ticket.problem.reason).toEqualTypeOf<Told>();
      const { tickets } = await api.batch({ client: 'ann', n: 1, changes: [{ name: 'lock' }] });
      expectTypeOf(tickets).toEqualTypeOf<readonly (typeof ticket)[]>();
      const [first] = (await untyped.rejections()).rejections;
      expectTypeOf(first?.problem.reason).toEqualTypeOf<string | undefined>();
    };
    expect(read).toBeTypeOf('function');
  });

  it('the outcomes of the testing kit', () => {
    const { outcomes } = run(door, [{ name: 'shut' }, { name: 'lock' }, { name: 'leave', args: { guest: 'bob' } }]);
    const reasons = outcomes.map(({ reason }) => reason);
    expectTypeOf(reasons).toEqualTypeOf<Told[]>();
    // @ts-expect-error the definition does not list this one
    expect(reasons[0] === 'stuck').toBe(false);
    expect(reasons).toEqual(['closed', undefined, 'unknown-guest']);
    expectTypeOf(run(todos, []).outcomes[0]?.reason).toEqualTypeOf<string | undefined>();
  });
});
