import type { ChangeEffect, ChangeRequest, Inverse } from '../../core/inverse.ts';
import type { Json } from '../../protocol/json.ts';
import { batchOf, changesIn, isBatch } from '../push/batch.ts';
import { isSendable } from '../push/batch-maker.ts';

/** Runs the changes of a batch over a state. @returns what each has done; undefined when one of them fails there */
export type RunBatch = (changes: readonly ChangeRequest[], before: Json) => readonly ChangeEffect[] | undefined;

/**
 * The inverse of a batch is an atomic batch of the inverses of its changes, the last one first. Undefined when one that
 * has an effect cannot be undone, or when it would be too large.
 */
export const invertBatches =
  (inverse: Inverse, run: RunBatch): Inverse =>
  (change, effect) => {
    if (!isBatch(change)) return inverse(change, effect);
    const changes = changesIn(change);
    const effects = run(changes, effect.before) ?? [];
    const inverses = changes.flatMap((each, index) => {
      const part = effects[index];
      return part === undefined || part.operations.length > 0 ? [part && inverse(each, part)] : [];
    });
    const known = inverses.filter((each) => each !== undefined).toReversed();
    if (known.length === 0 || known.length < inverses.length) return undefined;
    const batch = batchOf(known);
    return isSendable(batch) ? batch : undefined;
  };
