import type { Json } from '../../protocol/json.ts';
import { DEPTH_MAX } from '../../protocol/limits.ts';
import { REMOVED, type StoredMember } from './members.ts';
import { throwProblem } from './problem-error.ts';
import { utf8Length } from './utf8.ts';

/**
 * Size of a value: the UTF-8 bytes of its JSON, with one separator counted after every member. So adding or removing
 * a member changes the sum by the same amount, whether it has neighbors or not.
 *
 * @throws ProblemError `too-deep` when the value has more levels than a state may have
 */
export const jsonBytes = (value: Json): number => utf8Length(JSON.stringify(value)) + extraSeparators(value, 0);

/** Size of a member without its value: the key, its colon and its separator. */
export const keyBytes = (key: string): number => utf8Length(JSON.stringify(key)) + 2;

/**
 * Separators that `jsonBytes` counts and JSON does not print: one for each container that is not empty, since n members
 * print n - 1 separators. The depth check keeps the whole state as shallow as a single body must be [J4].
 *
 * @param depth the number of containers that the value is in
 */
export const extraSeparators = (value: Json, depth: number): number => {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth >= DEPTH_MAX)
    throwProblem('too-deep', `The state would be deeper than ${DEPTH_MAX} levels.`, { limit: DEPTH_MAX });
  let own = 0;
  let nested = 0;
  for (const each of Object.values(value) as StoredMember[]) {
    if (each === undefined || each === REMOVED) continue;
    own = 1;
    if (typeof each === 'object') nested += extraSeparators(each, depth + 1);
  }
  return own + nested;
};
