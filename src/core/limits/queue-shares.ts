/** A number of queued changes, and the length of their texts in UTF-16 units. */
export interface QueueAmount {
  readonly changes: number;
  readonly length: number;
}

/** Consecutive queued changes of one subject. */
interface Run extends QueueAmount {
  readonly user: string;
  /** Seq of the last one. */
  readonly last: number;
}

/** The queue by subject, so that none of them can fill it alone [F1]. One subject alone is one run, whatever it has queued. */
export class QueueShares {
  /** In order of seq; those before `#first` are applied. */
  #runs: Run[] = [];
  #first = 0;
  readonly #amounts = new Map<string, QueueAmount>();
  #total: QueueAmount = { changes: 0, length: 0 };

  /** The queued changes of all subjects. */
  get total(): QueueAmount {
    return this.#total;
  }

  /** The queued changes of a subject. */
  of(user: string): QueueAmount {
    return this.#amounts.get(user) ?? NOTHING;
  }

  /** Whether a change of somebody else waits. */
  hasOthers(user: string): boolean {
    return this.#amounts.size > (this.#amounts.has(user) ? 1 : 0);
  }

  /** Adds changes behind all others. */
  add({ user, last, changes, length }: Run): void {
    this.#change(user, { changes, length });
    const before = this.#runs.at(-1);
    if (before === undefined || this.#first === this.#runs.length || before.user !== user)
      this.#runs.push({ user, last, changes, length });
    else this.#runs[this.#runs.length - 1] = { user, last, ...sum(before, { changes, length }) };
  }

  /** Removes the changes up to a seq: they have been applied. */
  dropUntil(seq: number): void {
    for (let run = this.#runs[this.#first]; run !== undefined; run = this.#runs[this.#first]) {
      const left = run.last - seq;
      if (left > 0) {
        this.#shorten(run, Math.min(left, run.changes));
        break;
      }
      this.#change(run.user, { changes: -run.changes, length: -run.length });
      this.#first += 1;
    }
    this.#forgetApplied();
  }

  /** Keeps the last changes of the first run. Their length is not known one by one: they get an equal part of it. */
  #shorten({ user, last, changes, length }: Run, left: number): void {
    const rest = { changes: left, length: Math.ceil((length * left) / changes) };
    this.#change(user, { changes: rest.changes - changes, length: rest.length - length });
    this.#runs[this.#first] = { user, last, ...rest };
  }

  /** Not at each step: it moves the other runs. */
  #forgetApplied(): void {
    if (this.#first < this.#runs.length && this.#first < APPLIED_MAX) return;
    this.#runs.splice(0, this.#first);
    this.#first = 0;
  }

  #change(user: string, difference: QueueAmount): void {
    const amount = sum(this.of(user), difference);
    this.#total = sum(this.#total, difference);
    if (amount.changes > 0) this.#amounts.set(user, amount);
    else this.#amounts.delete(user);
  }
}

/** Runs that are applied and not yet forgotten. */
const APPLIED_MAX = 1_000;

const NOTHING: QueueAmount = { changes: 0, length: 0 };

const sum = (a: QueueAmount, b: QueueAmount): QueueAmount => ({
  changes: a.changes + b.changes,
  length: a.length + b.length,
});

/**
 * The largest share of a bounded queue that one subject may fill: SHARE_FACTOR times what then is still free. So each
 * subject leaves a fifth of what it found, and as the queue is applied, all come to equal shares.
 *
 * @param total what all together may have queued
 * @param others what all others have queued
 */
export const shareOf = (total: number, others: number): number =>
  Math.floor((Math.max(0, total - others) * SHARE_FACTOR) / (SHARE_FACTOR + 1));

const SHARE_FACTOR = 4;
