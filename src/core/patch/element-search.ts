import type { Json } from '../../protocol/json.ts';
import { isEqual } from '../json/equal.ts';
import type { Tree } from '../state/tree.ts';
import { markOf } from './element-mark.ts';
import type { ElementAnchor, ElementsStep } from './revert-syntax.ts';

/** A place that fits, with the number of its neighbors that are those from before. */
interface Candidate {
  readonly at: number;
  readonly neighbors: number;
}

/** Finds elements in arrays that others may have changed since. */
export class ElementSearch {
  readonly #marks = new Map<Json, string>();
  readonly #tree: Pick<Tree, 'spendVisits' | 'spendMeasuring'> | undefined;

  /** @param tree is charged for each element that is looked at [D4] */
  constructor(tree?: Pick<Tree, 'spendVisits' | 'spendMeasuring'>) {
    this.#tree = tree;
  }

  /** @returns the index of the element; undefined when nothing tells which one it is */
  find(array: readonly Json[], anchor: ElementAnchor): number | undefined {
    const { index, mark, before, after } = anchor;
    const neighbors = (at: number): number => this.#neighbors(array, at, at + 1, anchor);
    const isMarked = (at: number): boolean => this.mark(array[at]) === mark;
    const marked = this.#search(array.length, index, isMarked, neighbors);
    if (marked.length > 0 || isId(mark)) return pick(marked, isId(mark));
    // Another member of it was changed: then its neighbors tell, also one of them where it has not been moved.
    const [between] = this.#search(array.length, index, (at) => neighbors(at) === 2, neighbors);
    const hasNeighbor =
      (before !== undefined && this.mark(array[index - 1]) === before) ||
      (after !== undefined && this.mark(array[index + 1]) === after);
    return between?.at ?? (hasNeighbor ? index : undefined);
  }

  /** @returns the index at which `now` begins; undefined when it is not there any more, or nothing tells which one it is */
  findRun(array: readonly Json[], step: ElementsStep): number | undefined {
    const { index, now } = step;
    const fitsAt = (at: number): boolean => now.every((each, offset) => this.isEqual(each, array[at + offset] as Json));
    const neighbors = (at: number): number => this.#neighbors(array, at, at + now.length, step);
    return pick(this.#search(array.length - now.length + 1, index, fitsAt, neighbors), now.length === 0);
  }

  mark(element: Json | undefined): string | undefined {
    if (element === undefined) return undefined;
    const known = this.#marks.get(element);
    if (known !== undefined) return known;
    const mark = markOf(element, (length) => this.#tree?.spendMeasuring(length));
    this.#marks.set(element, mark);
    return mark;
  }

  /** Whether an element of the array has the mark. */
  includes(array: readonly Json[], mark: string): boolean {
    this.#tree?.spendVisits(array.length);
    return array.some((each) => this.mark(each) === mark);
  }

  isEqual(expected: Json, actual: Json): boolean {
    return isEqual(expected, actual, (count) => this.#tree?.spendVisits(count));
  }

  #neighbors(
    array: readonly Json[],
    start: number,
    end: number,
    { before, after }: Pick<ElementAnchor, 'before' | 'after'>,
  ): number {
    return Number(this.mark(array[start - 1]) === before) + Number(this.mark(array[end]) === after);
  }

  /**
   * The places that fit, the nearest to `index` first; only one if both of its neighbors are those from before. So it looks
   * at one element where nobody has changed anything.
   */
  #search(
    length: number,
    index: number,
    fits: (at: number) => boolean,
    neighbors: (at: number) => number,
  ): readonly Candidate[] {
    const found: Candidate[] = [];
    for (const at of outward(Math.min(index, length), length)) {
      this.#tree?.spendVisits(1);
      if (!fits(at)) continue;
      const candidate = { at, neighbors: neighbors(at) };
      if (candidate.neighbors === 2) return [candidate];
      found.push(candidate);
    }
    return found;
  }
}

/** Whether a mark is made of an id: the element is the same, whatever else it holds. */
export const isId = (mark: string | undefined): boolean => mark?.startsWith('#') === true;

/** The indices from 0 to `length` - 1, by their distance from `index`. */
function* outward(index: number, length: number): Generator<number> {
  if (index < length) yield index;
  for (let distance = 1; distance <= length; distance += 1) {
    if (index >= distance) yield index - distance;
    if (index + distance < length) yield index + distance;
  }
}

/** The candidate with the most neighbors. Of several none, unless any is fine: it could be another element. */
const pick = (candidates: readonly Candidate[], isAnyFine: boolean): number | undefined => {
  const best = candidates.toSorted((a, b) => b.neighbors - a.neighbors)[0];
  return isAnyFine || candidates.length === 1 ? best?.at : undefined;
};
