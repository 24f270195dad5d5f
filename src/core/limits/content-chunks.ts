import { CHUNK_LENGTH_MAX, CHUNK_LENGTH_MIN } from '../../protocol/limits.ts';

/**
 * Cuts a text into parts, and cuts alike what stands alike: after a change only the parts around it are other ones,
 * wherever the rest has moved to (content-defined chunking by local extrema; Bjørner, Blass and Gurevich 2010). Joined
 * they are the text. Takes time in proportion to the text, whatever it is.
 */
export const contentChunks = (text: string): string[] => {
  const parts: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = endOf(text, start);
    parts.push(text.slice(start, end));
    start = end;
  }
  return parts;
};

/** JSON has many of them, and what follows one is a member or an element that stays together. */
const SEPARATOR = ',';

/** The separator with the least fingerprint between the least and the greatest length: two texts that share a part of it mostly agree. */
const endOf = (text: string, start: number): number => {
  const last = start + CHUNK_LENGTH_MAX;
  if (text.length <= last) return text.length;
  let [end, least] = [0, Number.POSITIVE_INFINITY];
  let at = text.indexOf(SEPARATOR, start + CHUNK_LENGTH_MIN);
  while (at >= 0 && at < last) {
    const mark = fingerprint(text, at + 1);
    if (mark < least) [end, least] = [at + 1, mark];
    at = text.indexOf(SEPARATOR, at + FINGERPRINT_LENGTH);
  }
  if (end > 0) return end;
  return splitsPair(text, last) ? last - 1 : last;
};

/** Characters behind a separator that its fingerprint is taken from: long enough for a key or an id. */
const FINGERPRINT_LENGTH = 20;

/** FNV-1a of 32 bits (RFC 9923), over UTF-16 units. */
const fingerprint = (text: string, from: number): number => {
  const to = Math.min(from + FINGERPRINT_LENGTH, text.length);
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
};

/** Each half of a surrogate pair would be stored as U+FFFD. */
const splitsPair = (text: string, at: number): boolean => {
  const before = text.charCodeAt(at - 1);
  return at < text.length && before >= 0xd800 && before <= 0xdbff;
};
