import { createHash } from 'node:crypto';

const LINE_FEED = 0x0a;

/** Checks a backup while it passes: its last line has the number of lines before it, and their hash [L10]. */
export class BackupCheck {
  readonly #hash = createHash('sha256');
  #lines = 0;
  /** The last complete line; the next one shows that it was not the end. */
  #last: Buffer = Buffer.alloc(0);
  /** The pieces of a line that is not complete. */
  #rest: Buffer[] = [];

  add(piece: Buffer): void {
    let start = 0;
    for (let end = piece.indexOf(LINE_FEED); end >= 0; end = piece.indexOf(LINE_FEED, start)) {
      this.#complete(Buffer.concat([...this.#rest, piece.subarray(start, end + 1)]));
      start = end + 1;
    }
    this.#rest.push(piece.subarray(start));
  }

  #complete(line: Buffer): void {
    if (this.#last.length > 0) {
      this.#hash.update(this.#last);
      this.#lines += 1;
    }
    this.#last = line;
    this.#rest = [];
  }

  /** Whether all of it has come; once, at the end. @returns the number of lines, or undefined for a cut or changed one */
  lines(): number | undefined {
    const end = endLine(this.#last.toString());
    const isWhole = this.#rest.every(({ length }) => length === 0) && end?.lines === this.#lines;
    return isWhole && end.sha256 === this.#hash.digest('hex') ? this.#lines + 1 : undefined;
  }
}

const endLine = (text: string): { readonly lines: number; readonly sha256: string } | undefined => {
  try {
    const { end }: { end?: { lines: number; sha256: string } } = JSON.parse(text);
    return end;
  } catch {
    return undefined;
  }
};
