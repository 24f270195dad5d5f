/** The part of JSON Schema (drafts 7 and 2020-12) that args can be made for. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly not?: Schema;
  readonly $ref?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
  readonly propertyNames?: Schema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: Schema | readonly Schema[];
  readonly additionalItems?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
}

/** A schema: `true` is what everything fits, `false` what nothing fits. */
export type Schema = boolean | JsonSchema;

/** Keywords that are understood, and those that say nothing about which values fit. */
const KEYWORDS: ReadonlySet<string> = new Set([
  ...['type', 'const', 'enum', 'anyOf', 'oneOf', 'allOf', 'not', '$ref'],
  ...['minLength', 'maxLength', 'pattern', 'format', 'contentEncoding', 'contentMediaType'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['properties', 'required', 'additionalProperties', 'propertyNames', 'minProperties', 'maxProperties'],
  ...['items', 'additionalItems', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems'],
  ...['$schema', '$id', '$defs', 'definitions', '$comment', 'title', 'description', 'default', 'examples', 'example'],
  ...['deprecated', 'readOnly', 'writeOnly', 'nullable'],
]);

/** The first keyword of a schema that args cannot be made for; undefined without one. */
export const unknownKeyword = (schema: JsonSchema): string | undefined => {
  // `not` only where it excludes everything: zod says `never` like that.
  if (schema.not !== undefined && !isNever(schema)) return 'not';
  return Object.keys(schema).find((key) => !KEYWORDS.has(key));
};

/** Whether nothing fits a schema. */
export const isNever = (schema: Schema): boolean => {
  if (typeof schema === 'boolean') return !schema;
  const { not } = schema;
  return not === true || (typeof not === 'object' && Object.keys(not).length === 0);
};

/** One schema for `allOf`: members and required names together, of everything else the last. */
export const mergeSchemas = (schemas: readonly JsonSchema[]): JsonSchema => {
  const properties: Record<string, Schema> = Object.assign({}, ...schemas.map((schema) => schema.properties));
  const required = schemas.flatMap((schema) => schema.required ?? []);
  return {
    ...(Object.assign({}, ...schemas) as JsonSchema),
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    ...(required.length > 0 ? { required } : {}),
  };
};

/** The schema that a reference within the same document names; undefined where there is none. */
export const resolveReference = (root: Schema, reference: string): Schema | undefined => {
  if (!reference.startsWith('#')) return undefined;
  const tokens = decodeURIComponent(reference.slice(1)).split('/').slice(1);
  const found = tokens.reduce<unknown>((value, token) => {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
      ? Reflect.get(value, key)
      : undefined;
  }, root);
  return typeof found === 'boolean' || (typeof found === 'object' && found !== null) ? (found as Schema) : undefined;
};
