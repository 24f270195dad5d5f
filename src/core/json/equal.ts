import type { Json, JsonObject } from '../../protocol/json.ts';
import { member, memberKeys } from './members.ts';

/** Charged for the values and keys that are compared. Throws when it is too much. */
export type SpendVisits = (count: number) => void;

/** Equality by RFC 6902, section 4.6: members in any order, numbers by value. */
export const isEqual = (a: Json, b: Json, spend?: SpendVisits): boolean => {
  spend?.(1);
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((each, i) => isEqual(each, b[i] as Json, spend))
    );
  }
  const [keys, others] = [memberKeys(a), memberKeys(b)];
  spend?.(keys.length + others.length);
  return keys.length === others.length && keys.every((key) => haveEqualMember(a, b, key, spend));
};

const haveEqualMember = (a: JsonObject, b: JsonObject, key: string, spend: SpendVisits | undefined): boolean => {
  const [left, right] = [member(a, key), member(b, key)];
  return left !== undefined && right !== undefined && isEqual(left, right, spend);
};
