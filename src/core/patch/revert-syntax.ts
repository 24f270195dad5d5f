import type { Json, JsonObject } from '../../protocol/json.ts';

/** An element of an array, described so that it is found although others were inserted or removed. */
export interface ElementAnchor {
  readonly index: number;
  /** Its mark, and those of its neighbors; see `markOf`. */
  readonly mark: string;
  readonly before?: string;
  readonly after?: string;
}

/** One step of the way to a place: the name of a member, or an element. */
export type Segment = string | ElementAnchor;

/** A member. `now` must be its value, absent: there must be none. `was` becomes its value; absent: it is removed. */
export interface MemberStep {
  readonly at: readonly Segment[];
  readonly key: string;
  readonly now?: Json;
  readonly was?: Json;
}

/** Consecutive elements of an array: `was` takes the place of `now`. Either may be empty. */
export interface ElementsStep {
  readonly at: readonly Segment[];
  readonly index: number;
  readonly now: readonly Json[];
  readonly was: readonly Json[];
  readonly before?: string;
  readonly after?: string;
}

/** The whole state. */
export interface RootStep {
  readonly now: Json;
  readonly was: Json;
}

/** One place that `revert` puts back, if it still is as the reverted change has left it. */
export type RevertStep = MemberStep | ElementsStep | RootStep;

/** Whether these are the args of `revert`. What is not checked here is only compared, or checked by the tree. */
export const areRevertSteps = (args: unknown): args is readonly RevertStep[] =>
  Array.isArray(args) && args.every(isStep);

const isStep = (step: Json): boolean => {
  if (!isObject(step)) return false;
  const { at, key, index, now, was } = step;
  if (at === undefined) return true;
  if (!Array.isArray(at) || !at.every(isSegment)) return false;
  return index === undefined ? typeof key === 'string' : isIndex(index) && Array.isArray(now) && Array.isArray(was);
};

const isSegment = (value: Json): boolean =>
  isObject(value) ? isIndex(value['index']) && typeof value['mark'] === 'string' : typeof value === 'string';

const isIndex = (value: Json | undefined): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
