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
export function* stateBackup({ kind, definitionVersion, state }: StateBackup): Generator<Uint8Array, undefined> {
  const encoder = new TextEncoder();
  yield encoder.encode(
    `${JSON.stringify({ format: FORMAT, formatVersion: 1, kind, definitionVersion, version: 0 })}\n`,
  );
  for (let start = 0; start < state.length; ) {
    const end = pieceEnd(state, start);
    yield encoder.encode(state.slice(start, end));
    start = end;
  }
  return undefined;
}

/** Between two characters: half a surrogate pair has no bytes. */
const pieceEnd = (text: string, start: number): number => {
  const end = Math.min(start + BACKUP_PIECE_BYTES, text.length);
  return end < text.length && /[\uD800-\uDBFF]/.test(text[end - 1] ?? '') ? end - 1 : end;
};
