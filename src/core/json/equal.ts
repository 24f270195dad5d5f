import type { Json, JsonObject } from '../../protocol/json.ts';
import { member, memberKeys } from './members.ts';

/** Equality by RFC 6902, section 4.6: members in any order, numbers by value. */
export const isEqual = (a: Json, b: Json): boolean => {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((each, i) => isEqual(each, b[i] as Json))
    );
  }
  const keys = memberKeys(a);
  return keys.length === memberKeys(b).length && keys.every((key) => haveEqualMember(a, b, key));
};

const haveEqualMember = (a: JsonObject, b: JsonObject, key: string): boolean => {
  const [left, right] = [member(a, key), member(b, key)];
  return left !== undefined && right !== undefined && isEqual(left, right);
};
