import type { Json } from '../../protocol/json.ts';
import { DEPTH_MAX } from '../../protocol/limits.ts';
import { REMOVED, type Stored } from './members.ts';
import { refuse } from './refusal.ts';
import { utf8Length } from './utf8.ts';

/**
 * Bytes of a value's JSON, with one separator counted after every member: so a member that comes or goes changes
 * the sum by the same, whether it has neighbors or not.
 */
export const jsonBytes = (value: Json): number => utf8Length(JSON.stringify(value)) + containersIn(value, 0);

/** A member's key, its colon and its separator. */
export const keyBytes = (key: string): number => utf8Length(JSON.stringify(key)) + 2;

/**
 * One for each container that is not empty: n members print n - 1 separators.
 * The depth check keeps the whole state as shallow as a single body must be [J4].
 */
export const containersIn = (value: Json, depth: number): number => {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth >= DEPTH_MAX)
    refuse('too-deep', `The state would be deeper than ${DEPTH_MAX} levels.`, { limit: DEPTH_MAX });
  let inside = 0;
  let containers = 0;
  for (const each of Object.values(value) as Stored[]) {
    if (each === undefined || each === REMOVED) continue;
    inside = 1;
    if (typeof each === 'object') containers += containersIn(each, depth + 1);
  }
  return inside + containers;
};
