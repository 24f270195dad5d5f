import { escapeToken } from '../core/json/pointer.ts';

/**
 * The JSON Pointer of the first place where two values of JSON differ; undefined when they are equal. The order of
 * members does not count.
 */
export const firstDifference = (a: unknown, b: unknown, pointer = ''): string | undefined => {
  if (Object.is(a, b)) return undefined;
  if (!isContainer(a) || !isContainer(b) || Array.isArray(a) !== Array.isArray(b)) return pointer;
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const path = `${pointer}/${escapeToken(key)}`;
    if (!Object.hasOwn(a, key) || !Object.hasOwn(b, key)) return path;
    const found = firstDifference(a[key], b[key], path);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** The value at a pointer that `firstDifference` has returned; undefined where there is none. */
export const valueAt = (value: unknown, pointer: string): unknown => {
  const tokens = pointer.split('/').slice(1);
  return tokens.reduce<unknown>((found, token) => {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    return isContainer(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }, value);
};

/** A copy for `firstDifference`, also of what schemas make that is no JSON: dates, maps, sets and instances of classes. */
export const snapshot = (value: unknown, ancestors: readonly unknown[] = []): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (ancestors.includes(value)) return 'a cycle';
  const path = [...ancestors, value];
  if (value instanceof Date) return value.getTime();
  if (value instanceof Map) return [...value].map((entry) => snapshot(entry, path));
  if (value instanceof Set || Array.isArray(value)) return [...value].map((each) => snapshot(each, path));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, snapshot(each, path)]));
};

const isContainer = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
