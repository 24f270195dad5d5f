import { BACKUP_MS_MAX } from '../../../protocol/limits.ts';

/**
 * A stream of pieces that are made when its reader takes more: its memory is that of one piece. It fails when making one
 * fails, and when it has not ended in time.
 *
 * @param onEnd called once, when the stream has ended in any way
 */
export const pieceStream = (pieces: Iterator<Uint8Array>, onEnd: () => void): ReadableStream<Uint8Array> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = (): void => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    onEnd();
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
          const { done, value } = pieces.next();
          if (!done) return controller.enqueue(value);
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        end();
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
};
