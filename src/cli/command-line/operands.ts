import { CommandError } from './command-error.ts';

/** A whole number from `min` on. @throws CommandError for anything else */
export const wholeNumber = (flag: string, text: string, min: number): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < min)
    throw new CommandError('usage', `${flag} must be a whole number from ${min} on`);
  return value;
};

/**
 * A time such as `2026-11-28T07:00:00Z`, in ms since 1970; NaN for anything else. `Date.parse` alone takes `5` for the year
 * 2001 and `12/11/2026` for a day in December.
 */
export const timeIn = (text: string): number => (/^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN);

/** A JSON Pointer, or the path that somebody means by `items/milk`. */
export const jsonPointer = (text: string): string => {
  if (text === '' || text.startsWith('/')) return text;
  throw new CommandError('usage', 'A JSON Pointer begins with a slash, as in /items/milk.');
};
