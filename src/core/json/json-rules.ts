import { DEPTH_MAX, KEY_LENGTH_MAX } from '../../protocol/limits.ts';
import { type Problem, problem } from '../../protocol/problems.ts';

/** Keys that reach or replace a prototype in code that assigns without checks, ours or a client's [J7]. */
const isForbiddenKey = (key: string): boolean => key === '__proto__' || key === 'constructor' || key === 'prototype';

/** Checks a member's name or one token of a JSON Pointer: the same rules hold for both [J6] [J7]. */
export const checkKey = (key: string): Problem | undefined => {
  if (isForbiddenKey(key)) return problem('forbidden-key', `"${key}" is not allowed as a key.`);
  if (key.length > KEY_LENGTH_MAX) return keyTooLong(key);
  return key.isWellFormed() ? undefined : illFormed('A key');
};

/** Refuses lone surrogates: SQLite and UTF-8 would both turn them into U+FFFD, so memory and disk would differ [J6]. */
export const checkString = (text: string): Problem | undefined =>
  text.isWellFormed() ? undefined : illFormed('A string');

/** Refuses numbers of JSON text beyond a double: 1e400 is Infinity in memory and null once printed [J5]. */
export const checkNumber = (value: number): Problem | undefined =>
  Number.isFinite(value) ? undefined : problem('number-range', 'A number is beyond the range of a double.');

/** The same for a number that code has made: NaN, Infinity or -Infinity, which no JSON text has. */
export const checkMadeNumber = (value: number): Problem | undefined =>
  Number.isFinite(value) ? undefined : problem('number-range', `The value ${value} is not JSON.`);

export const tooDeep = (): Problem =>
  problem('too-deep', `At most ${DEPTH_MAX} levels are allowed.`, { limit: DEPTH_MAX });

/** UTF-16 units that the problem quotes of a key that is too long. */
const QUOTED_KEY_MAX = 40;

const keyTooLong = (key: string): Problem => {
  const start = key.slice(0, QUOTED_KEY_MAX).toWellFormed();
  return problem('key-too-long', `A key has ${key.length} UTF-16 units; it begins with "${start}".`, {
    size: key.length,
    limit: KEY_LENGTH_MAX,
  });
};

const illFormed = (subject: string): Problem =>
  problem('ill-formed-string', `${subject} contains half a surrogate pair.`);
