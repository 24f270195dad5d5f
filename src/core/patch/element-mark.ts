import type { Json } from '../../protocol/json.ts';
import { member, memberKeys } from '../json/members.ts';

/** Members by which applications tell the elements of an array apart, the most common first. */
const ID_KEYS = ['id', '_id', 'key', 'uuid'];

/**
 * A short text by which an element is found again when its index has changed: its id where it has one, which begins with
 * `#`, otherwise a hash of its content.
 *
 * @param onPrint called with the length of the text of a whole element, where that was needed
 */
export const markOf = (element: Json, onPrint: (length: number) => void): string => {
  if (typeof element === 'object' && element !== null && !Array.isArray(element)) {
    const key = ID_KEYS.find((each) => ['string', 'number'].includes(typeof member(element, each)));
    if (key !== undefined) return `#${hash(`${key} ${member(element, key)}`)}`;
  }
  const text = canonicalText(element);
  onPrint(text.length);
  return hash(text);
};

/** JSON with its members in the order of their names: client and server may have them in another one. */
const canonicalText = (value: Json): string => {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`;
  const members = memberKeys(value).toSorted((a, b) => (a < b ? -1 : 1));
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonicalText(member(value, key) ?? null)}`).join()}}`;
};

/** Two FNV-1a hashes of 32 bits, with other seeds: only the elements of one array compete. */
const hash = (text: string): string => {
  let [a, b] = [0x811c9dc5, 0x01234567];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x5bd1e995);
  }
  return (a >>> 0).toString(36) + (b >>> 0).toString(36);
};
