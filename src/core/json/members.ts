import type { Json, JsonObject } from '../../protocol/json.ts';

/**
 * Stands in place of a removed member until commit, so that a rollback leaves the key where it was: memory and
 * disk must print a version to the same bytes. `JSON.stringify` leaves symbols out by itself.
 */
export const REMOVED = Symbol('removed');
export type Stored = Json | typeof REMOVED | undefined;

/** Own members only, removed ones not: `undefined` says that there is none. */
export const member = (parent: JsonObject, key: string): Json | undefined => {
  const value = stored(parent, key);
  return value === REMOVED ? undefined : value;
};

/** The keys that are there now. */
export const memberKeys = (parent: JsonObject): string[] =>
  Object.keys(parent).filter((key) => stored(parent, key) !== REMOVED);

/** What really stands there. */
export const stored = (parent: JsonObject, key: string): Stored =>
  Object.hasOwn(parent, key) ? (parent as Record<string, Stored>)[key] : undefined;

export const restore = (parent: JsonObject, key: string, before: Stored): void => {
  if (before === undefined) delete parent[key];
  else (parent as Record<string, Stored>)[key] = before;
};

export const moveLast = (parent: JsonObject, key: string): void => {
  const value = stored(parent, key);
  delete parent[key];
  restore(parent, key, value);
};
