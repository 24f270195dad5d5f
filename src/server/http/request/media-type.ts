import { type Failure, failure } from '../../../core/json/failure.ts';
import { type HeaderPair, parseItems } from './header-list.ts';

/** The type of a body. */
export interface MediaType<Type extends string> {
  readonly kind: 'media-type';
  readonly mediaType: Type;
}

/**
 * Finds the one of these types that a body has [J2]. The type itself must match: browsers send `text/plain` with any
 * parameter to other origins without a preflight. A compressed body is refused, as it could be a bomb.
 */
export const readMediaType = <Type extends string>(
  headers: Headers,
  types: readonly Type[],
): MediaType<Type> | Failure => {
  const coding = headers.get('Content-Encoding');
  if (coding !== null && coding.toLowerCase() !== 'identity')
    return unsupported('Send the body without Content-Encoding.');
  const header = headers.get('Content-Type') ?? '';
  const mediaType = types.find((type) => type === header) ?? matchLoosely(header, types);
  if (mediaType === undefined) return unsupported(`Content-Type must be one of these, in UTF-8: ${types.join(', ')}.`);
  return { kind: 'media-type', mediaType };
};

const unsupported = (detail: string): Failure => failure('unsupported-media-type', detail);

/** Compares in any case and with any parameters but another charset. */
const matchLoosely = <Type extends string>(header: string, types: readonly Type[]): Type | undefined => {
  const end = header.indexOf(';');
  if (end !== -1 && !isUtf8(header.slice(end))) return undefined;
  const name = (end === -1 ? header : header.slice(0, end)).trimEnd().toLowerCase();
  return types.find((type) => type === name);
};

/** Parameters have the grammar of those in lists. Two items mean a header that was sent twice. */
const isUtf8 = (parameters: string): boolean => {
  const [item, ...others] = parseItems(`type${parameters}`) ?? [];
  return item !== undefined && others.length === 0 && item.parameters.every(isHarmless);
};

const isHarmless = ({ name, value }: HeaderPair): boolean => name !== 'charset' || value?.toLowerCase() === 'utf-8';
