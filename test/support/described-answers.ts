import { type Schema, Validator } from '@cfworker/json-schema';
import { openapi } from '../../src/server/http/openapi/document.ts';
import { routes } from '../../src/server/http/route-table.ts';

interface Described {
  readonly headers?: Readonly<Record<string, { $ref?: string; required?: true; schema?: Schema }>>;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { responses: Record<string, Described> }>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly headers: Readonly<Record<string, { schema: Schema }>>;
  };
}

/** A copy whose objects have no members but the described ones. In the document they may: answers get new ones. */
const closed = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== 'object') return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return copy.type === 'object' && 'properties' in copy ? { additionalProperties: false, ...copy } : copy;
};

/** Compares answers with `/openapi.json`. */
export class DescribedAnswers {
  readonly #document: Document;
  readonly #schemas: Schema;
  readonly #validators = new Map<string, Validator>();
  readonly #paths: readonly (readonly [pattern: RegExp, path: string])[];

  /** @param text the document */
  constructor(text: string) {
    this.#document = JSON.parse(text) as Document;
    this.#schemas = closed(this.#document.components.schemas) as Schema;
    this.#paths = Object.keys(this.#document.paths).map((path) => [
      new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
      path,
    ]);
  }

  /** What is not as described; nothing for a path or method that the document does not have. */
  async faultsOf(method: string, url: string, response: Response): Promise<string[]> {
    const path = new URL(url).pathname;
    const [, found = ''] = this.#paths.find(([pattern]) => pattern.test(path)) ?? [];
    const operation = this.#document.paths[found]?.[method === 'HEAD' ? 'get' : method.toLowerCase()];
    if (operation === undefined) return [];
    const described = operation.responses[response.status];
    const where = `${method} ${found} ${response.status}`;
    if (described === undefined) return [`${where}: this status is not described`];
    const faults = [...this.#faultsOfHeaders(described, response.headers)];
    if (method !== 'HEAD') faults.push(...(await this.#faultsOfBody(where, described, response)));
    return faults.map((fault) => `${where}: ${fault}`);
  }

  #faultsOfHeaders({ headers = {} }: Described, given: Headers): string[] {
    const described = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const extra = [...given.keys()].filter((name) => !ALWAYS.test(name) && !described.has(name));
    const wrong = [...described].flatMap(([name, { $ref, required, schema: own }]) => {
      const text = given.get(name);
      if (text === null) return required === true ? [`the header ${name} is missing`] : [];
      const schema = own ?? this.#document.components.headers[$ref?.split('/').at(-1) ?? '']?.schema ?? {};
      const value = schema.type === 'integer' ? Number(text) : text;
      return this.#validator(JSON.stringify(schema), schema).validate(value).valid ? [] : [`${name}: ${text}`];
    });
    return [...extra.map((name) => `the header ${name} is not described`), ...wrong];
  }

  async #faultsOfBody(where: string, { content }: Described, response: Response): Promise<string[]> {
    const type = response.headers.get('Content-Type')?.split(';')[0];
    if (content === undefined) return type === undefined ? [] : [`a body of ${type} is not described`];
    const schema = type === undefined ? undefined : content[type]?.schema;
    if (schema === undefined) return [`the type ${type} is not described`];
    if (!type?.endsWith('json') || type.endsWith('ndjson') || schema.$ref?.endsWith('/State')) return [];
    // With this header it is the state [Q11], which may be anything.
    if (response.headers.has('Content-Location')) return [];
    const exact = schema.$ref?.endsWith('OrState') === true ? (this.#component(schema.$ref).anyOf?.[0] ?? {}) : schema;
    const text = await response.clone().text();
    const { valid, errors } = this.#validator(`${where} ${type}`, exact).validate(JSON.parse(text));
    return valid
      ? []
      : [
          `${errors
            .map(({ instanceLocation, error }) => `${instanceLocation} ${error}`)
            .join(' ')
            .slice(0, 500)} ${text.slice(0, 500)}`,
        ];
  }

  #component(ref: string): Schema {
    return (this.#document.components.schemas[ref.split('/').at(-1) ?? ''] ?? {}) as Schema;
  }

  #validator(key: string, schema: Schema): Validator {
    const known = this.#validators.get(key);
    if (known !== undefined) return known;
    const made = new Validator({ ...schema, components: { schemas: this.#schemas } } as Schema, '2020-12');
    this.#validators.set(key, made);
    return made;
  }
}

/** Headers that any answer may have, for browsers and caches. */
const ALWAYS =
  /^(?:access-control-.*|allow|cache-control|content-length|content-type|date|vary|x-content-type-options)$/;

/** What the tests of a file have seen that is not as described. */
const faults: string[] = [];
const own = new DescribedAnswers(openapi(routes));

/** Compares an answer of the Worker under test with the document of its routes. */
export const compareAnswer = async (method: string, url: string, response: Response): Promise<void> => {
  faults.push(...(await own.faultsOf(method, url, response)));
};

/** The faults since the last call. */
export const takeFaults = (): readonly string[] => faults.splice(0);
