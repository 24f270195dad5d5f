import { DEPTH_MAX } from '../../protocol/limits.ts';

/**
 * Whether JSON text is nested deeper than `DEPTH_MAX`, found by counting brackets outside strings, before any recursive
 * code reads the text [J4]. The count is exact for JSON; for other texts it may be wrong, and JSON.parse refuses those
 * without recursing.
 */
export const isTooDeep = (text: string): boolean => {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      index = endOfString(text, index + 1);
    } else if ((code | BRACE_BIT) === OPENING) {
      depth += 1;
      if (depth > DEPTH_MAX) return true;
    } else if ((code | BRACE_BIT) === CLOSING) {
      depth -= 1;
    }
  }
  return false;
};

export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
export const OPENING = 0x7b;
export const CLOSING = 0x7d;
/** `[` and `{`, and `]` and `}`, differ in this bit alone. */
export const BRACE_BIT = 0x20;

/** The index of the closing quote, or the text's length. `indexOf` is 60 times faster than a loop on long strings. */
export const endOfString = (text: string, start: number): number => {
  let quote = text.indexOf('"', start);
  while (quote !== -1 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote === -1 ? text.length : quote;
};

/** Whether an odd number of backslashes precedes the quote. The string's opening quote ends the count. */
const isEscaped = (text: string, quote: number): boolean => {
  let before = quote - 1;
  while (text.charCodeAt(before) === BACKSLASH) before -= 1;
  return (quote - before) % 2 === 0;
};
