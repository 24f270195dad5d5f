import type { AnyChange } from '../test-change.ts';

/** A generated change, and numbers that decide which of its values are taken from earlier changes. */
export type Draw = readonly [change: AnyChange, choices: readonly number[]];

/**
 * Repeats values: a member may get a value that an earlier change has in a member of the same name. Otherwise two random
 * ids would never be the same, and no change would ever meet what another one has made.
 *
 * @param fits whether a change with such args can be pushed
 */
export const reuseValues = (draws: readonly Draw[], fits: (change: AnyChange) => boolean): AnyChange[] => {
  const seen = new Map<string, (string | number)[]>();
  return draws.map(([change, choices]) => {
    const left = [...choices];
    const args = mapScalars(change.args, '', (name, value) => {
      const earlier = seen.get(name) ?? [];
      const choice = left.shift() ?? 0;
      return choice === 0 || earlier.length === 0 ? value : (earlier[choice % earlier.length] ?? value);
    });
    const reused = { ...change, args };
    const chosen = fits(reused) ? reused : change;
    mapScalars(chosen.args, '', (name, value) => {
      seen.set(name, [...(seen.get(name) ?? []), value]);
      return value;
    });
    return chosen;
  });
};

/** A copy, in which the texts and numbers are what `map` makes of them. @param name of the member that the value is in */
const mapScalars = (
  value: unknown,
  name: string,
  map: (name: string, value: string | number) => string | number,
): unknown => {
  if (typeof value === 'string' || typeof value === 'number') return map(name, value);
  if (Array.isArray(value)) return value.map((each) => mapScalars(each, name, map));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapScalars(each, key, map)]));
};
