import { type Failure, failure } from '../../../core/json/failure.ts';
import { type HeaderPair, parseItems } from './header-list.ts';

export interface MediaType<Type extends string> {
  readonly kind: 'media-type';
  readonly mediaType: Type;
}

/**
 * Which of these types a request's body has [J2]. The type itself must match: browsers send `text/plain` with any
 * parameter across origins without asking. A coded body could be a bomb.
 */
export const readMediaType = <Type extends string>(
  headers: Headers,
  types: readonly Type[],
): MediaType<Type> | Failure => {
  const coding = headers.get('Content-Encoding');
  if (coding !== null && coding.toLowerCase() !== 'identity') return unsupported('Content-Encoding must be left out.');
  const header = headers.get('Content-Type') ?? '';
  const mediaType = types.find((type) => type === header) ?? matchLoosely(header, types);
  if (mediaType === undefined) return unsupported(`Content-Type is UTF-8 of: ${types.join(', ')}.`);
  return { kind: 'media-type', mediaType };
};

const unsupported = (detail: string): Failure => failure('unsupported-media-type', detail);

/** Whatever its case and parameters. */
const matchLoosely = <Type extends string>(header: string, types: readonly Type[]): Type | undefined => {
  const end = header.indexOf(';');
  if (end !== -1 && !isUtf8(header.slice(end))) return undefined;
  const name = (end === -1 ? header : header.slice(0, end)).trimEnd().toLowerCase();
  return types.find((type) => type === name);
};

/** Parameters have the grammar of those in lists; a list of two is a header that was sent twice. */
const isUtf8 = (parameters: string): boolean => {
  const [item, ...others] = parseItems(`type${parameters}`) ?? [];
  return item !== undefined && others.length === 0 && item.parameters.every(isHarmless);
};

const isHarmless = ({ name, value }: HeaderPair): boolean => name !== 'charset' || value?.toLowerCase() === 'utf-8';
