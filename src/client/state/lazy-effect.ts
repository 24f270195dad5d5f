import type { ChangeEffect } from '../../core/inverse.ts';
import type { Json } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import { patchImmutably } from './immutable-patch.ts';

/**
 * The effect of a change that was made behind others. The states are made when they are read: each copies the containers
 * that the change has reached, so making them for every change would cost as much as the state each time.
 *
 * @param base the state before the others
 * @param all the operations of the others, and maybe of later changes; may grow
 * @param count how many of them came before the change
 */
export const lazyEffect = (
  base: Json,
  all: readonly PatchOperation[],
  count: number,
  operations: readonly PatchOperation[],
): ChangeEffect => {
  let before: Json | undefined;
  let after: Json | undefined;
  return {
    operations,
    get before() {
      before ??= patched(base, all.slice(0, count));
      return before;
    },
    get after() {
      after ??= patched(this.before, operations);
      return after;
    },
  };
};

/** The operations were recorded over this very state, so they fit. */
export const patched = (state: Json, operations: readonly PatchOperation[]): Json => {
  const result = patchImmutably(state, operations);
  return result === undefined ? state : result;
};
