import { createHash } from 'node:crypto';
import { BACKUP_MS_MAX, BACKUP_PIECE_BYTES } from '../../../protocol/limits.ts';

export interface ExportStreamOptions {
  /** The lines but the last, in pieces. */
  readonly lines: Iterator<string>;
  /** Whether the application is still the one whose export has begun. */
  readonly isCurrent: () => boolean;
  /** Called once, when the stream has ended in any way. */
  readonly onEnd: () => void;
}

/**
 * An export as a stream. Reads only when its reader takes more: its memory is that of one piece. A stream that cannot be
 * completed fails, and lacks the last line, so that nobody takes its beginning for a backup [L11].
 */
export const exportStream = ({ lines, isCurrent, onEnd }: ExportStreamOptions): ReadableStream<Uint8Array> => {
  const hash = createHash('sha256');
  let count = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = (): void => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    onEnd();
  };
  /** The next bytes; undefined after the last line. */
  const next = (): string | undefined => {
    let piece = '';
    while (piece.length < BACKUP_PIECE_BYTES) {
      const { done, value } = lines.next();
      if (done === true) return piece === '' ? undefined : piece;
      if (value.endsWith('\n')) count += 1;
      piece += value;
    }
    return piece;
  };
  const write = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    if (!isCurrent()) throw new Error('the application was deleted or replaced during its export');
    const piece = next();
    if (piece !== undefined) {
      const bytes = ENCODER.encode(piece);
      hash.update(bytes);
      controller.enqueue(bytes);
      return;
    }
    controller.enqueue(ENCODER.encode(`${JSON.stringify({ end: { lines: count, sha256: hash.digest('hex') } })}\n`));
    controller.close();
    end();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        timer = setTimeout(() => {
          controller.error(new Error('the export took too long'));
          end();
        }, BACKUP_MS_MAX);
      },
      pull(controller) {
        try {
          write(controller);
        } catch (error) {
          controller.error(error);
          end();
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
};

const ENCODER = new TextEncoder();
