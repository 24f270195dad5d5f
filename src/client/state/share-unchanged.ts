import type { Json, JsonObject } from '../../protocol/json.ts';

/**
 * The next state, made of the parts of the last one wherever nothing has changed: so `===` tells what has, although the
 * whole state came. Neither value is changed. Costs as much as the next state is large; in an array that has grown or
 * shrunk, what stands behind the change is compared once more.
 *
 * Members are compared with those of the same key, elements with those of the same index; in an array that has grown or
 * shrunk, those at the end with those at the end.
 */
export const shareUnchanged = (last: Json, next: Json): Json => {
  if (last === next || typeof last !== 'object' || typeof next !== 'object' || last === null || next === null)
    return next;
  if (!Array.isArray(last) && !Array.isArray(next)) return shareMembers(last, next);
  return Array.isArray(last) && Array.isArray(next) ? shareElements(last, next) : next;
};

/** The order of members counts as well: pages list them. */
const shareMembers = (last: JsonObject, next: JsonObject): JsonObject => {
  const [lastKeys, keys] = [Object.keys(last), Object.keys(next)];
  let isUnchanged = keys.length === lastKeys.length;
  let copy: JsonObject | undefined;
  for (const [index, key] of keys.entries()) {
    const value = next[key] as Json;
    const known = Object.hasOwn(last, key) ? last[key] : undefined;
    const shared = known === undefined ? value : shareUnchanged(known, value);
    isUnchanged &&= key === lastKeys[index] && shared === known;
    if (shared === value) continue;
    copy ??= { ...next };
    copy[key] = shared;
  }
  return isUnchanged ? last : (copy ?? next);
};

const shareElements = (last: Json[], next: Json[]): Json[] => {
  const grown = next.length - last.length;
  const tail = grown === 0 ? next.length : tailOf(last, next);
  const shared = next.map((value, index) => {
    const known = last[index < tail ? index : index - grown];
    return known === undefined ? value : shareUnchanged(known, value);
  });
  return grown === 0 && shared.every((value, index) => value === last[index]) ? last : shared;
};

/** The index in `next` from which on both arrays end alike. */
const tailOf = (last: Json[], next: Json[]): number => {
  const grown = next.length - last.length;
  let tail = next.length;
  while (tail > Math.max(grown, 0) && JSON.stringify(last[tail - 1 - grown]) === JSON.stringify(next[tail - 1]))
    tail -= 1;
  return tail;
};
