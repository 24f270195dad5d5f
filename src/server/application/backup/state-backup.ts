import { BACKUP_PIECE_BYTES } from '../../../protocol/limits.ts';
import { FORMAT } from './format.ts';

/** The content of a new application: a state alone. */
export interface StateBackup {
  readonly kind: string;
  readonly definitionVersion: number;
  /** The state's JSON text. */
  readonly state: string;
}

/**
 * A state as a backup of format version 1, in pieces: no log, no clients, no counters. Its version is 0: an application
 * made of it begins with it.
 */
export const stateBackup = ({ kind, definitionVersion, state }: StateBackup): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder();
  const header = { format: FORMAT, formatVersion: 1, kind, definitionVersion, version: 0 };
  let start = 0;
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(encoder.encode(`${JSON.stringify(header)}\n`)),
      pull(controller) {
        const end = pieceEnd(state, start);
        controller.enqueue(encoder.encode(state.slice(start, end)));
        start = end;
        if (start === state.length) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
};

/** Between two characters: half a surrogate pair has no bytes. */
const pieceEnd = (text: string, start: number): number => {
  const end = Math.min(start + BACKUP_PIECE_BYTES, text.length);
  return end < text.length && /[\uD800-\uDBFF]/.test(text[end - 1] ?? '') ? end - 1 : end;
};
