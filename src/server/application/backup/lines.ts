import { BACKUP_LINE_BYTES_MAX } from '../../../protocol/limits.ts';

/** Splits bytes into lines. Holds one line in memory at most. */
export class LineSplitter {
  /** The beginning of a line whose end has not come yet: `#length` bytes of a buffer that doubles. */
  #buffer: Uint8Array = new Uint8Array();
  #length = 0;

  /** Whether the line that has begun is longer than a line may be. */
  get isTooLong(): boolean {
    return this.#length > BACKUP_LINE_BYTES_MAX;
  }

  /** The lines that end in these bytes, without their line feeds. Each is valid until the next one is taken. */
  *split(bytes: Uint8Array): Generator<Uint8Array> {
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      yield this.#take(bytes.subarray(start, end));
      start = end + 1;
    }
    if (start < bytes.length) this.#append(bytes.subarray(start));
  }

  /** What stands after the last line feed; undefined when there is nothing. */
  rest(): Uint8Array | undefined {
    return this.#length === 0 ? undefined : this.#take(new Uint8Array());
  }

  #take(end: Uint8Array): Uint8Array {
    if (this.#length === 0) return end;
    this.#append(end);
    const line = this.#buffer.subarray(0, this.#length);
    this.#length = 0;
    // A long line's buffer is not kept for short ones.
    if (this.#buffer.length > BUFFER_KEPT_BYTES) this.#buffer = new Uint8Array();
    return line;
  }

  #append(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length;
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = needed;
  }
}

const LINE_FEED = 0x0a;
const BUFFER_KEPT_BYTES = 1_048_576;
