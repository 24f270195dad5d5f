import type { Definition } from '../../core/definition.ts';
import { burySlice, drainSlice, type Slice, unitsOf } from '../../core/drain.ts';
import type { Unit } from '../../core/reduce.ts';
import { utf8Length } from '../../core/utf8.ts';
import { ATTEMPTS_MAX, PATCH_ROW_BYTES_MAX } from '../../protocol/limits.ts';
import { type ProblemBody, problemBody } from '../../protocol/problems.ts';
import { type Checkpointed, checkpoint, isCheckpointDue } from './checkpoint.ts';
import { isSuspect, type Memory } from './memory.ts';
import { migrate } from './migration.ts';
import { updateApplicationRow } from './storage/application-row.ts';
import type { Database } from './storage/database.ts';
import { changesAfter, type DrainRow, insertDrain, type LoggedChange, measureQueue } from './storage/log.ts';
import { insertRejections, type Rejection, relist, setFate } from './storage/rejections.ts';

/**
 * Applies one slice of a queue that is not empty, and commits it [D6]. When this throws, memory may be ahead of
 * the disk: forget it.
 */
export const drainOnce = (database: Database, memory: Memory, definition: Definition): void => {
  const migration = migrate(memory, definition);
  if (migration.kind === 'failed') {
    memory.held = migration.problem;
    return;
  }
  const slice = withMigration(nextSlice(database, memory, definition), migration.operations);
  commitSlice(database, memory, slice, migration.operations.length > 0 ? definition.version : undefined);
};

const nextSlice = (database: Database, memory: Memory, definition: Definition): Slice => {
  const units = unitsOf(changesAfter(database, memory.row, memory.version));
  const { version, tree, row } = memory;
  if (isSuspect(memory) && row.attempts > ATTEMPTS_MAX) return burySlice(firstOf(units), ATTEMPTS_MAX);
  const surroundings = { definition, epoch: row.epoch, version, clock: Date.now };
  return drainSlice(tree, isSuspect(memory) ? [firstOf(units)] : units, surroundings);
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

/** Effect, outcomes, version, rejections and, when it is due, the checkpoint: all or nothing. */
const commitSlice = (database: Database, memory: Memory, slice: Slice, migratedTo: number | undefined): void => {
  const drain = drainRow(slice, Math.max(Date.now(), memory.at));
  const written = drain.patch?.length ?? 0;
  const checkpointed = database.transact((): Partial<Checkpointed> => {
    insertDrain(database, memory.row.segment, drain);
    recordFates(database, slice, drain);
    if (migratedTo !== undefined) updateApplicationRow(database, { definitionVersion: migratedTo });
    const isDue = drain.patch === undefined || isCheckpointDue(memory, written);
    return isDue ? checkpoint(database, memory, slice.version) : { logBytes: memory.logBytes + written };
  });
  Object.assign(memory, checkpointed, { version: slice.version, text: undefined });
  if (migratedTo !== undefined) memory.row = { ...memory.row, definitionVersion: migratedTo };
  if (memory.version === memory.head) memory.queueBytes = 0;
  else Object.assign(memory, measureQueue(database, memory.row, memory.version));
};

const drainRow = (slice: Slice, at: number): DrainRow => ({
  ...{ version: slice.version, base: slice.base, at, counts: slice.counts, patch: slice.patch },
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
