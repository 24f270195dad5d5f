import { toJsonSchema } from '@valibot/to-json-schema';
import fc from 'fast-check';
import type * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { document } from '../../src/applications/document.ts';
import { infoBoxes } from '../../src/applications/info-boxes.ts';
import { todos } from '../../src/applications/todos.ts';
import type { Definition } from '../../src/core/definition.ts';
import { problemBody } from '../../src/protocol/problems.ts';
import { type AnyChange, arbitraryChanges, type Outcome, run } from '../../src/testing/index.ts';
import { type Answer, Api, fresh, problemName } from '../support/api.ts';
import { debug } from '../support/definitions.ts';
import { PATIENCE_MS, RUNS_MS } from '../support/patience.ts';
import { seedOf } from '../support/seed.ts';

// `changebucket/testing` tells the truth: what `run` says of changes is what the service in workerd makes of them.

const SEED = seedOf('testing kit');

const toJson = (schema: v.GenericSchema): object => toJsonSchema(schema, { errorMode: 'ignore', typeMode: 'input' });

/** Changes that fit the definition, and others: unknown names, names that are none, args of any kind. */
const changesOf = (definition: Definition, args: Record<string, fc.Arbitrary<unknown>>, names?: readonly string[]) => {
  const known = names ?? Object.keys(definition.changes);
  const fitting = arbitraryChanges(definition, fc, {
    args: args as never,
    toJsonSchema: toJson,
    ...(names === undefined ? {} : { names }),
    minLength: 1,
    maxLength: 6,
  });
  const other = fc.record(
    {
      name: fc.oneof(fc.constantFrom(...known), fc.constantFrom('veto', 'toString', '__proto__', 'a b', '')),
      args: fc.json({ maxDepth: 2 }).map((text) => JSON.parse(text) as unknown),
      user: fc.constantFrom('alice', 'bob'),
    },
    { noNullPrototype: true },
  );
  return fc.tuple(fitting, fc.array(other, { maxLength: 4 })).map((both): AnyChange[] => both.flat());
};

const patch = fc.constantFrom(
  [{ op: 'add', path: '/a', value: 1 }],
  [{ op: 'remove', path: '/b' }],
  [{ op: 'test', path: '', value: 2 }],
);

const KINDS: readonly (readonly [string, Definition, fc.Arbitrary<AnyChange[]>])[] = [
  ['todos', todos, changesOf(todos, {})],
  ['info-boxes', infoBoxes, changesOf(infoBoxes, {})],
  ['document', document, changesOf(document, { merge: fc.jsonValue({ maxDepth: 2 }), patch }, ['merge', 'patch'])],
  [
    'debug',
    debug,
    changesOf(
      debug,
      {
        'schema-throws': fc.constant(1),
        grow: fc.record({ key: fc.constant('k'), bytes: fc.constantFrom(1, 20_000_000) }),
      },
      [...['note', 'context', 'refuse', 'throw', 'throw-nothing', 'not-json', 'not-a-number', 'asynchronous', 'grow']],
    ),
  ],
];

/** One application of the real service, and its users. */
const openApplication = async (kind: string) => {
  const path = fresh('alice');
  const users = { alice: new Api(path, 'alice'), bob: new Api(path, 'bob', { [path]: 'writer' }) };
  await users.alice.create(kind);
  return users;
};

/** What the service answers to a change, in the form of an outcome. */
const toldBy = ({ status, body, ...answer }: Answer): unknown => {
  if (status === 200) return ['applied', body.seq];
  const { type, title, status: _, accepted, seq, ...rest } = body;
  return [accepted ? 'rejected' : 'refused', seq, problemName({ status, body, ...answer }), withoutPlace(rest)];
};

const told = ({ status, seq, problem: reason }: Outcome): unknown => {
  if (reason === undefined) return ['applied', seq];
  const { type, title, status: _, seq: __, ...rest } = problemBody(reason);
  return [status, seq, reason.name, withoutPlace(rest)];
};

/** Where in a push the change stood: `run` answers as to the SDK, which sends batches; here each is pushed alone. */
const withoutPlace = ({ index, ...rest }: Record<string, unknown>): unknown =>
  JSON.parse(JSON.stringify(rest).replaceAll('/changes/0/args', '/args'));

const agree = async (
  kind: string,
  definition: Definition,
  changes: readonly AnyChange[],
  mode: 'precheck' | 'as is',
) => {
  const users = await openApplication(kind);
  const counters = { alice: 0, bob: 0 };
  const answers: unknown[] = [];
  for (const { name, args, user } of changes) {
    const sender = user === 'bob' ? 'bob' : 'alice';
    const prefer = mode === 'precheck' ? 'wait=5, precheck' : 'wait=5';
    const answer = await users[sender].push(`of-${sender}`, counters[sender] + 1, name, args as never, {
      Prefer: prefer,
    });
    if (answer.status === 200 || answer.body.accepted) counters[sender] += 1;
    answers.push(toldBy(answer));
  }
  const times = new Map<number, number>();
  for (const { seq, acceptedAt } of (await users.alice.log(0)).body.entries) times.set(seq, acceptedAt);
  let seq = 0;
  const given = changes.map((change, index) => {
    const isAccepted = (answers[index] as unknown[])[0] !== 'refused';
    if (isAccepted) seq += 1;
    const now = isAccepted ? { now: times.get(seq) } : {};
    // The service gives the owner the role admin.
    const role = change.user === 'bob' ? 'writer' : 'admin';
    return { ...change, ...now, client: `of-${change.user}`, role };
  });
  const result = run(definition, given as never, { now: 0, precheck: mode === 'precheck' });
  expect(result.outcomes.map(told)).toEqual(answers);
  expect(result.state).toEqual(await users.alice.drained());
  return result.outcomes.map((outcome) => `${outcome.status} ${outcome.problem?.name ?? ''}`);
};

describe('run of the testing kit', () => {
  it.each(KINDS)(
    'gives the outcomes and the state that the service gives, for %s',
    async (kind, definition, changes) => {
      const seen = new Set<string>();
      await fc.assert(
        fc.asyncProperty(changes, fc.constantFrom('precheck' as const, 'as is' as const), async (list, mode) => {
          for (const each of await agree(kind, definition, list, mode)) seen.add(each);
        }),
        { seed: SEED, numRuns: 25, timeout: PATIENCE_MS },
      );
      // Nothing of this is vacuous: every way to end was there.
      expect([...seen].map((each) => each.split(' ')[0])).toEqual(
        expect.arrayContaining(['applied', 'rejected', 'refused']),
      );
    },
    RUNS_MS,
  );

  it('refuses args at the same sizes and levels as the service', async () => {
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    for (const args of ['x'.repeat(262_142 - 40), 'x'.repeat(262_143), nested(30), nested(200)]) {
      const users = await openApplication('document');
      const answer = await users.alice.batch(
        'of-alice',
        1,
        [{ name: 'merge', args: args as never }],
        {},
        { Prefer: 'wait=5' },
      );
      const { outcomes } = run(document, [{ name: 'merge', args: args as never }]);
      const name = answer.status < 300 ? undefined : problemName(answer);
      expect([outcomes[0]?.status === 'applied', outcomes[0]?.problem?.name]).toEqual([name === undefined, name]);
    }
  });
});
