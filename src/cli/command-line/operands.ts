import { CommandError } from './command-error.ts';

/** A whole number from `min` on. @throws CommandError for anything else */
export const wholeNumber = (flag: string, text: string, min: number): number => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < min)
    throw new CommandError('usage', `${flag} must be a whole number from ${min} on`);
  return value;
};

/** A JSON Pointer, or the path that somebody means by `items/milk`. */
export const jsonPointer = (text: string): string => {
  if (text === '' || text.startsWith('/')) return text;
  throw new CommandError('usage', 'A JSON Pointer begins with a slash, as in /items/milk.');
};
