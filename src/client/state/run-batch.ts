import type { Definition } from '../../core/definition.ts';
import type { ChangeEffect, ChangeRequest } from '../../core/inverse.ts';
import { Tree } from '../../core/state/tree.ts';
import type { Json } from '../../protocol/json.ts';
import type { PatchOperation } from '../../protocol/patch.ts';
import { lazyEffect } from './lazy-effect.ts';
import type { ChangeSender } from './optimistic-view.ts';

/**
 * Runs the changes of a batch over the state before it, to tell them apart: only what all of them have done is known. Values
 * that depend on the time or the seq are others here, so an inverse that compares them is rejected.
 *
 * @returns what each has done; undefined when one of them fails here
 */
export const runBatch = (
  { changes: known }: Definition,
  sender: ChangeSender,
  changes: readonly ChangeRequest[],
  before: Json,
): readonly ChangeEffect[] | undefined => {
  const tree = new Tree(JSON.parse(JSON.stringify(before)) as Json);
  const all: PatchOperation[] = [];
  try {
    return changes.map(({ name, args }) => {
      const mark = tree.mark();
      if (Object.hasOwn(known, name))
        known[name]?.apply(tree, args, { now: Date.now(), seq: 0, client: '', ...sender });
      const operations = JSON.parse(`[${tree.suspend(mark).join(',')}]`) as PatchOperation[];
      const effect = lazyEffect(before, all, all.length, operations);
      all.push(...operations);
      return effect;
    });
  } catch {
    return undefined;
  }
};
