import type { Json, JsonObject } from '../../protocol/json.ts';
import { member } from './members.ts';
import { arrayIndex, escapeToken, parsePointer } from './pointer.ts';

/** The target of a patch operation: the whole state, a member of an object, an element of an array, or nothing. */
export type Target =
  | { readonly kind: 'root' }
  | { readonly kind: 'member'; readonly parent: JsonObject; readonly key: string }
  | { readonly kind: 'element'; readonly parent: Json[]; readonly token: string; readonly array: string }
  | { readonly kind: 'nowhere' };

/**
 * Finds the target of a JSON Pointer (RFC 6901). The target need not exist yet: the operation decides whether it must.
 * Of an element, `array` is the pointer of its array.
 */
export const locate = (root: Json, path: string): Target => {
  const parsed = parsePointer(path);
  if (parsed.kind !== 'pointer') return { kind: 'nowhere' };
  const token = parsed.tokens.pop();
  if (token === undefined) return { kind: 'root' };
  const parent = walk(root, parsed.tokens);
  if (typeof parent !== 'object' || parent === null) return { kind: 'nowhere' };
  if (!Array.isArray(parent)) return { kind: 'member', parent, key: token };
  return { kind: 'element', parent, token, array: parsed.tokens.map((each) => `/${escapeToken(each)}`).join('') };
};

/** The value at a JSON Pointer; `undefined` when there is none. */
export const valueAt = (root: Json, path: string): Json | undefined => {
  const parsed = parsePointer(path);
  return parsed.kind === 'pointer' ? walk(root, parsed.tokens) : undefined;
};

const walk = (root: Json, tokens: readonly string[]): Json | undefined => {
  let value: Json | undefined = root;
  for (const token of tokens) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value)) {
      const index = arrayIndex(token, value.length);
      value = index === undefined ? undefined : value[index];
    } else value = member(value, token);
  }
  return value;
};
