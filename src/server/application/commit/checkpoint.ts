import { SEGMENT_BYTES_MIN } from '../../../protocol/limits.ts';
import { type LoadedState, stateJson } from '../state/loaded-state.ts';
import { lastAccepted } from '../storage/accepted-rows.ts';
import { updateApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import { closeLog } from '../storage/log.ts';
import { dropSettledRejections } from '../storage/rejections.ts';
import { type Base, dropSegments, insertSegment, readHeader } from '../storage/segment.ts';

/**
 * Whether the log is longer than the state. Then the write of the whole state costs each change of the log at most its
 * own size again.
 *
 * @param written length of what this turn adds to the log
 */
export const isCheckpointDue = (loaded: LoadedState, written: number): boolean =>
  loaded.logBytes + written > Math.max(loaded.base.size, SEGMENT_BYTES_MIN);

/** The members of the loaded state that a checkpoint changes. Assign them after the commit. */
export type CheckpointResult = Pick<LoadedState, 'row' | 'base' | 'oldestVersion' | 'logBytes' | 'drainedAt'>;

/**
 * Starts a new segment with the state at `version`. Keeps the segment before and drops the older ones [L8].
 * Call inside the transaction that brings the state to that version.
 */
export const checkpoint = (database: Database, loaded: LoadedState, version: number): CheckpointResult => {
  const { row, head, at, clientCounters } = loaded;
  const state = stateJson({ ...loaded, text: undefined });
  const base: Base = { version, head, at, size: state.length, weight: loaded.tree.bytes };
  const segment = row.segment + 1;
  closeLog(database, row.segment);
  const oldest = dropOldSegments(database, loaded, version);
  updateApplicationRow(database, { segment, oldest });
  insertSegment(database, segment, { base, state, clientCounters, forgotten: clientCounters.forgotten.stored });
  const { version: oldestVersion, head: droppedUntil } = readHeader(database, oldest);
  if (oldest > row.oldest) dropSettledRejections(database, droppedUntil);
  return { row: { ...row, segment, oldest }, base, oldestVersion, logBytes: 0, drainedAt: undefined };
};

/**
 * Drops old segments. Keeps the one before the new checkpoint, and those that still hold queued changes.
 *
 * @returns the oldest segment that is kept
 */
const dropOldSegments = (database: Database, { row }: LoadedState, version: number): number => {
  let { oldest } = row;
  while (oldest < row.segment && (lastAccepted(database, oldest)?.last ?? 0) <= version) oldest += 1;
  if (oldest > row.oldest) dropSegments(database, row.oldest, { oldest, segment: row.segment });
  return oldest;
};
