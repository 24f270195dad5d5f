import { type Failure, failure } from '../../../core/json/failure.ts';
import { memoized } from '../../../core/limits/lru-cache.ts';
import { type HeaderItem, MEMOIZED_HEADERS_MAX, parseItems } from './header-list.ts';

/** The form that a reader accepts instead of the whole state (RFC 3229) [S3]. */
export interface Aim {
  readonly kind: 'aim';
  readonly manipulation: 'json-patch' | 'none';
}

/** Parses the header `A-IM`. */
export const parseAim = (header: string | null): Aim | Failure => (header === null ? NONE : parse(header));

const NONE: Aim = { kind: 'aim', manipulation: 'none' };

const parse = memoized((header: string): Aim | Failure => {
  const items = parseItems(header);
  if (items === undefined || items.some((item) => !isManipulation(item))) {
    return failure('invalid-header', 'A-IM is a list of instance manipulations (RFC 3229).');
  }
  const patch = items.find(({ name }) => name === 'json-patch');
  return { kind: 'aim', manipulation: patch === undefined || isRefused(patch) ? 'none' : 'json-patch' };
}, MEMOIZED_HEADERS_MAX);

const QUALITY = /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/;

const isManipulation = ({ value, parameters }: HeaderItem): boolean =>
  value === undefined && parameters.every((each) => each.name !== 'q' || QUALITY.test(each.value ?? ''));

const isRefused = ({ parameters }: HeaderItem): boolean =>
  parameters.some(({ name, value }) => name === 'q' && Number(value) === 0);
