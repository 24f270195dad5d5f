import { jsonBytes } from '../../../core/json/json-bytes.ts';
import { replay } from '../../../core/patch/replay.ts';
import type { Json } from '../../../protocol/json.ts';
import { STATE_BYTES_MAX } from '../../../protocol/limits.ts';
import type { PatchOperation } from '../../../protocol/patch.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';

/** The state of a backup, brought from its checkpoint to its version by the patches of its log. */
export class ReplayedState {
  #root: Json;
  #bytes: number;
  /** Most bytes that the patches since the last measurement can have added. */
  #grown = 0;

  constructor(root: Json) {
    this.#root = root;
    this.#bytes = jsonBytes(root);
  }

  get root(): Json {
    return this.#root;
  }

  /** Applies a patch. @returns the reason why it does not fit; undefined when it does */
  apply(operations: readonly PatchOperation[], length: number): string | undefined {
    try {
      this.#root = replay(this.#root, operations);
      this.#grown += 2 * length;
      // Measured only now and then: otherwise each patch would cost a walk over the whole state.
      return this.#grown > STATE_BYTES_MAX ? this.sizeProblem?.detail : undefined;
    } catch (error) {
      return error instanceof Error ? error.message : 'The patch does not fit the state.';
    }
  }

  /** Bytes of the state's JSON. @throws ProblemError `too-deep` */
  measure(): number {
    if (this.#grown > 0) this.#bytes = jsonBytes(this.#root);
    this.#grown = 0;
    return this.#bytes;
  }

  /**
   * Refuses a state that is larger than one may be.
   *
   * @throws ProblemError `too-deep`
   */
  get sizeProblem(): Problem | undefined {
    const size = this.measure();
    if (size <= STATE_BYTES_MAX) return undefined;
    return problem('state-too-large', 'The state is too large.', { size, limit: STATE_BYTES_MAX });
  }
}
