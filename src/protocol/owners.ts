import type { Brand } from './brand.ts';
import { OWNER_LENGTH_MAX, SUBJECT_LENGTH_MAX } from './limits.ts';

/** The owner of applications: the subject of a token, as the token has it [I4]. */
export type Owner = Brand<string, 'owner'>;

const SUBJECT = new RegExp(`^[^\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}]{1,${SUBJECT_LENGTH_MAX}}$`, 'u');

/**
 * Whether a text may be a subject: 1 to 256 characters without control characters, line separators or lone surrogates.
 * A subject is written into logs and rows, and storage turns every lone surrogate into the same U+FFFD.
 */
export const isSubject = (text: string): boolean => SUBJECT.test(text);

/** Characters that stand for themselves in every part of a URL (RFC 3986, 2.3). */
const UNRESERVED = /^[A-Za-z0-9._~-]+$/;
/** Reserved characters that `encodeURIComponent` leaves. */
const LEFT_RESERVED = /[!'()*]/g;

/**
 * The one canonical spelling of an owner in paths and names: each byte of its UTF-8 but A-Z a-z 0-9 . _ ~ - is `%XX`.
 * So it holds no `/`, and an owner that needs no encoding is spelled as it is.
 */
export const encodeOwner = (owner: string): string =>
  UNRESERVED.test(owner)
    ? owner
    : encodeURIComponent(owner).replace(
        LEFT_RESERVED,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
      );

/**
 * Decodes the owner in a path or in a grant, exactly once. Any spelling that decodes to the subject will do, as proxies
 * and clients encode more or less.
 *
 * @returns undefined when it does not decode to an owner
 */
export const parseOwner = (encoded: string): Owner | undefined => {
  const owner = decode(encoded);
  if (owner === undefined || !isSubject(owner)) return undefined;
  return encodeOwner(owner).length <= OWNER_LENGTH_MAX && !DOT_SEGMENT.test(owner) ? (owner as Owner) : undefined;
};

/** URL parsers drop these segments, encoded ones too. */
const DOT_SEGMENT = /^\.\.?$/;

const decode = (encoded: string): string | undefined => {
  if (!encoded.includes('%')) return encoded;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
};
