interface CreditMark {
  readonly mark: number;
  readonly length: number;
}

/**
 * Flow control for one socket: counts the characters sent that the reader has not acknowledged. The platform buffers
 * without a limit and does not report how much, so marks are sent between the frames and the reader returns them [W11].
 */
export class Credit {
  readonly #marks: CreditMark[] = [];
  readonly #newMark: () => number;
  #unmarked = 0;
  #marked = 0;

  /** @param newMark makes marks that a reader cannot guess: it would get credit for what it has not received. Default: 1, 2, 3 ... */
  constructor(newMark: () => number = counted()) {
    this.#newMark = newMark;
  }

  /** Characters sent and not acknowledged. */
  get outstanding(): number {
    return this.#marked + this.#unmarked;
  }

  /**
   * Counts what has been sent.
   *
   * @param length characters
   * @param limit characters that may be outstanding
   * @returns the mark to send now, if one is due
   */
  recordSent(length: number, limit: number): number | undefined {
    this.#unmarked += length;
    if (this.#unmarked < limit / MARKS_PER_LIMIT) return undefined;
    const mark = this.#newMark();
    this.#marks.push({ mark, length: this.#unmarked });
    this.#marked += this.#unmarked;
    this.#unmarked = 0;
    return mark;
  }

  /** The reader has received everything up to the mark. Unknown marks and repeated ones have no effect. */
  acknowledge(mark: number): void {
    const index = this.#marks.findIndex((each) => each.mark === mark);
    for (const { length } of this.#marks.splice(0, index + 1)) this.#marked -= length;
  }
}

const counted = (): (() => number) => {
  let last = 0;
  return () => {
    last += 1;
    return last;
  };
};

/** Marks within the limit: a reader that returns each at once is never paused. */
const MARKS_PER_LIMIT = 4;
