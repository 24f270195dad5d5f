import type { StandardSchemaV1 } from '@standard-schema/spec';
import { toJsonSchema, toStandardJsonSchema } from '@valibot/to-json-schema';
import { type } from 'arktype';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { document } from '../../../src/applications/document.ts';
import { infoBoxes } from '../../../src/applications/info-boxes.ts';
import { todos } from '../../../src/applications/todos.ts';
import { change } from '../../../src/core/change.ts';
import { defineApplication } from '../../../src/core/define-application.ts';
import type { Definition } from '../../../src/core/definition.ts';
import type { Json } from '../../../src/protocol/json.ts';
import { arbitraryChanges, replay, run } from '../../../src/testing/index.ts';
import { holds } from '../../support/property.ts';

const convert = (schema: v.GenericSchema): object => toJsonSchema(schema, { errorMode: 'ignore', typeMode: 'input' });
const withValibot = { toJsonSchema: convert };

/** A kind with one change, which keeps its args. */
const kindOf = <Schema extends StandardSchemaV1>(schema: Schema) =>
  defineApplication({
    name: 'kind',
    version: 1,
    initial: [] as unknown[],
    changes: {
      it: change(schema, (state: unknown[], args) => void state.push(JSON.parse(JSON.stringify(args ?? null)))),
    },
  });

/** Args that were made for a schema. */
const argsFor = (schema: StandardSchemaV1, count = 200): unknown[] =>
  fc.sample(arbitraryChanges(kindOf(schema), fc, { minLength: 1, maxLength: 1 }), count).map(([first]) => first?.args);

/** A schema without a library: its JSON Schema and its check. */
const rawSchema = (json: object, fits: (value: never) => boolean = () => true): StandardSchemaV1 => ({
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value: unknown) => (fits(value as never) ? { value } : { issues: [{ message: 'no' }] }),
    ...{ jsonSchema: { input: () => json, output: () => json } },
  },
});

const names = (changes: readonly { readonly name: string }[]): string[] => changes.map(({ name }) => name);

describe('arbitrary changes', () => {
  it('fit the definition: each is applied, or rejected by a rule, never for its args', () => {
    const seen = new Set<string>();
    holds(
      fc.property(arbitraryChanges(todos, fc, withValibot), (changes) => {
        const { outcomes, state, stateIssue } = run(todos, changes);
        for (const { name, status, reason, problem } of outcomes) {
          // An id may be `constructor`: no state may have such a key.
          expect([undefined, 'change-refused', 'forbidden-key']).toContain(problem?.name);
          seen.add(`${name} ${reason ?? status}`);
        }
        expect(Object.values(state.items).every(({ by }) => by === 'alice' || by === 'bob')).toBe(true);
        expect(stateIssue).toBeUndefined();
        expect(replay(todos, changes).impurities).toEqual([]);
      }),
    );
    // Values come back: otherwise no todo would ever be found again.
    const expected = [
      'add applied',
      'add todo-exists',
      'clear applied',
      'complete applied',
      'complete unknown-todo',
      'remove applied',
      'rename applied',
      'rename unknown-todo',
    ];
    expect([...seen].sort()).toEqual(expect.arrayContaining(expected));
  });

  it('keep the rule of the info boxes: whichever is forced is open', () => {
    holds(
      fc.property(arbitraryChanges(infoBoxes, fc, withValibot), (changes) => {
        const { state, outcomes } = run(infoBoxes, changes);
        if (state.forced !== null) expect(state.open).toBe(state.forced);
        for (const { reason, status } of outcomes) expect(status === 'applied' || reason === 'box-forced').toBe(true);
      }),
    );
  });

  it('shrink to the smallest failing list', () => {
    const { counterexample } = fc.check(
      fc.property(arbitraryChanges(todos, fc, withValibot), (changes) => !names(changes).includes('remove')),
      { seed: 7 },
    );
    expect(names(counterexample?.[0] ?? [])).toEqual(['remove']);
  });

  it('are of the names, users and numbers that are asked for', () => {
    const changes = arbitraryChanges(todos, fc, {
      ...withValibot,
      names: ['clear'],
      users: ['zoe'],
      minLength: 3,
      maxLength: 4,
    });
    for (const list of fc.sample(changes, 50)) {
      expect([3, 4]).toContain(list.length);
      for (const each of list) expect(each).toMatchObject({ name: 'clear', user: 'zoe' });
    }
    expect(() => arbitraryChanges(todos, fc, { names: ['veto' as 'clear'] })).toThrow(
      'no change "veto". It has: add, rename',
    );
  });

  it('take args of the author, also for a change without a schema', () => {
    expect(() => arbitraryChanges(document, fc)).toThrow(
      'merge: the change has no schema. Give an arbitrary of your own',
    );
    const removal: Json = [{ op: 'remove', path: '/a' }];
    const args = { merge: fc.constant({ a: 1 }), patch: fc.constant(removal) };
    const changes = arbitraryChanges(document, fc, { names: ['merge', 'patch'], args, minLength: 1 });
    const made = fc.sample(changes, 50).flat();
    expect(new Set(names(made))).toEqual(new Set(['merge', 'patch']));
    expect(run(document, made.slice(0, 3)).outcomes).toHaveLength(3);
  });
});

describe('the args for a schema', () => {
  const Item = v.object({
    id: v.pipe(v.string(), v.regex(/^[a-z]{1,4}$/)),
    text: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(5)),
    count: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3))),
    tags: v.pipe(v.array(v.picklist(['x', 'y'])), v.maxLength(2)),
    pair: v.tuple([v.string(), v.boolean()]),
    votes: v.record(v.string(), v.number()),
    kind: v.variant('type', [
      v.object({ type: v.literal('a'), n: v.nullable(v.number()) }),
      v.object({ type: v.literal('b') }),
    ]),
  });
  const zodItem = z.strictObject({
    id: z.string().regex(/^[a-z]{1,4}$/),
    mail: z.email(),
    uuid: z.uuid(),
    at: z.iso.datetime(),
    day: z.iso.date(),
    text: z.string().trim().min(1).max(5),
    even: z.int().min(-4).max(9).multipleOf(2),
    above: z.number().gt(0).lt(1),
    list: z
      .array(z.union([z.string(), z.null()]))
      .min(1)
      .max(3),
    rest: z.tuple([z.string()]).rest(z.number()),
    map: z.record(z.string(), z.boolean()),
    few: z.record(z.enum(['p', 'q']), z.number()),
    both: z.intersection(z.object({ x: z.string() }), z.object({ y: z.number().optional() })),
    never: z.never().optional(),
    word: z.string().refine((text) => text !== ''),
    any: z.unknown(),
  });
  const arkItem = type({
    id: /^[a-z]{1,4}$/,
    'count?': '1 <= number.integer <= 3',
    kind: "'a' | 'b' | null",
    list: 'string[] >= 1',
    map: { '[string]': 'number' },
    mail: 'string.email',
  });

  it.each<readonly [string, StandardSchemaV1]>([
    ['valibot, wrapped', toStandardJsonSchema(Item)],
    ['zod', zodItem],
    ['arktype', arkItem],
  ])('of %s fit it, and differ', (_, schema) => {
    const made = argsFor(schema);
    for (const args of made) expect(schema['~standard'].validate(args)).not.toHaveProperty('issues.0');
    expect(new Set(made.map((args) => JSON.stringify(args))).size).toBeGreaterThan(100);
  });

  it.each<readonly [string, object, (value: never) => boolean]>([
    [
      'text with bounds',
      { type: 'string', minLength: 2, maxLength: 3 },
      (value: string) => [...value].length >= 2 && [...value].length <= 3,
    ],
    ['text with a pattern', { type: 'string', pattern: '^\\d{2}$' }, (value: string) => /^\d{2}$/.test(value)],
    [
      'an integer',
      { type: 'integer', minimum: -2, exclusiveMaximum: 3 },
      (value: number) => [-2, -1, 0, 1, 2].includes(value),
    ],
    ['a number', { type: 'number', exclusiveMinimum: 0, maximum: 1 }, (value: number) => value > 0 && value <= 1],
    [
      'a multiple',
      { type: 'number', multipleOf: 0.5, minimum: 0, maximum: 2 },
      (value: number) => [0, 0.5, 1, 1.5, 2].includes(value),
    ],
    ['a boolean', { type: 'boolean' }, (value: unknown) => typeof value === 'boolean'],
    ['null', { type: 'null' }, (value: unknown) => value === null],
    [
      'one of several types',
      { type: ['string', 'null'] },
      (value: unknown) => value === null || typeof value === 'string',
    ],
    ['an enum', { enum: [1, 'a', null] }, (value: never) => [1, 'a', null].includes(value)],
    ['a const', { const: { a: 1 } }, (value: unknown) => JSON.stringify(value) === '{"a":1}'],
    ['anyOf', { anyOf: [{ const: 1 }, { const: 2 }, false] }, (value: number) => value === 1 || value === 2],
    [
      'oneOf with members of its own',
      {
        type: 'object',
        properties: { a: { const: 1 } },
        required: ['a'],
        oneOf: [{ properties: { b: { const: 2 } }, required: ['b'] }],
      },
      (value: unknown) => JSON.stringify(value) === '{"a":1,"b":2}',
    ],
    [
      'allOf',
      {
        allOf: [{ type: 'object', properties: { a: { const: 1 } }, required: ['a'] }, { $ref: '#/$defs/b' }],
        $defs: { b: { properties: { b: { const: 2 } }, required: ['b'] } },
      },
      (value: unknown) => JSON.stringify(value) === '{"a":1,"b":2}',
    ],
    [
      'an array',
      { type: 'array', items: { type: 'boolean' }, minItems: 1, maxItems: 2 },
      (value: unknown[]) => value.length >= 1 && value.length <= 2,
    ],
    [
      'distinct elements',
      { type: 'array', items: { enum: [1, 2, 3] }, uniqueItems: true, minItems: 2 },
      (value: unknown[]) => value.length >= 2 && new Set(value).size === value.length,
    ],
    [
      'a tuple of draft 7',
      { type: 'array', items: [{ const: 1 }, { const: 'a' }], minItems: 2, additionalItems: false },
      (value: unknown) => JSON.stringify(value) === '[1,"a"]',
    ],
    [
      'a tuple of 2020-12',
      { type: 'array', prefixItems: [{ const: 1 }], items: { const: 2 }, minItems: 1 },
      (value: unknown[]) => value[0] === 1 && value.slice(1).every((each) => each === 2),
    ],
    [
      'required and optional members',
      {
        type: 'object',
        properties: { a: { const: 1 }, b: { const: 2 } },
        required: ['a'],
        additionalProperties: false,
      },
      (value: unknown) => ['{"a":1}', '{"a":1,"b":2}'].includes(JSON.stringify(value)),
    ],
    [
      'a record',
      { type: 'object', propertyNames: { enum: ['p', 'q'] }, additionalProperties: { const: 1 } },
      (value: object) => Object.keys(value).every((key) => key === 'p' || key === 'q'),
    ],
    [
      'named members and others',
      { type: 'object', properties: { a: { const: 1 } }, required: ['a'], additionalProperties: { const: 2 } },
      (value: { a: number }) => value.a === 1 && Object.values(value).slice(1).length >= 0,
    ],
    [
      'a reference',
      { $ref: '#/$defs/a', $defs: { a: { type: 'boolean' } } },
      (value: unknown) => typeof value === 'boolean',
    ],
    ['anything', {}, () => true],
  ])('are %s', (_, json, fits) => {
    // The schema accepts everything, so that nothing is filtered here.
    for (const args of argsFor(rawSchema(json), 100)) expect(fits(args as never), JSON.stringify(args)).toBe(true);
  });

  it.each<readonly [string, object, string]>([
    [
      'a keyword',
      { type: 'object', properties: { a: { type: 'array', contains: { const: 1 } } } },
      'it: at "/properties/a" of its JSON Schema the keyword "contains" is not supported.',
    ],
    ['not', { not: { type: 'string' } }, 'the keyword "not" is not supported'],
    ['a type', { type: 'date' }, 'the type "date" is not supported'],
    [
      'what nothing fits',
      { type: 'array', items: false, minItems: 1 },
      'at "/items" of its JSON Schema nothing fits it',
    ],
    [
      'a schema that contains itself',
      { $ref: '#/$defs/a', $defs: { a: { type: 'array', items: { $ref: '#/$defs/a' } } } },
      'the schema contains itself (#/$defs/a)',
    ],
    ['a lost reference', { $ref: '#/$defs/b' }, 'the reference #/$defs/b leads nowhere'],
    ['a pattern', { type: 'string', pattern: '^(?<!a)b$' }, 'fast-check cannot generate the pattern'],
  ])('cannot be made for %s, and the error says so', (_, json, message) => {
    const make = (): unknown => argsFor(rawSchema(json), 1);
    expect(make).toThrow(message);
    expect(make).toThrow('Give an arbitrary of your own: the option args: { it: ... }.');
  });

  it.each<readonly [string, StandardSchemaV1, string]>([
    [
      'valibot',
      v.object({}),
      'it: its schema (valibot) has no JSON Schema. Install @valibot/to-json-schema, and give the option toJsonSchema',
    ],
    [
      'another library',
      { '~standard': { version: 1, vendor: 'other', validate: (value) => ({ value }) } },
      'it: its schema (other) has no JSON Schema. Give the option toJsonSchema',
    ],
  ])('of %s cannot be made without a converter, and the error names the cure', (_, schema, message) => {
    expect(() => argsFor(schema)).toThrow(message);
  });

  it('say so when a library cannot convert a schema', () => {
    const failing = rawSchema({});
    const standard = {
      ...failing['~standard'],
      ...{
        jsonSchema: {
          input: () => {
            throw new Error('No word for a Map.');
          },
        },
      },
    };
    expect(() => argsFor({ '~standard': standard })).toThrow(
      'it: its schema (test) cannot be converted to JSON Schema. No word for a Map.',
    );
  });

  it('end with an error, and not never, when the check lets nothing through', () => {
    expect(() => argsFor(rawSchema({ type: 'boolean' }, () => false))).toThrow(
      'it: none of 2000 generated args fit its schema',
    );
  });
});

const untyped: Definition = todos;
it('arbitrary changes of a definition without types can be run as well', () => {
  const [changes = []] = fc.sample(arbitraryChanges(untyped, fc, { ...withValibot, minLength: 2 }), 1);
  expect(run(untyped, changes).outcomes.length).toBe(changes.length);
});
