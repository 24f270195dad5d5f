import type { Definition } from '../../../core/definition.ts';
import { deadLetterSlice, drainSlice, type Slice, unitsOf } from '../../../core/drain/drain-slice.ts';
import type { ReduceContext, Unit } from '../../../core/drain/reduce.ts';
import { utf8Length } from '../../../core/json/utf8.ts';
import { ATTEMPTS_MAX, ONE_TURN_BYTES_MAX, PATCH_ROW_BYTES_MAX } from '../../../protocol/limits.ts';
import { type ProblemBody, problemBody } from '../../../protocol/problems.ts';
import { isSuspect, type LoadedState } from '../state/loaded-state.ts';
import { migrate, needsMigration } from '../state/migration.ts';
import { updateApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import { changesAfter, type DrainRow, insertDrain, measureQueue } from '../storage/log.ts';
import { insertRejections, listAgain, type Rejection, setRejectionStatus } from '../storage/rejections.ts';
import type { LoggedChange } from '../storage/stored-change.ts';
import { type Checkpointed, checkpoint, isCheckpointDue } from './checkpoint.ts';
import { acceptedChanges, adoptGroup, type CommitGroup, rowOf, writeGroup } from './commit-group.ts';

/**
 * Applies one slice of a queue that is not empty, and commits it [D6]. When this throws, memory may be ahead of
 * the disk: forget it.
 *
 * @returns undefined when nothing can be applied: `memory.held` then says why
 */
export const drainOnce = (database: Database, loaded: LoadedState, definition: Definition): Slice | undefined => {
  const migration = migrate(loaded, definition);
  if (migration.kind === 'failed') {
    loaded.blockedBy = migration.problem;
    return undefined;
  }
  const slice = withMigration(nextSlice(database, loaded, definition), migration.operations);
  const migratedTo = migration.operations.length > 0 ? definition.version : undefined;
  commitSlice(database, loaded, slice, { migratedTo });
  return slice;
};

/** Whether a group may be applied in the turn that accepts it: nothing stands before it, and it fits into one row. */
export const isAtOnce = ({ loaded, length }: CommitGroup, definition: Definition): boolean =>
  loaded.version === loaded.head &&
  loaded.blockedBy === undefined &&
  !needsMigration(loaded, definition) &&
  length <= ONE_TURN_BYTES_MAX;

/**
 * Accepts and applies a group in one transaction and one row [D11]; what a slice does not hold is queued. When this
 * throws, memory is ahead of the disk: forget it.
 */
export const drainAtOnce = (group: CommitGroup, definition: Definition): Slice => {
  const { database, loaded } = group;
  adoptGroup(group);
  const surroundings = reduceContext(loaded, definition);
  const slice = drainSlice(loaded.tree, unitsOf(acceptedChanges(group)), surroundings);
  commitSlice(database, loaded, slice, { group });
  return slice;
};

const reduceContext = ({ row, version }: LoadedState, definition: Definition): ReduceContext => ({
  ...{ definition, version, epoch: row.epoch, clock: Date.now },
});

const nextSlice = (database: Database, loaded: LoadedState, definition: Definition): Slice => {
  const units = unitsOf(changesAfter(database, loaded.row, loaded.version));
  const isCareful = isSuspect(loaded);
  if (isCareful && loaded.row.attempts > ATTEMPTS_MAX) return deadLetterSlice(firstOf(units), ATTEMPTS_MAX);
  return drainSlice(loaded.tree, isCareful ? [firstOf(units)] : units, reduceContext(loaded, definition));
};

const firstOf = (units: Iterable<Unit>): Unit => {
  for (const unit of units) return unit;
  throw new Error('the queue is empty');
};

/** A migration comes before the first change of its slice, and belongs to that change's version. */
const withMigration = (slice: Slice, operations: readonly string[]): Slice => {
  if (operations.length === 0) return slice;
  const [first = 0, ...counts] = slice.counts;
  const patch =
    slice.patch === undefined ? undefined : [...operations, slice.patch].filter((text) => text !== '').join(',');
  const fits = patch !== undefined && utf8Length(patch) <= PATCH_ROW_BYTES_MAX;
  return { ...slice, counts: [first + operations.length, ...counts], patch: fits ? patch : undefined };
};

/** What is committed with a slice besides what came of it. */
interface SliceContext {
  /** The definition version that the state now is in. */
  readonly migratedTo?: number | undefined;
  /** What was asked, when it was accepted in this very turn. */
  readonly group?: CommitGroup;
}

/** Effect, outcomes, version, rejections and, when it is due, the checkpoint: all or nothing. */
const commitSlice = (
  database: Database,
  loaded: LoadedState,
  slice: Slice,
  { migratedTo, group }: SliceContext,
): void => {
  const drain = drainRow(slice, loaded, group?.now ?? Math.max(Date.now(), loaded.at));
  const written = drain.patch?.length ?? 0;
  const checkpointed = database.transact((): Partial<Checkpointed> => {
    if (group === undefined) insertDrain(database, loaded.row.segment, drain);
    else insertWithGroup(group, drain);
    recordRejections(database, slice, drain);
    if (migratedTo !== undefined) updateApplicationRow(database, { definitionVersion: migratedTo });
    const isDue = drain.patch === undefined || isCheckpointDue(loaded, written);
    return isDue ? checkpoint(database, loaded, slice.version) : { logBytes: loaded.logBytes + written };
  });
  Object.assign(loaded, checkpointed, { version: slice.version, text: undefined, lastDrain: drain });
  if (migratedTo !== undefined) loaded.row = { ...loaded.row, definitionVersion: migratedTo };
  if (loaded.version === loaded.head) loaded.queueBytes = 0;
  else Object.assign(loaded, measureQueue(database, loaded.row, loaded.version));
};

const insertWithGroup = (group: CommitGroup, drain: DrainRow): void => {
  const { database, loaded } = group;
  const passed = drain.version - drain.base;
  insertDrain(database, loaded.row.segment, drain, rowOf(group, { start: 0, end: passed, following: 0 }));
  writeGroup(group, passed);
};

const drainRow = (slice: Slice, { tree }: LoadedState, at: number): DrainRow => ({
  ...{ version: slice.version, base: slice.base, at, counts: slice.counts, patch: slice.patch, weight: tree.bytes },
  problems: Object.fromEntries(slice.rejections.map(({ change, problem }) => [change.seq, problemBody(problem)])),
});

/** Lists what was refused for a person to look at, and ends or renews what had been listed before [O3] [O4]. */
const recordRejections = (database: Database, slice: Slice, drain: DrainRow): void => {
  const refused = slice.rejections.map(({ change }) => change as LoggedChange);
  const rejections: Rejection[] = [];
  for (const change of refused) {
    const problem = drain.problems[change.seq] as ProblemBody;
    if (change.retries === undefined)
      rejections.push({ change, at: drain.at, problem, status: 'listed', retry: undefined });
    else listAgain(database, change.retries, problem);
  }
  for (const seq of slice.retriedApplied) setRejectionStatus(database, seq, 'applied');
  if (rejections.length > 0) insertRejections(database, rejections);
};

/**
 * Counts an attempt at the change that is next, before it is made: if the object dies, the count has survived.
 * Only after a life that ended with changes in the queue; otherwise it would cost a row for each drain.
 */
export const countAttempt = (database: Database, loaded: LoadedState): void => {
  const attemptSeq = loaded.version + 1;
  const attempts = loaded.row.attemptSeq === attemptSeq ? loaded.row.attempts + 1 : 1;
  updateApplicationRow(database, { attemptSeq, attempts });
  loaded.row = { ...loaded.row, attemptSeq, attempts };
};
