import { type Failure, failure } from '../../../core/json/failure.ts';
import { checkOperation } from '../../../core/patch/patch-syntax.ts';
import type { Json } from '../../../protocol/json.ts';
import { DEPTH_MAX } from '../../../protocol/limits.ts';
import type { PatchOperation } from '../../../protocol/patch.ts';

/** The operations of a stored patch, and their texts: taken before the values become parts of the state. */
interface StoredOperations {
  readonly kind: 'operations';
  readonly operations: readonly PatchOperation[];
  readonly texts: readonly string[];
}

/** Checks the operations of a slice: those that a tree records, at any number. */
export const checkOperations = (values: readonly unknown[]): StoredOperations | Failure => {
  const operations: PatchOperation[] = [];
  for (const value of values) {
    // A line is JSON, so its parts are.
    const checked = checkOperation(value as Json);
    if (checked.kind === 'problem') return checked;
    if (checked.operation.path.split('/').length > DEPTH_MAX + 1)
      return failure('invalid-patch', `A path has at most ${DEPTH_MAX} levels.`);
    operations.push(checked.operation);
  }
  return { kind: 'operations', operations, texts: operations.map((each) => JSON.stringify(each)) };
};
