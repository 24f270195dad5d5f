import type { Json } from '../../protocol/json.ts';

/** More arguments than this overflow the stack in one call. */
const SPREAD_MAX = 10_000;

/** `Array.prototype.splice` for any number of values. */
export const spliceArray = (array: Json[], start: number, count: number, values: readonly Json[]): void => {
  if (values.length <= SPREAD_MAX) {
    array.splice(start, count, ...values);
    return;
  }
  const rest = array.slice(start + count);
  array.length = start;
  for (const value of values) array.push(value);
  for (const value of rest) array.push(value);
};

/** Writes `values` over the first elements. */
export const overwriteArray = (array: Json[], values: readonly Json[]): void => {
  for (const [index, value] of values.entries()) array[index] = value;
};
