import { CHANGE_WORK_BYTES_MAX } from '../../protocol/limits.ts';
import { throwProblem } from '../json/problem-error.ts';

/** Work that each recorded operation costs beyond its bytes, so that an endless loop of tiny writes ends too. */
const OPERATION_WORK = 64;

/**
 * Work for each byte that is printed or walked to measure it, such as the value that a write replaces. It takes half of
 * the time of a copied byte and counts less, because each byte can leave the state only once after it was copied: a
 * change may still remove a whole state, write another one and replace most of it.
 */
const MEASURED_BYTE_WORK = 1 / 8;
/** Work for each key or element that is visited: listing a large object takes up to 1 µs for each of its keys. */
const VISIT_WORK = 16;
/** Work for each array element that is moved up or down by an insertion or removal, and moved back by a rollback. */
const SHIFT_WORK = 1 / 16;

/**
 * The work one change may do, in bytes copied into the state. Stops copy bombs, endless loops, and patches of a few bytes
 * that print, list or move a whole state again and again [D4].
 */
export class WorkBudget {
  #used = 0;
  #limit = CHANGE_WORK_BYTES_MAX;
  #total = 0;

  /** The work of all changes so far, whatever became of them. */
  get total(): number {
    return this.#total;
  }

  /**
   * Spends the work of one operation.
   *
   * @param bytes the bytes that it copies into the state or the patch
   * @throws ProblemError `too-much-work` once the change is over its budget
   */
  spend(bytes: number): void {
    this.#add(bytes + OPERATION_WORK);
  }

  /** Spends the work of measuring a value of so many bytes. Throws like `spend`. */
  spendMeasuring(bytes: number): void {
    this.#add(bytes * MEASURED_BYTE_WORK);
  }

  /** Spends the work of visiting so many keys or elements. Throws like `spend`. */
  spendVisits(count: number): void {
    this.#add(count * VISIT_WORK);
  }

  /** Spends the work of moving so many array elements. Throws like `spend`. */
  spendShifts(count: number): void {
    this.#add(count * SHIFT_WORK);
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

  #add(work: number): void {
    this.#total += work;
    this.#used += work;
    if (this.#used > this.#limit) throwTooMuchWork(this.#limit);
  }
}

const throwTooMuchWork = (limit: number): never => {
  const detail =
    limit < CHANGE_WORK_BYTES_MAX
      ? 'The change takes more work than its sender may cause while others wait.'
      : 'The change copies, reads or moves too much.';
  return throwProblem('too-much-work', detail, { limit });
};
