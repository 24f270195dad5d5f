import { type ElementSearch, isId } from '../../core/patch/element-search.ts';
import type { Json } from '../../protocol/json.ts';

/** A part in which two arrays differ: the elements of the old one and those that took their place. Either may be empty. */
export interface Difference {
  readonly oldStart: number;
  readonly oldEnd: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The parts in which two arrays differ, in order. Elements of the same id or of the same content are the same element;
 * where as many elements took the place of others, each stands for one of them, so that a change inside of it is found.
 */
export const alignArrays = (old: readonly Json[], now: readonly Json[], marks: ElementSearch): Difference[] => {
  const isSame = (oldIndex: number, index: number): boolean =>
    old[oldIndex] === now[index] || marks.mark(old[oldIndex]) === marks.mark(now[index]);
  const areInner = (oldIndex: number, index: number): boolean =>
    [old[oldIndex], now[index]].every((each) => typeof each === 'object' && each !== null && !isId(marks.mark(each)));
  const parts: Difference[] = [];
  let [oldStart, start] = [0, 0];
  const add = (oldEnd: number, end: number): void => {
    const length = end - start;
    const offsets = Array.from({ length }, (_, offset) => offset);
    if (oldEnd - oldStart === length && offsets.every((offset) => areInner(oldStart + offset, start + offset)))
      parts.push(...offsets.map((offset) => single(oldStart + offset, start + offset)));
    else parts.push({ oldStart, oldEnd, start, end });
  };
  for (const [oldIndex, index] of [...commonPairs(old.length, now.length, isSame), [old.length, now.length] as const]) {
    if (oldIndex > oldStart || index > start) add(oldIndex, index);
    if (old[oldIndex] !== now[index]) parts.push(single(oldIndex, index));
    [oldStart, start] = [oldIndex + 1, index + 1];
  }
  return parts;
};

const single = (oldStart: number, start: number): Difference => ({
  oldStart,
  oldEnd: oldStart + 1,
  start,
  end: start + 1,
});

type Pair = readonly [oldIndex: number, index: number];
type IsSame = (oldIndex: number, index: number) => boolean;

/** The elements that both arrays have in the same order: those at both ends, and between them as many as there are. */
const commonPairs = (oldLength: number, length: number, isSame: IsSame): Pair[] => {
  const shortest = Math.min(oldLength, length);
  let first = 0;
  while (first < shortest && isSame(first, first)) first += 1;
  let last = 0;
  while (last < shortest - first && isSame(oldLength - 1 - last, length - 1 - last)) last += 1;
  const head = Array.from({ length: first }, (_, index): Pair => [index, index]);
  const tail = Array.from({ length: last }, (_, index): Pair => [oldLength - last + index, length - last + index]);
  const between = commonBetween(oldLength - first - last, length - first - last, (a, b) =>
    isSame(first + a, first + b),
  );
  return [...head, ...between.map(([a, b]): Pair => [first + a, first + b]), ...tail];
};

/** Pairs of elements that are compared: 4 MB of memory and some 10 ms. Beyond, all between the ends is one part. */
const PAIRS_MAX = 2_000_000;

/** Without the table where most are where they were: it would only cost time. */
const commonBetween = (rows: number, columns: number, isSame: IsSame): Pair[] => {
  const places = Array.from({ length: rows === columns ? rows : 0 }, (_, index): Pair => [index, index]);
  const unmoved = places.filter(([row, column]) => isSame(row, column));
  return unmoved.length * 2 > rows ? unmoved : longestCommon(rows, columns, isSame);
};

/** The longest common subsequence, by the table of its lengths. */
const longestCommon = (rows: number, columns: number, isSame: IsSame): Pair[] => {
  if (rows * columns > PAIRS_MAX) return [];
  const rowLength = columns + 1;
  const lengths = new Uint16Array((rows + 1) * rowLength);
  const at = (row: number, column: number): number => lengths[row * rowLength + column] ?? 0;
  for (let row = rows - 1; row >= 0; row -= 1) {
    for (let column = columns - 1; column >= 0; column -= 1) {
      lengths[row * rowLength + column] = isSame(row, column)
        ? at(row + 1, column + 1) + 1
        : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const pairs: Pair[] = [];
  let [row, column] = [0, 0];
  while (row < rows && column < columns) {
    if (isSame(row, column)) {
      pairs.push([row, column]);
      [row, column] = [row + 1, column + 1];
    } else if (at(row + 1, column) >= at(row, column + 1)) row += 1;
    else column += 1;
  }
  return pairs;
};
