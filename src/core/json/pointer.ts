import { DEPTH_MAX } from '../../protocol/limits.ts';
import { type Failure, failure } from './failure.ts';
import { checkKey, tooDeep } from './json-rules.ts';

export type Pointer = { readonly kind: 'pointer'; readonly tokens: string[] } | Failure;

/** Parses a JSON Pointer (RFC 6901), and checks each token by the rules for keys [J7] [J9]. `''` is the whole value. */
export const parsePointer = (text: string): Pointer => {
  if (text === '') return { kind: 'pointer', tokens: [] };
  if (text.charCodeAt(0) !== SLASH) return failure('invalid-patch', 'A pointer is empty or begins with "/".');
  // One token more than allowed is enough to refuse: without this limit 256 KB of slashes become that many strings.
  const tokens = text.slice(1).split('/', DEPTH_MAX + 1);
  if (tokens.length > DEPTH_MAX) return { kind: 'problem', problem: tooDeep() };
  return text.includes('~') ? unescapeTokens(tokens) : checkTokens(tokens);
};

/** A key as one token of a JSON Pointer (RFC 6901, section 3). */
export const escapeToken = (token: string): string =>
  token.includes('~') || token.includes('/') ? token.replaceAll('~', '~0').replaceAll('/', '~1') : token;

/**
 * The index of an element that exists; `undefined` for any other token. Only canonical decimals are indices (RFC 6901,
 * section 4): "01", "-1", "1e0" and "length" are none.
 */
export const arrayIndex = (token: string, length: number): number | undefined => {
  const index = canonicalIndex(token);
  return index !== undefined && index < length ? index : undefined;
};

/** The index at which an element can be inserted: that of an element, or the length, also written as "-". */
export const insertIndex = (token: string, length: number): number | undefined => {
  const index = token === '-' ? length : canonicalIndex(token);
  return index !== undefined && index <= length ? index : undefined;
};

const SLASH = 0x2f;
const BAD_ESCAPE = /~(?![01])/;
/** At most 15 digits: more than any array has elements, and all of them are exact numbers. */
const INDEX = /^(?:0|[1-9][0-9]{0,14})$/;

const canonicalIndex = (token: string): number | undefined => (INDEX.test(token) ? Number(token) : undefined);

const unescapeTokens = (tokens: readonly string[]): Pointer =>
  tokens.some((token) => BAD_ESCAPE.test(token))
    ? failure('invalid-patch', 'In a pointer "~" stands only in "~0" and "~1".')
    : checkTokens(tokens.map(unescapeToken));

/** Reverses `escapeToken`. "~1" comes first: the other order would make a slash of "~01". */
export const unescapeToken = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

const checkTokens = (tokens: string[]): Pointer => {
  for (const token of tokens) {
    const problem = checkKey(token);
    if (problem !== undefined) return { kind: 'problem', problem };
  }
  return { kind: 'pointer', tokens };
};
