import { SEGMENT_BYTES_MIN } from '../../../protocol/limits.ts';
import { type LoadedState, stateJson } from '../state/loaded-state.ts';
import { updateApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import { closeLog, lastAccepted } from '../storage/log.ts';
import { type Base, dropSegments, insertSegment, readHeader } from '../storage/segment.ts';

/** The log outweighs the state: writing the whole state now costs each change at most its own size again. */
export const isCheckpointDue = (loaded: LoadedState, written: number): boolean =>
  loaded.logBytes + written > Math.max(loaded.base.size, SEGMENT_BYTES_MIN);

/** What a checkpoint changes in memory, to be taken over after the commit. */
export type Checkpointed = Pick<LoadedState, 'row' | 'base' | 'oldestVersion' | 'logBytes'>;

/**
 * Begins a new segment with the state as it is at `version` and drops the ones behind the last but one [L8].
 * Call inside the transaction that brings the state to that version.
 */
export const checkpoint = (database: Database, loaded: LoadedState, version: number): Checkpointed => {
  const { row, head, at, clientCounters } = loaded;
  const state = stateJson({ ...loaded, text: undefined });
  const base: Base = { version, head, at, size: state.length, weight: loaded.tree.bytes };
  const segment = row.segment + 1;
  closeLog(database, row.segment);
  const oldest = dropOld(database, loaded, version);
  updateApplicationRow(database, { segment, oldest });
  insertSegment(database, segment, { base, state, clientCounters });
  const oldestVersion = oldest === segment ? version : readHeader(database, oldest).version;
  return { row: { ...row, segment, oldest }, base, oldestVersion, logBytes: 0 };
};

/** Keeps the segment before, and any that still holds queued changes; answers the oldest kept. */
const dropOld = (database: Database, { row }: LoadedState, version: number): number => {
  let { oldest } = row;
  while (oldest < row.segment && (lastAccepted(database, oldest)?.last ?? 0) <= version) oldest += 1;
  if (oldest > row.oldest) dropSegments(database, row.oldest, { oldest, segment: row.segment });
  return oldest;
};
