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
  #lastMark = 0;
  #unmarked = 0;
  #marked = 0;

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
    this.#lastMark += 1;
    this.#marks.push({ mark: this.#lastMark, length: this.#unmarked });
    this.#marked += this.#unmarked;
    this.#unmarked = 0;
    return this.#lastMark;
  }

  /** The reader has received everything up to the mark. Unknown marks and repeated ones have no effect. */
  acknowledge(mark: number): void {
    if (mark > this.#lastMark) return;
    while (this.#marks[0] !== undefined && this.#marks[0].mark <= mark) {
      this.#marked -= this.#marks.shift()?.length ?? 0;
    }
  }
}

/** Marks within the limit: a reader that returns each at once is never paused. */
const MARKS_PER_LIMIT = 4;
