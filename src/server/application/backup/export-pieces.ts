import { createHash } from 'node:crypto';
import { BACKUP_PIECE_BYTES } from '../../../protocol/limits.ts';

export interface ExportPiecesOptions {
  /** The lines but the last, in pieces. */
  readonly lines: Iterator<string>;
  /** Whether the application is still the one whose export has begun. */
  readonly isCurrent: () => boolean;
}

/**
 * An export in pieces, and its last line. One that cannot be completed throws, and lacks that line, so that nobody takes
 * its beginning for a backup [L11].
 *
 * @throws Error when the application has ended
 */
export function* exportPieces({ lines, isCurrent }: ExportPiecesOptions): Generator<Uint8Array, undefined> {
  const hash = createHash('sha256');
  let count = 0;
  for (;;) {
    if (!isCurrent()) throw new Error('the application was deleted or replaced during its export');
    const [piece, ended] = nextPiece(lines);
    if (piece === '') break;
    count += ended;
    const bytes = ENCODER.encode(piece);
    hash.update(bytes);
    yield bytes;
  }
  yield ENCODER.encode(`${JSON.stringify({ end: { lines: count, sha256: hash.digest('hex') } })}\n`);
  return undefined;
}

/** Enough to be written at once, and how many lines end in it; '' after the last line. */
const nextPiece = (lines: Iterator<string>): [piece: string, ended: number] => {
  let piece = '';
  let ended = 0;
  while (piece.length < BACKUP_PIECE_BYTES) {
    const { done, value } = lines.next();
    if (done === true) break;
    if (value.endsWith('\n')) ended += 1;
    piece += value;
  }
  return [piece, ended];
};

const ENCODER = new TextEncoder();
