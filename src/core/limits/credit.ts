interface CreditMark {
  readonly mark: number;
  readonly length: number;
}

/**
 * How much has been sent to a socket without a sign that it was taken in. The platform buffers without bound and
 * says nothing of it, so the reader has to: marks are put into what is sent, and it sends them back [W11].
 */
export class Credit {
  readonly #marks: CreditMark[] = [];
  #last = 0;
  #unmarked = 0;
  #marked = 0;

  /** Characters that may still wait somewhere. */
  get outstanding(): number {
    return this.#marked + this.#unmarked;
  }

  /** Counts what has been sent, and answers the mark that must follow it, if one is due. */
  sent(length: number, limit: number): number | undefined {
    this.#unmarked += length;
    if (this.#unmarked < limit / MARKS) return undefined;
    this.#last += 1;
    this.#marks.push({ mark: this.#last, length: this.#unmarked });
    this.#marked += this.#unmarked;
    this.#unmarked = 0;
    return this.#last;
  }

  /** Everything up to the mark has been taken in. A mark that was not given, or was sent back before, is nothing. */
  acknowledged(mark: number): void {
    if (mark > this.#last) return;
    while (this.#marks[0] !== undefined && this.#marks[0].mark <= mark) {
      this.#marked -= this.#marks.shift()?.length ?? 0;
    }
  }
}

/** Marks within the limit: a reader that answers them is never stopped. */
const MARKS = 4;
