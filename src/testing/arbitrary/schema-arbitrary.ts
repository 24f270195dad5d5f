import type fastCheck from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { checkKey } from '../../core/json/json-rules.ts';
import { escapeToken } from '../../core/json/pointer.ts';
import {
  isNever,
  type JsonSchema,
  mergeSchemas,
  resolveReference,
  type Schema,
  unknownKeyword,
} from './json-schema.ts';
import { stringArbitrary } from './string-arbitrary.ts';

type FastCheck = typeof fastCheck;

/** Elements of an array, and members beyond those that have names, when the schema sets no bound. */
const ELEMENTS_MAX = 5;

/** Where in a schema something stands. */
interface Position {
  /** The JSON Pointer from the root of the schema. */
  readonly pointer: string;
  /** References that were followed to get there: one that comes again never ends. */
  readonly references: readonly string[];
}

/** Makes JSON values for a JSON Schema. They fit it mostly: what is left has to be filtered. */
export class SchemaArbitraries {
  readonly #fc: FastCheck;
  readonly #root: Schema;

  constructor(fc: FastCheck, root: Schema) {
    this.#fc = fc;
    this.#root = root;
  }

  /** @throws TypeError that names the JSON Pointer of what is not supported */
  root(): Arbitrary<unknown> {
    return this.#of(this.#root, { pointer: '', references: [] });
  }

  #of(schema: Schema, position: Position): Arbitrary<unknown> {
    if (isNever(schema)) throw unsupported(position, 'nothing fits it');
    if (typeof schema === 'boolean') return this.#anything();
    const keyword = unknownKeyword(schema);
    if (keyword !== undefined) throw unsupported(position, `the keyword "${keyword}" is not supported`);
    const { $ref, allOf, anyOf, oneOf, ...rest } = schema;
    if ($ref !== undefined) return this.#reference($ref, position);
    if (allOf !== undefined) return this.#of(mergeSchemas([{ ...rest }, ...this.#objects(allOf, position)]), position);
    if (anyOf !== undefined) return this.#oneOf(anyOf, rest, below(position, 'anyOf'));
    if (oneOf !== undefined) return this.#oneOf(oneOf, rest, below(position, 'oneOf'));
    if ('const' in schema) return this.#fc.constant(schema.const);
    if (schema.enum !== undefined) return this.#fc.constantFrom(...schema.enum);
    return this.#typed(schema, position);
  }

  #reference(reference: string, position: Position): Arbitrary<unknown> {
    const { references } = position;
    if (references.includes(reference)) throw unsupported(position, `the schema contains itself (${reference})`);
    const found = resolveReference(this.#root, reference);
    if (found === undefined) throw unsupported(position, `the reference ${reference} leads nowhere`);
    return this.#of(found, { pointer: reference.slice(1), references: [...references, reference] });
  }

  /** The schemas of an `allOf`, with what they refer to. */
  #objects(schemas: readonly Schema[], position: Position): JsonSchema[] {
    return schemas.map((schema, index) => {
      const isReference = typeof schema === 'object' && schema.$ref !== undefined;
      const found = isReference ? resolveReference(this.#root, schema.$ref ?? '') : schema;
      if (typeof found === 'object') return found;
      throw unsupported(below(position, `allOf/${index}`), 'it is no object');
    });
  }

  #oneOf(schemas: readonly Schema[], rest: JsonSchema, position: Position): Arbitrary<unknown> {
    const possible = schemas.flatMap((schema, index) => {
      if (isNever(schema)) return [];
      const merged = typeof schema === 'object' && Object.keys(rest).length > 0 ? mergeSchemas([rest, schema]) : schema;
      return [this.#of(merged, below(position, `${index}`))];
    });
    if (possible.length === 0) throw unsupported(position, 'nothing fits it');
    return this.#fc.oneof(...possible);
  }

  #typed(schema: JsonSchema, position: Position): Arbitrary<unknown> {
    const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? impliedTypes(schema));
    if (types.length === 0) return this.#anything();
    return this.#fc.oneof(...types.map((type) => this.#ofType(type, schema, position)));
  }

  #ofType(type: string, schema: JsonSchema, position: Position): Arbitrary<unknown> {
    const fc = this.#fc;
    switch (type) {
      case 'null':
        return fc.constant(null);
      case 'boolean':
        return fc.boolean();
      case 'integer':
      case 'number':
        return this.#number(schema, type);
      case 'string':
        return this.#atPointer(position, () => stringArbitrary(fc, schema));
      case 'array':
        return this.#array(schema, position);
      case 'object':
        return this.#object(schema, position);
      default:
        throw unsupported(position, `the type "${type}" is not supported`);
    }
  }

  #atPointer<Value>(position: Position, make: () => Arbitrary<Value>): Arbitrary<Value> {
    try {
      return make();
    } catch (error) {
      throw unsupported(position, error instanceof Error ? error.message : `${error}`);
    }
  }

  #number(schema: JsonSchema, type: 'integer' | 'number'): Arbitrary<number> {
    const { multipleOf } = schema;
    const min = Math.max(schema.minimum ?? -Infinity, schema.exclusiveMinimum ?? -Infinity);
    const max = Math.min(schema.maximum ?? Infinity, schema.exclusiveMaximum ?? Infinity);
    const isWithin = (value: number): boolean => value !== schema.exclusiveMinimum && value !== schema.exclusiveMaximum;
    const factor = multipleOf ?? (type === 'integer' ? 1 : undefined);
    if (factor !== undefined) {
      const least = Math.max(Math.ceil(min / factor), Number.MIN_SAFE_INTEGER);
      const most = Math.min(Math.floor(max / factor), Number.MAX_SAFE_INTEGER);
      // Small ones mostly: large ones are rarely what a rule is about.
      const small = { min: Math.min(Math.max(least, -100), most), max: Math.max(Math.min(most, 100), least) };
      return this.#fc
        .oneof(this.#fc.integer(small), this.#fc.integer({ min: least, max: most }))
        .map((value) => value * factor + 0)
        .filter(isWithin);
    }
    const bounds = { ...(min > -Infinity ? { min } : {}), ...(max < Infinity ? { max } : {}) };
    // JSON has no -0.
    return this.#fc
      .double({ noNaN: true, noDefaultInfinity: true, ...bounds })
      .map((value) => value + 0)
      .filter(isWithin);
  }

  #array(schema: JsonSchema, position: Position): Arbitrary<unknown> {
    const { items, uniqueItems, minItems = 0 } = schema;
    const tuple = schema.prefixItems ?? (isSchemaList(items) ? items : undefined);
    const others = tuple === undefined || schema.prefixItems !== undefined ? items : schema.additionalItems;
    const maxItems = schema.maxItems ?? Math.max(minItems, (tuple?.length ?? 0) + ELEMENTS_MAX);
    const first = (tuple ?? []).map((each, index) => this.#of(each, below(position, `prefixItems/${index}`)));
    const isOpen = tuple === undefined || (others !== undefined && !isSchemaList(others) && !isNever(others));
    const rest = isOpen
      ? this.#of(isSchemaList(others) ? true : (others ?? true), below(position, 'items'))
      : undefined;
    const bounds = { minLength: Math.max(0, minItems - first.length), maxLength: Math.max(0, maxItems - first.length) };
    if (rest === undefined) return this.#fc.tuple(...first);
    const elements = uniqueItems
      ? this.#fc.uniqueArray(rest, { ...bounds, selector: (value) => JSON.stringify(value) })
      : this.#fc.array(rest, bounds);
    return this.#fc.tuple(this.#fc.tuple(...first), elements).map(([head, tail]) => [...head, ...tail]);
  }

  #object(schema: JsonSchema, position: Position): Arbitrary<unknown> {
    const fc = this.#fc;
    const required = new Set(schema.required);
    const named = Object.entries(schema.properties ?? {}).filter(([key, each]) => required.has(key) || !isNever(each));
    const members = named.map(([key, each]) => [
      key,
      this.#of(each, below(position, `properties/${escapeToken(key)}`)),
    ]);
    const record = fc.record(Object.fromEntries(members) as Record<string, Arbitrary<unknown>>, {
      requiredKeys: named.map(([key]) => key).filter((key) => required.has(key)),
      noNullPrototype: true,
    });
    const { additionalProperties: others, minProperties = 0 } = schema;
    const isOpen = others === undefined ? named.length === 0 && schema.properties === undefined : !isNever(others);
    // Members that have no name and no schema: whoever pushes a change of this type has none.
    if (!isOpen || (named.length > 0 && (others === undefined || others === true))) return record;
    const keys = this.#of(schema.propertyNames ?? true, below(position, 'propertyNames'));
    const names = (schema.propertyNames === undefined ? fc.string() : (keys as Arbitrary<string>)).filter(isKey);
    const values = this.#of(others ?? true, below(position, 'additionalProperties'));
    const maxKeys = Math.max(minProperties, schema.maxProperties ?? ELEMENTS_MAX);
    const more = fc.dictionary(names, values, { minKeys: minProperties, maxKeys, noNullPrototype: true });
    return fc.tuple(more, record).map(([extra, own]) => ({ ...extra, ...own }));
  }

  /** Any JSON, without keys that no server accepts. */
  #anything(): Arbitrary<unknown> {
    return this.#fc.json({ maxDepth: 2 }).map((text) => JSON.parse(text) as unknown);
  }
}

const isKey = (key: string): boolean => typeof key === 'string' && checkKey(key) === undefined;

const isSchemaList = (items: JsonSchema['items']): items is readonly Schema[] => Array.isArray(items);

/** The types of a schema that names none, but has keywords of some. */
const impliedTypes = (schema: JsonSchema): string[] => {
  if (schema.properties ?? schema.required ?? schema.additionalProperties ?? schema.propertyNames) return ['object'];
  if (schema.items ?? schema.prefixItems) return ['array'];
  if (schema.pattern ?? schema.format ?? schema.minLength ?? schema.maxLength) return ['string'];
  const bound = schema.minimum ?? schema.maximum ?? schema.exclusiveMinimum ?? schema.exclusiveMaximum;
  return (bound ?? schema.multipleOf) === undefined ? [] : ['number'];
};

const below = ({ pointer, references }: Position, path: string): Position => ({
  pointer: `${pointer}/${path}`,
  references,
});

const unsupported = ({ pointer }: Position, reason: string): TypeError =>
  new TypeError(`at "${pointer}" of its JSON Schema ${reason}`);
