import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import type fastCheck from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { ArgsOf, Definition } from '../../core/definition.ts';
import { acceptArgs, precheckArgs } from '../accept-change.ts';
import type { AnyChange, TestChange } from '../test-change.ts';
import type { Schema } from './json-schema.ts';
import { reuseValues } from './reuse-values.ts';
import { SchemaArbitraries } from './schema-arbitrary.ts';

type FastCheck = typeof fastCheck;

/** The options of `arbitraryChanges`. */
export interface ArbitraryOptions<Kind extends Definition> {
  /** The names of the changes to make. Default: all of the definition. */
  readonly names?: readonly (keyof Kind['changes'] & string)[];
  /** The args of some changes, by name: for those without a schema, or whose schema says too little. */
  readonly args?: { readonly [Name in keyof Kind['changes']]?: Arbitrary<ArgsOf<Kind['changes'][Name]>> };
  /** The users who push. Default: `alice` and `bob`. */
  readonly users?: readonly string[];
  /**
   * Makes the JSON Schema of a schema that has none itself. For valibot:
   * `(schema: v.GenericSchema) => toJsonSchema(schema, { errorMode: 'ignore', typeMode: 'input' })`.
   */
  readonly toJsonSchema?: (schema: never) => object;
  /** The smallest number of changes. Default: 0. */
  readonly minLength?: number;
  /** The largest number of changes. Default: 10. */
  readonly maxLength?: number;
}

/**
 * A fast-check arbitrary of lists of changes, with args that fit their schemas. Values come back in members of the same
 * name, so that changes meet what others have made; everything shrinks.
 *
 * The args are made from the JSON Schema of each schema (Standard JSON Schema): zod from 4.2 and arktype from 2.1.28 have
 * it, valibot's are converted by `@valibot/to-json-schema`. Supported are object (also as record), array and tuple, string
 * (length, pattern, format), number and integer (bounds, multipleOf), boolean, null, enum, const, anyOf, oneOf, allOf and
 * references that do not lead back. What a schema checks beyond that is filtered.
 *
 * @param fc the default export of fast-check 4, an optional peer of this package
 *
 * @example
 * fc.assert(
 *   fc.property(arbitraryChanges(todos, fc), (changes) => {
 *     expect(replay(todos, changes).impurities).toEqual([]);
 *   }),
 * );
 * @throws TypeError when a schema cannot be converted or has something that is not supported, with the cure
 */
export const arbitraryChanges = <Kind extends Definition>(
  definition: Kind,
  fc: FastCheck,
  options: ArbitraryOptions<Kind> = {},
): Arbitrary<TestChange<Kind>[]> => {
  const { minLength = 0, maxLength = Math.max(10, minLength) } = options;
  const fits = (change: AnyChange): boolean => isAccepted(definition, change);
  const change = fc.oneof(...namesOf(definition, options).map((name) => oneChange(definition, fc, options, name)));
  const choices = fc.array(fc.nat(CHOICE_MAX), { minLength: CHOICES, maxLength: CHOICES });
  return fc
    .array(fc.tuple(change, choices), { minLength, maxLength })
    .map((draws) => reuseValues(draws, fits) as unknown as TestChange<Kind>[]);
};

/** Values of one change that may be repeats, and the largest number by which an earlier one is chosen. 0: a new one. */
const CHOICES = 4;
const CHOICE_MAX = 7;

/** @throws TypeError for a name that the definition does not have */
const namesOf = <Kind extends Definition>(definition: Kind, { names }: ArbitraryOptions<Kind>): readonly string[] => {
  const known = Object.keys(definition.changes);
  const unknown = names?.find((name) => !known.includes(name));
  if (unknown === undefined) return names ?? known;
  throw new TypeError(`The kind ${definition.name} has no change "${unknown}". It has: ${known.join(', ')}.`);
};

const oneChange = <Kind extends Definition>(
  definition: Kind,
  fc: FastCheck,
  options: ArbitraryOptions<Kind>,
  name: string,
): Arbitrary<AnyChange> => {
  const { users = ['alice', 'bob'] } = options;
  const own: Arbitrary<unknown> | undefined = options.args?.[name];
  const args = own ?? schemaArgs(definition, fc, options.toJsonSchema, name);
  const change = fc.record(
    { name: fc.constant(name), args, user: fc.constantFrom(...users) },
    { noNullPrototype: true },
  );
  let misses = 0;
  return change.filter((each) => {
    if (isAccepted(definition, each)) {
      misses = 0;
      return true;
    }
    misses += 1;
    if (misses < MISSES_MAX) return false;
    throw new TypeError(
      `${name}: none of ${MISSES_MAX} generated args fit its schema, for example ${JSON.stringify(each.args)}. ${OWN_ARGS(name)}`,
    );
  });
};

/** So many args in a row that do not fit: more would seem to hang. */
const MISSES_MAX = 2_000;

const OWN_ARGS = (name: string): string => `Give an arbitrary of your own: the option args: { ${name}: ... }.`;

const isAccepted = (definition: Definition, { name, args }: AnyChange): boolean => {
  const accepted = acceptArgs(name, args);
  return accepted.kind === 'accepted' && precheckArgs(definition, name, accepted.args).kind === 'accepted';
};

const schemaArgs = (
  definition: Definition,
  fc: FastCheck,
  toJsonSchema: ((schema: never) => object) | undefined,
  name: string,
): Arbitrary<unknown> => {
  const schema = definition.changes[name]?.parts?.schema;
  if (schema === undefined) throw new TypeError(`${name}: the change has no schema. ${OWN_ARGS(name)}`);
  const json = jsonSchemaOf(schema, toJsonSchema, name);
  try {
    return new SchemaArbitraries(fc, json).root();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : `${cause}`;
    throw new TypeError(`${name}: ${reason}. ${OWN_ARGS(name)}`, { cause });
  }
};

/** For each library the word for: leave out what JSON Schema cannot say. What is left out is filtered. */
const LENIENT = {
  errorMode: 'ignore',
  unrepresentable: 'any',
  fallback: ({ base }: { readonly base?: unknown }): unknown => base ?? {},
};

const jsonSchemaOf = (
  schema: StandardSchemaV1,
  toJsonSchema: ((schema: never) => object) | undefined,
  name: string,
): Schema => {
  const { vendor, jsonSchema } = schema['~standard'] as StandardSchemaV1.Props & Partial<StandardJSONSchemaV1.Props>;
  if (toJsonSchema === undefined && jsonSchema === undefined) {
    throw new TypeError(
      `${name}: its schema (${vendor}) has no JSON Schema. ${CURES[vendor] ?? OTHER_CURE} ${OWN_ARGS(name)}`,
    );
  }
  try {
    if (toJsonSchema !== undefined) return toJsonSchema(schema as never) as Schema;
    return (jsonSchema?.input({ target: 'draft-2020-12', libraryOptions: LENIENT }) ?? true) as Schema;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : `${cause}`;
    throw new TypeError(
      `${name}: its schema (${vendor}) cannot be converted to JSON Schema. ${reason} ${OWN_ARGS(name)}`,
      {
        cause,
      },
    );
  }
};

const CURES: Readonly<Record<string, string>> = {
  valibot:
    "Install @valibot/to-json-schema, and give the option toJsonSchema: (schema: v.GenericSchema) => toJsonSchema(schema, { errorMode: 'ignore', typeMode: 'input' }).",
  zod: 'Use zod 4.2 or newer.',
  arktype: 'Use arktype 2.1.28 or newer.',
};

const OTHER_CURE = 'Give the option toJsonSchema, a function that converts it.';
