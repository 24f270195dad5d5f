import type { Json } from '../../protocol/json.ts';
import type { DraftNode } from './draft-node.ts';

/** The draft behind each proxy. */
export const draftOfProxy = new WeakMap<object, DraftNode>();

/** The container behind a proxy; any other value as it is. */
export const rawOf = (value: unknown): Json => {
  const draft = typeof value === 'object' && value !== null ? draftOfProxy.get(value) : undefined;
  return draft === undefined ? (value as Json) : draft.raw;
};

/**
 * Freezes a value of which the state has a copy: a later write to the original becomes an error instead of a silent
 * loss. A draft cannot be frozen, so it is marked as copied. Accessors that lead later writes on to the copy take five times
 * as long as the whole assignment (measured), and an array's length can have none.
 */
export const deepFreeze = (value: unknown): void => {
  if (typeof value !== 'object' || value === null) return;
  const draft = draftOfProxy.get(value);
  if (draft !== undefined) {
    draft.isCopied = true;
    return;
  }
  Object.freeze(value);
  for (const each of Object.values(value)) deepFreeze(each);
};
