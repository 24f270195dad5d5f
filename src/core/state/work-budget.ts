import { CHANGE_WORK_BYTES_MAX } from '../../protocol/limits.ts';
import { throwProblem } from '../json/problem-error.ts';

/** Work that each recorded operation costs beyond its bytes, so that an endless loop of tiny writes ends too. */
const OPERATION_WORK = 64;

/** The work one change may do, in bytes copied and written. Stops copy bombs and endless loops [D4]. */
export class WorkBudget {
  #used = 0;
  #limit = CHANGE_WORK_BYTES_MAX;
  #total = 0;

  /** The work of all changes so far, whatever became of them. */
  get total(): number {
    return this.#total;
  }

  /** @throws ProblemError `too-much-work` once the change is over its budget */
  spend(bytes: number): void {
    const work = bytes + OPERATION_WORK;
    this.#total += work;
    this.#used += work;
    if (this.#used > this.#limit) throwTooMuchWork(this.#limit);
  }

  /** Lowers the budget of the next change alone [F2]. */
  restrict(limit: number): void {
    this.#limit = Math.min(limit, CHANGE_WORK_BYTES_MAX);
  }

  /** Gives the next change a budget of its own. */
  reset(): void {
    this.#used = 0;
    this.#limit = CHANGE_WORK_BYTES_MAX;
  }
}

const throwTooMuchWork = (limit: number): never => {
  const detail =
    limit < CHANGE_WORK_BYTES_MAX
      ? 'The change takes more work than its sender may cause while others wait.'
      : 'The change copies or writes too much.';
  return throwProblem('too-much-work', detail, { limit });
};
