import type { Slice } from '../../../core/drain/drain-slice.ts';
import { problemBody } from '../../../protocol/problems.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import { settleSlice } from '../state/settle.ts';
import { findMigration, measureQueue } from '../storage/accepted-rows.ts';
import { updateApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import { type DrainRow, insertDrain } from '../storage/drain-rows.ts';
import { insertMigration } from '../storage/migration-rows.ts';
import { logStart, readHeader } from '../storage/segment.ts';
import { type CheckpointResult, checkpoint, isCheckpointDue } from './checkpoint.ts';
import { type CommitGroup, rowOf, writeGroup } from './commit-group.ts';
import { recordRejections } from './record-rejections.ts';

/** A slice that is applied to the tree in memory, but not committed. */
export interface PlannedSlice {
  readonly slice: Slice;
  /** The state's new definition version; undefined without a migration. */
  readonly migratedTo?: number | undefined;
}

/**
 * Commits patch, outcomes, version, rejections and, when one is due, a checkpoint, in one transaction [D6].
 *
 * @param group the slice's changes, when they were accepted in the same turn
 */
export const commitSlice = (
  database: Database,
  loaded: LoadedState,
  { slice, migratedTo }: PlannedSlice,
  group?: CommitGroup,
): void => {
  settleSlice(loaded, slice);
  const drain = drainRow(slice, loaded, group?.now ?? Math.max(Date.now(), loaded.at));
  const written = drain.patch?.length ?? 0;
  const checkpointed = database.transact((): Partial<CheckpointResult> => {
    if (group === undefined) insertDrain(database, loaded.row.segment, drain);
    else insertWithGroup(group, drain);
    recordRejections(database, slice, drain);
    if (migratedTo !== undefined) recordMigration(database, loaded, migratedTo);
    const isDue = drain.patch === undefined || isCheckpointDue(loaded, written);
    const logged = { logBytes: loaded.logBytes + written, drainedAt: drain.at };
    return isDue ? checkpoint(database, loaded, slice.version) : logged;
  });
  Object.assign(loaded, checkpointed, { version: slice.version, text: undefined, lastDrain: drain });
  if (migratedTo !== undefined) loaded.row = { ...loaded.row, definitionVersion: migratedTo };
  loaded.queueShares.dropUntil(loaded.version);
  if (loaded.version === loaded.head) Object.assign(loaded, { queueBytes: 0, queuedRow: [] });
  else Object.assign(loaded, measureQueue(database, loaded.row, loaded.version));
};

/** Records with the state's new definition version where the log lists the migration: before the slice [L5] [L7]. */
const recordMigration = (database: Database, { row, version }: LoadedState, definitionVersion: number): void => {
  updateApplicationRow(database, { definitionVersion });
  const queued = findMigration(database, row, version);
  if (queued === undefined) return;
  const migration = { version: version + 1, seq: queued.seq };
  insertMigration(database, row.epoch, migration, logStart(readHeader(database, row.oldest)));
};

/** Writes the applied changes into the row of the drain, and those that did not fit into the slice into rows of their own. */
const insertWithGroup = (group: CommitGroup, drain: DrainRow): void => {
  const { database, loaded } = group;
  const applied = drain.version - drain.base;
  insertDrain(database, loaded.row.segment, drain, rowOf(group, { start: 0, end: applied, following: 0 }));
  writeGroup(group, applied);
};

const drainRow = (slice: Slice, { tree }: LoadedState, at: number): DrainRow => ({
  version: slice.version,
  base: slice.base,
  at,
  counts: slice.counts,
  patch: slice.patch,
  weight: tree.bytes,
  problems: Object.fromEntries(slice.rejections.map(({ change, problem }) => [change.seq, problemBody(problem)])),
});

/**
 * Counts an attempt at the next changes before it is made, so that the count survives a crash [D5]. Only done for changes
 * that the previous instance left in the queue: otherwise each drain would cost one more row.
 *
 * @param attempts the level of the attempt
 */
export const countAttempt = (database: Database, loaded: LoadedState, attempts: number): void => {
  const attemptSeq = loaded.version + 1;
  updateApplicationRow(database, { attemptSeq, attempts });
  loaded.row = { ...loaded.row, attemptSeq, attempts };
};
