import type { Inverse } from '../../core/inverse.ts';
import type { RevertStep } from '../../core/patch/revert-syntax.ts';
import type { Json } from '../../protocol/json.ts';
import { CHANGE_BYTES_MAX } from '../../protocol/limits.ts';
import { revertSteps } from './revert-steps.ts';

/**
 * Undoes a change of a `document` by the change `revert`: it names the places that the change has changed, what it has
 * left there and what was there before. Where somebody else has changed one of them since, it is rejected.
 *
 * Undefined when the change has changed nothing, or when what it has removed or replaced is larger than a change may be.
 */
export const revertDocument: Inverse = (_change, { before, after }) => {
  const steps = revertSteps(before, after);
  const isTooLarge = new TextEncoder().encode(JSON.stringify(steps)).length > CHANGE_BYTES_MAX - NAME_BYTES;
  return steps.length === 0 || isTooLarge ? undefined : { name: 'revert', args: asJson(steps) };
};

/** Bytes of a body beside the args. */
const NAME_BYTES = 256;

/** Types cannot tell that an absent member is no `undefined`. */
const asJson = (steps: readonly RevertStep[]): Json => steps as unknown as Json;
