import { ElementSearch } from '../../core/patch/element-search.ts';
import type { ElementsStep, RevertStep, Segment } from '../../core/patch/revert-syntax.ts';
import type { Json, JsonObject } from '../../protocol/json.ts';
import { alignArrays } from './align-arrays.ts';

/**
 * The steps that lead from `after` back to `before`, and name nothing else. Parts that both share are not looked into, so
 * the cost follows the change where the states were made by patches.
 */
export const revertSteps = (before: Json, after: Json): readonly RevertStep[] => {
  const marks = new ElementSearch();
  const compare = (old: Json, now: Json, at: readonly Segment[]): RevertStep[] | undefined => {
    if (old === now) return [];
    if (Array.isArray(old) && Array.isArray(now)) return compareArrays(old, now, at);
    return isObject(old) && isObject(now) ? compareObjects(old, now, at) : undefined;
  };
  const compareObjects = (old: JsonObject, now: JsonObject, at: readonly Segment[]): RevertStep[] =>
    [...new Set([...Object.keys(now), ...Object.keys(old)])].flatMap((key) => {
      const [was, is] = [memberOf(old, key), memberOf(now, key)];
      if (was === is) return [];
      const inner = was !== undefined && is !== undefined ? compare(was, is, [...at, key]) : undefined;
      const coarse = { at, key, ...(is !== undefined && { now: is }), ...(was !== undefined && { was }) };
      return inner === undefined || isLonger(inner, coarse) ? [coarse] : inner;
    });
  const compareArrays = (old: Json[], now: Json[], at: readonly Segment[]): RevertStep[] => {
    const neighbors = (start: number, end: number): Pick<ElementsStep, 'before' | 'after'> => {
      const [first, last] = [marks.mark(now[start - 1]), marks.mark(now[end])];
      return { ...(first !== undefined && { before: first }), ...(last !== undefined && { after: last }) };
    };
    return alignArrays(old, now, marks).flatMap(({ oldStart, oldEnd, start, end }) => {
      const coarse = { at, index: start, now: now.slice(start, end), was: old.slice(oldStart, oldEnd) };
      const [from, to] = [old[oldStart], now[start]];
      const isOne = end - start === 1 && oldEnd - oldStart === 1 && from !== undefined && to !== undefined;
      const mark = marks.mark(to) ?? '';
      const anchor = { index: start, mark, ...neighbors(start, end) };
      const inner = isOne ? compare(from, to, [...at, anchor]) : undefined;
      const step = { ...coarse, ...neighbors(start, end) };
      return inner === undefined || isLonger(inner, step) ? [step] : inner;
    });
  };
  return compare(before, after, []) ?? [{ now: after, was: before }];
};

/** Places within one container that are named one by one: what somebody else has changed beside them may stay. */
const PLACES_MAX = 100;

/** Very many small places may be longer than the one that holds them. */
const isLonger = (steps: readonly RevertStep[], coarse: RevertStep): boolean =>
  steps.length > PLACES_MAX && JSON.stringify(steps).length > JSON.stringify(coarse).length;

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const memberOf = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;
