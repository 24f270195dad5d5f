import type { Definition } from '../../../core/definition.ts';
import { burySlice, drainSlice, type Slice, unitsOf } from '../../../core/drain/drain-slice.ts';
import type { Surroundings, Unit } from '../../../core/drain/reduce.ts';
import { utf8Length } from '../../../core/json/utf8.ts';
import { ATTEMPTS_MAX, ONE_TURN_BYTES_MAX, PATCH_ROW_BYTES_MAX } from '../../../protocol/limits.ts';
import { type ProblemBody, problemBody } from '../../../protocol/problems.ts';
import { isSuspect, type Memory } from '../state/loaded-state.ts';
import { migrate, needsMigration } from '../state/migration.ts';
import { updateApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import { changesAfter, type DrainRow, insertDrain, measureQueue } from '../storage/log.ts';
import { insertRejections, type Rejection, relist, setFate } from '../storage/rejections.ts';
import type { LoggedChange } from '../storage/stored-change.ts';
import { type Checkpointed, checkpoint, isCheckpointDue } from './checkpoint.ts';
import { acceptedChanges, type Group, keepGroup, rowOf, writeGroup } from './commit-group.ts';

/**
 * Applies one slice of a queue that is not empty, and commits it [D6]. When this throws, memory may be ahead of
 * the disk: forget it.
 *
 * @returns undefined when nothing can be applied: `memory.held` then says why
 */
export const drainOnce = (database: Database, memory: Memory, definition: Definition): Slice | undefined => {
  const migration = migrate(memory, definition);
  if (migration.kind === 'failed') {
    memory.held = migration.problem;
    return undefined;
  }
  const slice = withMigration(nextSlice(database, memory, definition), migration.operations);
  const migratedTo = migration.operations.length > 0 ? definition.version : undefined;
  commitSlice(database, memory, slice, { migratedTo });
  return slice;
};

/** Whether a group may be applied in the turn that accepts it: nothing stands before it, and it fits into one row. */
export const isAtOnce = ({ memory, length }: Group, definition: Definition): boolean =>
  memory.version === memory.head &&
  memory.held === undefined &&
  !needsMigration(memory, definition) &&
  length <= ONE_TURN_BYTES_MAX;

/**
 * Accepts and applies a group in one transaction and one row [D11]; what a slice does not hold is queued. When this
 * throws, memory is ahead of the disk: forget it.
 */
export const drainAtOnce = (group: Group, definition: Definition): Slice => {
  const { database, memory } = group;
  keepGroup(group);
  const surroundings = surroundingsOf(memory, definition);
  const slice = drainSlice(memory.tree, unitsOf(acceptedChanges(group)), surroundings);
  commitSlice(database, memory, slice, { group });
  return slice;
};

const surroundingsOf = ({ row, version }: Memory, definition: Definition): Surroundings => ({
  ...{ definition, version, epoch: row.epoch, clock: Date.now },
});

const nextSlice = (database: Database, memory: Memory, definition: Definition): Slice => {
  const units = unitsOf(changesAfter(database, memory.row, memory.version));
  const isCareful = isSuspect(memory);
  if (isCareful && memory.row.attempts > ATTEMPTS_MAX) return burySlice(firstOf(units), ATTEMPTS_MAX);
  return drainSlice(memory.tree, isCareful ? [firstOf(units)] : units, surroundingsOf(memory, definition));
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
interface Alongside {
  /** The definition version that the state now is in. */
  readonly migratedTo?: number | undefined;
  /** What was asked, when it was accepted in this very turn. */
  readonly group?: Group;
}

/** Effect, outcomes, version, rejections and, when it is due, the checkpoint: all or nothing. */
const commitSlice = (database: Database, memory: Memory, slice: Slice, { migratedTo, group }: Alongside): void => {
  const drain = drainRow(slice, memory, group?.now ?? Math.max(Date.now(), memory.at));
  const written = drain.patch?.length ?? 0;
  const checkpointed = database.transact((): Partial<Checkpointed> => {
    if (group === undefined) insertDrain(database, memory.row.segment, drain);
    else insertWithGroup(group, drain);
    recordFates(database, slice, drain);
    if (migratedTo !== undefined) updateApplicationRow(database, { definitionVersion: migratedTo });
    const isDue = drain.patch === undefined || isCheckpointDue(memory, written);
    return isDue ? checkpoint(database, memory, slice.version) : { logBytes: memory.logBytes + written };
  });
  Object.assign(memory, checkpointed, { version: slice.version, text: undefined, newest: drain });
  if (migratedTo !== undefined) memory.row = { ...memory.row, definitionVersion: migratedTo };
  if (memory.version === memory.head) memory.queueBytes = 0;
  else Object.assign(memory, measureQueue(database, memory.row, memory.version));
};

const insertWithGroup = (group: Group, drain: DrainRow): void => {
  const { database, memory } = group;
  const passed = drain.version - drain.base;
  insertDrain(database, memory.row.segment, drain, rowOf(group, { start: 0, end: passed, following: 0 }));
  writeGroup(group, passed);
};

const drainRow = (slice: Slice, { tree }: Memory, at: number): DrainRow => ({
  ...{ version: slice.version, base: slice.base, at, counts: slice.counts, patch: slice.patch, weight: tree.weight },
  problems: Object.fromEntries(slice.refusals.map(({ change, problem }) => [change.seq, problemBody(problem)])),
});

/** Lists what was refused for a person to look at, and ends or renews what had been listed before [O3] [O4]. */
const recordFates = (database: Database, slice: Slice, drain: DrainRow): void => {
  const refused = slice.refusals.map(({ change }) => change as LoggedChange);
  const rejections: Rejection[] = [];
  for (const change of refused) {
    const problem = drain.problems[change.seq] as ProblemBody;
    if (change.retries === undefined)
      rejections.push({ change, at: drain.at, problem, fate: 'listed', retry: undefined });
    else relist(database, change.retries, problem);
  }
  for (const seq of slice.redeemed) setFate(database, seq, 'applied');
  if (rejections.length > 0) insertRejections(database, rejections);
};

/**
 * Counts an attempt at the change that is next, before it is made: if the object dies, the count has survived.
 * Only after a life that ended with changes in the queue; otherwise it would cost a row for each drain.
 */
export const countAttempt = (database: Database, memory: Memory): void => {
  const attemptSeq = memory.version + 1;
  const attempts = memory.row.attemptSeq === attemptSeq ? memory.row.attempts + 1 : 1;
  updateApplicationRow(database, { attemptSeq, attempts });
  memory.row = { ...memory.row, attemptSeq, attempts };
};
