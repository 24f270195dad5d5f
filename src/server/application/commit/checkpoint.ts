import { SEGMENT_BYTES_MIN } from '../../../protocol/limits.ts';
import { type Memory, stateText } from '../state/loaded-state.ts';
import { updateApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import { closeLog, lastAccepted } from '../storage/log.ts';
import { type Base, dropSegments, insertSegment, readHeader } from '../storage/segment.ts';

/** The log outweighs the state: writing the whole state now costs each change at most its own size again. */
export const isCheckpointDue = (memory: Memory, written: number): boolean =>
  memory.logBytes + written > Math.max(memory.base.size, SEGMENT_BYTES_MIN);

/** What a checkpoint changes in memory, to be taken over after the commit. */
export type Checkpointed = Pick<Memory, 'row' | 'base' | 'floor' | 'logBytes'>;

/**
 * Begins a new segment with the state as it is at `version` and drops the ones behind the last but one [L8].
 * Call inside the transaction that brings the state to that version.
 */
export const checkpoint = (database: Database, memory: Memory, version: number): Checkpointed => {
  const { row, head, at, marks } = memory;
  const state = stateText({ ...memory, text: undefined });
  const base: Base = { version, head, at, size: state.length, weight: memory.tree.weight };
  const segment = row.segment + 1;
  closeLog(database, row.segment);
  const oldest = dropOld(database, memory, version);
  updateApplicationRow(database, { segment, oldest });
  insertSegment(database, segment, { base, state, marks });
  const floor = oldest === segment ? version : readHeader(database, oldest).version;
  return { row: { ...row, segment, oldest }, base, floor, logBytes: 0 };
};

/** Keeps the segment before, and any that still holds queued changes; answers the oldest kept. */
const dropOld = (database: Database, { row }: Memory, version: number): number => {
  let { oldest } = row;
  while (oldest < row.segment && (lastAccepted(database, oldest)?.last ?? 0) <= version) oldest += 1;
  if (oldest > row.oldest) dropSegments(database, row.oldest, { oldest, segment: row.segment });
  return oldest;
};
