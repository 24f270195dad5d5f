import type { LoadedState } from '../state/loaded-state.ts';
import { readApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import { exportLines, exportPoint } from './export-lines.ts';
import { exportPieces } from './export-pieces.ts';
import { pieceStream } from './piece-stream.ts';

/**
 * Exports the application as it is now, queue included, as a stream [L6]. Until the stream has ended, checkpoints keep
 * the segments that it reads.
 *
 * @param onEnd called once, when the stream has ended in any way
 */
export const openExport = (database: Database, loaded: LoadedState, onEnd: () => void): ReadableStream<Uint8Array> => {
  const { pins, usage } = database;
  const point = exportPoint(database, loaded);
  const release = pins.pin(point.segments.oldest);
  const rest = usage.trackActive();
  const isCurrent = () => readApplicationRow(database)?.epoch === point.row.epoch;
  return pieceStream(exportPieces({ lines: exportLines(database, point), isCurrent }), () => {
    release();
    rest();
    onEnd();
  });
};
