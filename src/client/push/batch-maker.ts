import type { ChangeRequest } from '../../core/inverse.ts';
import type { Json } from '../../protocol/json.ts';
import { BATCH_BYTES_MAX, BATCH_CHANGES_MAX } from '../../protocol/limits.ts';
import { clientProblem, ProblemError } from '../platform/problem-error.ts';
import { batchOf } from './batch.ts';
import { pushProxy } from './push-proxy.ts';

/** Collects the changes of one batch while the application's own function runs. */
export class BatchMaker {
  #changes: ChangeRequest[] | undefined;

  /** @throws ProblemError `batch-misused` while a batch is made: what is pushed beside it would be no part of it */
  assertIdle(): void {
    if (this.#changes !== undefined) throw misused('Push with the function that it is given; batches do not nest.');
  }

  /**
   * @param make called at once with a function for each change
   * @throws ProblemError when it is empty, too large, or made asynchronously; and whatever `make` throws
   */
  make(make: (push: object) => unknown): ChangeRequest {
    this.assertIdle();
    const changes: ChangeRequest[] = [];
    this.#changes = changes;
    const push = pushProxy((change, options) => {
      if (options !== undefined) throw misused('Options are for the whole batch.');
      if (this.#changes !== changes) throw misused('Its function has returned before this push.');
      changes.push(change);
    });
    try {
      const made = make(push) as { readonly then?: unknown } | undefined | null;
      if (typeof made?.then === 'function') throw misused('Its function must not be asynchronous.');
    } finally {
      this.#changes = undefined;
    }
    if (changes.length === 0) throw misused('Nothing was pushed in it.');
    const batch = batchOf(changes);
    const { size, limit, detail } = sizeOf(batch);
    if (size > limit)
      throw new ProblemError({ ...clientProblem('batch-too-large', 0, 'The batch is too large', detail), size, limit });
    return batch;
  }
}

/** Whether it can be sent in one request. */
export const isSendable = (batch: ChangeRequest): boolean => {
  const { size, limit } = sizeOf(batch);
  return size <= limit;
};

/** Bytes of a request beside its changes, and of each change beside name and args. */
const REQUEST_BYTES = 1_024;
const CHANGE_BYTES = 21;

/** In changes when there are too many of them, otherwise in bytes. */
const sizeOf = ({ args }: ChangeRequest): { size: number; limit: number; detail: string } => {
  const { length } = args as readonly Json[];
  const bytes = new TextEncoder().encode(JSON.stringify(args)).length + length * CHANGE_BYTES + REQUEST_BYTES;
  const detail = `${length} changes of ${bytes} bytes: ${BATCH_CHANGES_MAX} and ${BATCH_BYTES_MAX} are the most.`;
  return length > BATCH_CHANGES_MAX
    ? { size: length, limit: BATCH_CHANGES_MAX, detail }
    : { size: bytes, limit: BATCH_BYTES_MAX, detail };
};

const misused = (detail: string): ProblemError =>
  new ProblemError(clientProblem('batch-misused', 0, 'This is no batch', detail));
