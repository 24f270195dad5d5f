import { DEPTH_MAX, KEY_LENGTH_MAX } from '../../protocol/limits.ts';
import { type Problem, problem } from '../../protocol/problems.ts';

/** Keys that reach or replace a prototype in code that assigns without care, ours or a client's [J7]. */
const isForbiddenKey = (key: string): boolean => key === '__proto__' || key === 'constructor' || key === 'prototype';

/** A member name, or one token of a pointer: the same rules [J6] [J7]. */
export const checkKey = (key: string): Problem | undefined => {
  if (isForbiddenKey(key)) return problem('forbidden-key', `"${key}" is not allowed as a key.`);
  if (key.length > KEY_LENGTH_MAX) return keyTooLong(key);
  return key.isWellFormed() ? undefined : illFormed('A key');
};

/** SQLite and UTF-8 would both turn a lone surrogate into U+FFFD: memory and disk would disagree [J6]. */
export const checkString = (text: string): Problem | undefined =>
  text.isWellFormed() ? undefined : illFormed('A string');

/** 1e400 is Infinity in memory and null once printed [J5]. */
export const checkNumber = (value: number): Problem | undefined =>
  Number.isFinite(value) ? undefined : problem('number-range', 'A number is beyond the range of a double.');

export const tooDeep = (): Problem =>
  problem('too-deep', `At most ${DEPTH_MAX} levels are allowed.`, { limit: DEPTH_MAX });

const ECHO_MAX = 40;

const keyTooLong = (key: string): Problem => {
  const start = key.slice(0, ECHO_MAX).toWellFormed();
  return problem('key-too-long', `A key has ${key.length} UTF-16 units; it begins with "${start}".`, {
    size: key.length,
    limit: KEY_LENGTH_MAX,
  });
};

const illFormed = (what: string): Problem => problem('ill-formed-string', `${what} contains half a surrogate pair.`);
