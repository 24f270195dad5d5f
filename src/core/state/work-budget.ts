import { CHANGE_WORK_BYTES_MAX } from '../../protocol/limits.ts';
import { throwProblem } from '../json/problem-error.ts';

/** Work that each recorded operation costs beyond its bytes, so that an endless loop of tiny writes ends too. */
const OPERATION_WORK = 64;

/** The work one change may do, in bytes copied and written. Stops copy bombs and endless loops [D4]. */
export class WorkBudget {
  #used = 0;

  /** @throws ProblemError `too-much-work` once the change is over its budget */
  spend(bytes: number): void {
    this.#used += bytes + OPERATION_WORK;
    if (this.#used <= CHANGE_WORK_BYTES_MAX) return;
    throwProblem('too-much-work', 'The change copies or writes too much.', { limit: CHANGE_WORK_BYTES_MAX });
  }

  /** Gives the next change a budget of its own. */
  reset(): void {
    this.#used = 0;
  }
}
