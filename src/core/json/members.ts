import type { Json, JsonObject } from '../../protocol/json.ts';

/**
 * Replaces the value of a removed member until the commit, so that a rollback leaves the key at its position: memory
 * and disk must print a version to the same bytes. `JSON.stringify` leaves out members whose value is a symbol.
 */
export const REMOVED = Symbol('removed');

/** The value of a member as it is stored: JSON, removed in this change, or absent. */
export type StoredMember = Json | typeof REMOVED | undefined;

/** The value of an own member; `undefined` when there is none or it was removed. */
export const member = (parent: JsonObject, key: string): Json | undefined => {
  const value = storedMember(parent, key);
  return value === REMOVED ? undefined : value;
};

/** The own keys, without those of removed members. */
export const memberKeys = (parent: JsonObject): string[] =>
  Object.keys(parent).filter((key) => (parent as Record<string, StoredMember>)[key] !== REMOVED);

/** The stored value of an own member: distinguishes a removed member from one that never existed. */
export const storedMember = (parent: JsonObject, key: string): StoredMember =>
  Object.hasOwn(parent, key) ? (parent as Record<string, StoredMember>)[key] : undefined;

/** Writes a stored value; `undefined` deletes the member. */
export const storeMember = (parent: JsonObject, key: string, value: StoredMember): void => {
  if (value === undefined) delete parent[key];
  else (parent as Record<string, StoredMember>)[key] = value;
};

export const moveMemberLast = (parent: JsonObject, key: string): void => {
  const value = storedMember(parent, key);
  delete parent[key];
  storeMember(parent, key, value);
};
