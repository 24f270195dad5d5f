import { EXPORTS_MAX } from '../../../protocol/limits.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import { readApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import { exportLines, exportPoint } from './export-lines.ts';
import { exportStream } from './export-stream.ts';

/**
 * Exports the application as it is now, queue included, as a stream [L6]. Until the stream has ended, checkpoints keep
 * the segments that it reads.
 */
export const openExport = (database: Database, loaded: LoadedState): ReadableStream<Uint8Array> | Problem => {
  const { pins, usage } = database;
  if (pins.size >= EXPORTS_MAX) return problem('unavailable', 'Too many exports are running.', { retryAfter: 5 });
  const point = exportPoint(database, loaded);
  const release = pins.pin(point.segments.oldest);
  const rest = usage.trackActive();
  return exportStream({
    lines: exportLines(database, point),
    isCurrent: () => readApplicationRow(database)?.epoch === point.row.epoch,
    onEnd: () => {
      release();
      rest();
    },
  });
};
