import type { Json, JsonObject } from '../../protocol/json.ts';
import { member } from '../json/members.ts';
import { escapeToken } from '../json/pointer.ts';
import { throwProblem } from '../json/problem-error.ts';
import type { Tree } from '../state/tree.ts';
import { ElementSearch, isId } from './element-search.ts';
import type { ElementsStep, MemberStep, RevertStep, RootStep, Segment } from './revert-syntax.ts';

/** A step whose place was found. */
interface Write {
  /** Containers between the root and the place. */
  readonly depth: number;
  /** Of elements the index after the last one, -1 of a member. What is inserted before an element comes after it. */
  readonly end: number;
  readonly start: number;
  readonly perform: (tree: Tree) => void;
}

/**
 * Puts back what a change has changed: only the places that it names, and only if each is as that change has left it [D13].
 *
 * All places are found before the first is written. Then the innermost are written first, and the last elements of an
 * array before the first, so that no write moves the place of another one.
 *
 * @throws ProblemError `change-failed` when somebody else has changed the same place since
 */
export const applyRevert = (tree: Tree, steps: readonly RevertStep[]): void => {
  const search = new ElementSearch(tree);
  const removed = new Set(steps.flatMap((step) => ('index' in step ? step.now.map((each) => search.mark(each)) : [])));
  const writes = steps.map((step, index) => {
    const write = locateStep(tree.root, step, { search, removed });
    return write ?? throwProblem('change-failed', `Step ${index}: the place was changed since.`, { index });
  });
  for (const { perform } of writes.sort((a, b) => b.depth - a.depth || b.end - a.end || b.start - a.start))
    perform(tree);
};

interface Lookup {
  readonly search: ElementSearch;
  /** The marks of the elements that other steps take away: they may be put at another place. */
  readonly removed: ReadonlySet<string | undefined>;
}

const locateStep = (root: Json, step: RevertStep, lookup: Lookup): Write | undefined => {
  if (!('at' in step)) return locateRoot(root, step, lookup.search);
  const target = walk(root, step.at, lookup.search);
  if (target === undefined || typeof target.value !== 'object' || target.value === null) return undefined;
  const { value: parent, pointer } = target;
  const depth = step.at.length;
  if ('index' in step)
    return Array.isArray(parent) ? locateElements(parent, step, { pointer, depth, ...lookup }) : undefined;
  return Array.isArray(parent) ? undefined : locateMember(parent, step, { pointer, depth, search: lookup.search });
};

const locateRoot = (root: Json, { now, was }: RootStep, search: ElementSearch): Write | undefined =>
  search.isEqual(now, root) ? { depth: -1, end: -1, start: -1, perform: (tree) => tree.replaceRoot(was) } : undefined;

interface Target {
  readonly pointer: string;
  readonly depth: number;
}

const locateMember = (
  parent: JsonObject,
  { key, now, was }: MemberStep,
  { pointer, depth, search }: Target & Pick<Lookup, 'search'>,
): Write | undefined => {
  const current = member(parent, key);
  const isUnchanged = now === undefined || current === undefined ? now === current : search.isEqual(now, current);
  if (!isUnchanged) return undefined;
  const path = `${pointer}/${escapeToken(key)}`;
  const perform = (tree: Tree): void =>
    was === undefined ? tree.unset(parent, key, path) : tree.set(parent, key, was, path);
  return { depth, end: -1, start: -1, perform };
};

const locateElements = (
  array: Json[],
  step: ElementsStep,
  { pointer, depth, search, removed }: Target & Lookup,
): Write | undefined => {
  const { now, was } = step;
  // Somebody else has put it back already.
  const isBack = (mark: string | undefined): boolean =>
    mark !== undefined && isId(mark) && !removed.has(mark) && search.includes(array, mark);
  if (now.length === 0 && was.some((each) => isBack(search.mark(each)))) return undefined;
  const found = search.findRun(array, step);
  if (found === undefined) return undefined;
  return {
    depth,
    end: found + now.length,
    start: found,
    perform: (tree) => tree.splice(array, found, now.length, was, pointer),
  };
};

/** Follows the segments; undefined when a member or an element is not there. */
const walk = (
  root: Json,
  segments: readonly Segment[],
  search: ElementSearch,
): { readonly value: Json; readonly pointer: string } | undefined => {
  let target: { readonly value: Json; readonly pointer: string } = { value: root, pointer: '' };
  for (const segment of segments) {
    const token: string | number | undefined = tokenOf(target.value, segment, search);
    const value: Json | undefined = token === undefined ? undefined : childOf(target.value, token);
    if (value === undefined) return undefined;
    target = { value, pointer: `${target.pointer}/${escapeToken(`${token}`)}` };
  }
  return target;
};

const tokenOf = (value: Json, segment: Segment, search: ElementSearch): string | number | undefined => {
  if (typeof segment === 'string') return segment;
  return Array.isArray(value) ? search.find(value, segment) : undefined;
};

const childOf = (value: Json | undefined, token: string | number): Json | undefined => {
  if (Array.isArray(value)) return typeof token === 'number' ? value[token] : undefined;
  return typeof value === 'object' && value !== null ? member(value, `${token}`) : undefined;
};
