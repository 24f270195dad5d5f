import { CHUNK_LENGTH_MAX, CHUNK_LENGTH_MIN } from '../../protocol/limits.ts';

/**
 * Splits a text by content-defined chunking (local extrema; Bjørner, Blass and Gurevich 2010): equal passages get equal
 * boundaries, so a change alters only the chunks around it, wherever the rest has moved to. The chunks joined are the
 * text. Takes time in proportion to the text, whatever it contains.
 */
export const contentChunks = (text: string): string[] => {
  const chunks: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = chunkEnd(text, start);
    chunks.push(text.slice(start, end));
    start = end;
  }
  return chunks;
};

/** JSON has many of them, and after each comes a member or an element that stays together. */
const SEPARATOR = ',';

/**
 * The boundary is the separator with the smallest fingerprint between the minimum and the maximum length: two texts
 * that share a passage mostly choose the same one in it.
 */
const chunkEnd = (text: string, start: number): number => {
  const last = start + CHUNK_LENGTH_MAX;
  if (text.length <= last) return text.length;
  let [end, smallest] = [0, Number.POSITIVE_INFINITY];
  let separator = text.indexOf(SEPARATOR, start + CHUNK_LENGTH_MIN);
  while (separator >= 0 && separator < last) {
    const hash = fingerprint(text, separator + 1);
    if (hash < smallest) [end, smallest] = [separator + 1, hash];
    separator = text.indexOf(SEPARATOR, separator + FINGERPRINT_LENGTH);
  }
  if (end > 0) return end;
  return splitsPair(text, last) ? last - 1 : last;
};

/** Characters behind a separator that its fingerprint is computed from: long enough for a key or an id. */
const FINGERPRINT_LENGTH = 20;

/** FNV-1a of 32 bits (RFC 9923), over UTF-16 units. */
const fingerprint = (text: string, from: number): number => {
  const to = Math.min(from + FINGERPRINT_LENGTH, text.length);
  let hash = 0x811c9dc5;
  for (let index = from; index < to; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
};

/** Whether a surrogate pair would be split: each of its halves would be stored as U+FFFD. */
const splitsPair = (text: string, index: number): boolean => {
  const before = text.charCodeAt(index - 1);
  return index < text.length && before >= 0xd800 && before <= 0xdbff;
};
