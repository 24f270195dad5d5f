import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';
import { change } from '../../src/core/change.ts';
import { defineApplication } from '../../src/core/define-application.ts';
import type { Definition } from '../../src/core/definition.ts';
import { ProblemError, reject } from '../../src/core/json/problem-error.ts';
import type { Json } from '../../src/protocol/json.ts';
import type { ProblemName } from '../../src/protocol/problems.ts';

/** What tests may make the definitions below do. They run in the isolate of the objects. */
export const hooks = {
  /** Called by the change `kill`: ends the object as the platform would. */
  kill: (): void => undefined,
  kills: 0,
  /** Objects that have come to life. */
  lives: 0,
  /** How often a reducer has run. */
  runs: 0,
};

/** The message of what the code below throws: for its author's eyes alone. */
export const BUG = 'the password is swordfish';

interface Ledger {
  entries: Record<string, Json>;
}

/** A kind whose changes misbehave in every way there is [D4] [D5]. */
export const debug = defineApplication({
  name: 'debug',
  version: 1,
  initial: { entries: {} } as Ledger,
  changes: {
    note: change(v.object({ key: v.string(), value: v.any() }), (state: Ledger, { key, value }) => {
      hooks.runs += 1;
      state.entries[key] = value as Json;
    }),
    context: change(v.object({ key: v.string() }), (state: Ledger, { key }, context) => {
      state.entries[key] = { ...context };
    }),
    refuse: change(v.object({}), (state: Ledger) => {
      state.entries['half'] = true;
      reject('no', 'The application says no.');
    }),
    /** As Immer allows it, and drafts do not. */
    'change-assigned': change(v.object({}), (state: Ledger) => {
      const item = { n: 0 };
      state.entries['item'] = item;
      item.n += 1;
    }),
    throw: change(v.object({}), (state: Ledger) => {
      state.entries['half'] = true;
      throw new Error(BUG);
    }),
    /** As plain JavaScript can. */
    'own-problem': change(v.object({}), (_: Ledger) => {
      throw new ProblemError({ name: 'my-own' as ProblemName, detail: 'This is not in the protocol.' });
    }),
    'schema-throws': change(
      v.custom<Json>(() => {
        throw new Error(BUG);
      }),
      (_: Ledger) => undefined,
    ),
    'throw-nothing': change(v.object({}), (_: Ledger) => {
      throw undefined;
    }),
    'not-json': change(v.object({}), (state: Ledger) => {
      state.entries['date'] = new Date(0) as unknown as Json;
    }),
    'not-a-number': change(v.object({}), (state: Ledger) => {
      state.entries['nan'] = Number.NaN;
    }),
    asynchronous: change(v.object({}), (async (state: Ledger) => {
      state.entries['half'] = true;
    }) as unknown as (state: Ledger) => undefined),
    grow: change(v.object({ key: v.string(), bytes: v.number() }), (state: Ledger, { key, bytes }) => {
      state.entries[key] = 'x'.repeat(bytes);
    }),
    busy: change(v.object({ ms: v.number() }), (state: Ledger, { ms }) => {
      state.entries['half'] = true;
      for (const end = Date.now() + ms; Date.now() < end; );
    }),
    kill: change(v.object({}), (state: Ledger) => {
      state.entries['half'] = true;
      hooks.kill();
    }),
    /** A name that `client.push` has no function for, and that servers take. */
    toLocaleString: change(v.object({}), (state: Ledger) => {
      state.entries['text'] = true;
    }),
  },
});

interface Count {
  count: number;
}

const versions: Record<number, Definition> = {
  1: defineApplication({
    name: 'counter',
    version: 1,
    initial: { count: 0 } as Count,
    changes: {
      add: change(v.object({ by: v.number() }), (state: Count, { by }) => {
        state.count += by;
      }),
    },
  }),
  2: defineApplication({
    name: 'counter',
    version: 2,
    initial: { total: 0, unit: 'piece' },
    changes: {
      add: change(v.object({ by: v.number() }), (state: { total: number; unit: string }, { by }) => {
        state.total += 10 * by;
      }),
    },
    migrate: (old) => ({ total: (old as unknown as Count).count, unit: 'piece' }),
  }),
  3: defineApplication({
    name: 'counter',
    version: 3,
    initial: { total: 0 },
    changes: {},
    migrate: () => {
      throw new Error(BUG);
    },
  }),
};

let deployed = 1;

/** Which version of `counter` the next life of an object runs. */
export const deployCounter = (version: 1 | 2 | 3): void => {
  deployed = version;
};

const current = (): Definition => versions[deployed] as Definition;

/** Looks like one definition and is the deployed one. */
export const counter: Definition = {
  name: 'counter',
  get version() {
    return current().version;
  },
  initial: () => current().initial(),
  get changes() {
    return current().changes;
  },
  migrate: (state, from) => current().migrate(state, from),
  checkState: (state) => current().checkState(state),
};

interface Visits {
  seen: Record<string, { role: string; claims: Json }>;
}

/** A kind that keeps what its reducers see of the sender's rights [D14]. */
export const visits = defineApplication({
  name: 'visits',
  version: 1,
  initial: { seen: {} } as Visits,
  claims: ['plan', 'teams'],
  changes: (change) => ({
    visit: change(v.object({ key: v.string() }), (state, { key }, { role, claims }) => {
      if (claims.plan === 'free') reject('not-paid', 'The plan does not allow this.');
      state.seen[key] = { role, claims: claims as Json };
    }),
  }),
});

/** The same kind by three libraries: their schemas trim, convert and have defaults. */
const LIST_OF_NOTES = { name: '', version: 1, initial: { notes: [] } } as const;

export const noteKinds = [
  defineApplication({
    ...LIST_OF_NOTES,
    name: 'notes-valibot',
    state: v.object({ title: v.optional(v.pipe(v.string(), v.trim()), ' untitled '), notes: v.array(v.string()) }),
    initial: { notes: [] } as unknown as { title: string; notes: string[] },
    changes: (change) => ({
      add: change(
        v.object({
          text: v.optional(v.pipe(v.string(), v.trim()), 'empty'),
          times: v.pipe(v.string(), v.transform(Number)),
        }),
        (state, { text, times }) => {
          state.notes.push(`${text} ${times + 1}`);
        },
      ),
    }),
  }),
  defineApplication({
    ...LIST_OF_NOTES,
    name: 'notes-zod',
    state: z.object({ title: z.string().trim().default('untitled'), notes: z.array(z.string()) }),
    initial: { notes: [] } as unknown as { title: string; notes: string[] },
    changes: (change) => ({
      add: change(
        z.object({ text: z.string().trim().default('empty'), times: z.string().transform(Number) }),
        (state, { text, times }) => {
          state.notes.push(`${text} ${times + 1}`);
        },
      ),
    }),
  }),
  defineApplication({
    ...LIST_OF_NOTES,
    name: 'notes-arktype',
    state: type({ title: "string = 'untitled'", notes: 'string[]' }),
    initial: { notes: [] } as unknown as { title: string; notes: string[] },
    changes: (change) => ({
      add: change(type({ text: "string.trim = 'empty'", times: 'string.numeric.parse' }), (state, { text, times }) => {
        state.notes.push(`${text} ${times + 1}`);
      }),
    }),
  }),
];
