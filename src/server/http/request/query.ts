import { type Failure, failure } from '../../../core/json/failure.ts';
import { parsePointer } from '../../../core/json/pointer.ts';
import { applicationName, ID_PATTERN, isId, parseApplicationName } from '../../../protocol/ids.ts';
import { parseNatural } from './natural.ts';

/** Parses one parameter; `expects` ends the sentence that refuses a value. */
export interface Parameter<T> {
  readonly expects: string;
  /** The same for OpenAPI, as JSON Schema. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly read: (text: string) => T | undefined;
}

/** The parameters that a query may have. */
export type ParameterTable = Readonly<Record<string, Parameter<unknown>>>;

/** The parsed parameters of a query; each only where it was sent. */
export interface Query<Allowed extends ParameterTable> {
  readonly kind: 'query';
  readonly values: {
    readonly [Name in keyof Allowed]?: Allowed[Name] extends Parameter<infer T> ? T : never;
  };
}

/**
 * Parses a URL's `search`: each parameter at most once, and no others [J10]. An ignored misspelled parameter would
 * answer another question than the one asked. Values are never echoed: one may be a token [E2].
 */
export const readQuery = <Allowed extends ParameterTable>(
  search: string,
  allowed: Allowed,
): Query<Allowed> | Failure => {
  const values: Record<string, unknown> = {};
  const pieces = search.length > 1 ? search.slice(1).split('&', Object.keys(allowed).length + 1) : [];
  for (const piece of pieces) {
    const [name, text] = decodePiece(piece);
    const parameter = name !== undefined && Object.hasOwn(allowed, name) ? allowed[name] : undefined;
    if (name === undefined || parameter === undefined || Object.hasOwn(values, name)) return invalidQuery(allowed);
    const value = text === undefined ? undefined : parameter.read(text);
    if (value === undefined) return invalidValue(name, parameter);
    values[name] = value;
  }
  return { kind: 'query', values: values as Query<Allowed>['values'] };
};

/** A whole number from `min` to `max`. */
export const integerParameter = (min: number, max: number): Parameter<number> => ({
  expects: `a whole number from ${min} to ${max}`,
  schema: { type: 'integer', minimum: min, maximum: max },
  read(text) {
    const value = parseNatural(text);
    return value !== undefined && value >= min && value <= max ? value : undefined;
  },
});

/** `?at=v` [S8] and `?after=seq`. */
export const versionParameter = integerParameter(0, Number.MAX_SAFE_INTEGER);

/** `?path=/json/pointer` [S9]. */
export const pointerParameter: Parameter<string> = {
  expects: 'a JSON Pointer (RFC 6901) with keys that are allowed',
  schema: { type: 'string', pattern: '^(/([^~/]|~[01])*)*$' },
  read: (text) => (parsePointer(text).kind === 'pointer' ? text : undefined),
};

/** `?after=name` [L4]. */
export const idParameter: Parameter<string> = {
  expects: 'an id',
  schema: { type: 'string', pattern: ID_PATTERN },
  read: (text) => (isId(text) ? text : undefined),
};

/** `?application=owner/app` [K5] and `?after=owner/app` [A14]; read as the canonical name. */
export const applicationParameter: Parameter<string> = {
  expects: 'an application, owner/app with the owner percent-encoded',
  schema: { type: 'string' },
  read(text) {
    const id = parseApplicationName(text);
    return id === undefined ? undefined : applicationName(id);
  },
};

const invalidQuery = (allowed: ParameterTable): Failure => {
  const names = Object.keys(allowed);
  const list = names.length === 0 ? 'no parameters' : `${names.join(', ')}, each once`;
  return failure('invalid-query', `Allowed here: ${list}.`);
};

const invalidValue = (name: string, { expects }: Parameter<unknown>): Failure =>
  failure('invalid-query', `The parameter ${name} must be ${expects}.`);

/** Splits into name and text; undefined for either that is not percent-encoded UTF-8. */
const decodePiece = (piece: string): [name: string | undefined, text: string | undefined] => {
  const end = piece.indexOf('=');
  return end === -1 ? [decode(piece), ''] : [decode(piece.slice(0, end)), decode(piece.slice(end + 1))];
};

/** Decodes like URLSearchParams, which clients build queries with, but refuses what that would turn into U+FFFD. */
const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
};
