import type { Definition } from '../../../core/definition.ts';
import type { AttemptPlan } from '../../../core/drain/attempt-plan.ts';
import { deadLetterSlice, drainSlice, type Slice, unitsOf } from '../../../core/drain/drain-slice.ts';
import type { ReduceContext, Unit } from '../../../core/drain/reduce.ts';
import { utf8Length } from '../../../core/json/utf8.ts';
import { frozenWriteCure } from '../../../core/state/frozen-write.ts';
import { applicationName } from '../../../protocol/ids.ts';
import { ATTEMPTS_MAX, ONE_TURN_BYTES_MAX, PATCH_ROW_BYTES_MAX } from '../../../protocol/limits.ts';
import { logFailure } from '../../logging/log-failure.ts';
import { logRepeated } from '../../logging/log-repeated.ts';
import { acceptedChanges, adoptGroup, type CommitGroup } from '../commit/commit-group.ts';
import type { PlannedSlice } from '../commit/commit-slice.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import { migrate, needsMigration } from '../state/migration.ts';
import { changeRowsAfter } from '../storage/accepted-rows.ts';
import type { Database } from '../storage/database.ts';
import type { LoggedChange } from '../storage/stored-change.ts';
import { workPolicyOf } from './work-policy.ts';

/**
 * Applies the next slice of a queue that is not empty to the tree in memory. Writes nothing. When this or the commit
 * throws, the loaded state may be ahead of the database.
 *
 * @param attempt the size of a cautious attempt, or the order to dead-letter the next change; undefined without caution
 * @returns undefined when nothing can be applied: `loaded.blockedBy` then says why
 */
export const planSlice = (
  database: Database,
  loaded: LoadedState,
  definition: Definition,
  attempt: AttemptPlan | undefined,
): PlannedSlice | undefined => {
  const migration = migrate(loaded, definition);
  if (migration.kind === 'failed') {
    loaded.blockedBy = migration.problem;
    return undefined;
  }
  const slice = withMigration(nextSlice(database, loaded, definition, attempt), migration.operations);
  return { slice, migratedTo: migration.operations.length > 0 ? definition.version : undefined };
};

/** Whether a group may be applied in the turn that accepts it: nothing is queued before it, and it fits into one row. */
export const canApplyNow = ({ loaded, length }: CommitGroup): boolean =>
  loaded.definition !== undefined &&
  loaded.version === loaded.head &&
  loaded.blockedBy === undefined &&
  !needsMigration(loaded) &&
  length <= ONE_TURN_BYTES_MAX;

/** Applies a group that has just been accepted; changes that do not fit into the slice stay queued [D11]. Writes nothing. */
export const planGroup = (group: CommitGroup, definition: Definition): PlannedSlice => {
  const { database, loaded } = group;
  adoptGroup(group);
  return { slice: drainSlice(loaded.tree, unitsOf(acceptedChanges(group)), contextOf(database, loaded, definition)) };
};

const contextOf = (database: Database, loaded: LoadedState, definition: Definition): ReduceContext => ({
  definition,
  version: loaded.version,
  epoch: loaded.row.epoch,
  clock: Date.now,
  workPolicy: workPolicyOf(loaded, database.usage),
  onFailure: ({ seq, name }, error) => {
    const [request, cure] = [loaded.requests.of(seq), frozenWriteCure(error)];
    logFailure(
      'a change failed',
      { application: applicationName(loaded.row), seq, change: name, request, cure },
      error,
    );
  },
});

const nextSlice = (
  database: Database,
  loaded: LoadedState,
  definition: Definition,
  attempt: AttemptPlan | undefined,
): Slice => {
  const units = unitsOf(queuedChanges(database, loaded));
  if (attempt?.kind === 'dead-letter') {
    const unit = firstOf(units);
    const [{ seq, name }] = unit;
    const application = applicationName(loaded.row);
    logRepeated('a change became a dead letter', { application, seq, change: name }, { about: application });
    return deadLetterSlice(unit, ATTEMPTS_MAX);
  }
  const tried = attempt === undefined ? units : firstUnits(units, attempt.changes);
  return drainSlice(loaded.tree, tried, contextOf(database, loaded, definition));
};

/** The queued changes, in order. Many slices may end within one row of a thousand changes: it is parsed once. */
function* queuedChanges(database: Database, loaded: LoadedState): Generator<LoggedChange> {
  const { queuedRow, version } = loaded;
  const index = version + 1 - (queuedRow[0]?.seq ?? Number.POSITIVE_INFINITY);
  const rest = index < 0 ? [] : queuedRow.slice(index);
  yield* rest;
  const read = rest.at(-1)?.seq ?? version;
  for (const row of changeRowsAfter(database, loaded.row, read)) {
    loaded.queuedRow = row;
    for (const change of row) if (change.seq > read) yield change;
  }
}

const firstOf = (units: Iterable<Unit>): Unit => {
  for (const unit of units) return unit;
  throw new Error('the queue is empty');
};

/** The first units, until they hold that many changes: one unit at least, and never a part of an atomic batch. */
function* firstUnits(units: Iterable<Unit>, changes: number): Generator<Unit> {
  let left = changes;
  for (const unit of units) {
    yield unit;
    left -= unit.length;
    if (left <= 0) return;
  }
}

/** Puts the operations of a migration before those of the first change; they belong to that change's version. */
const withMigration = (slice: Slice, operations: readonly string[]): Slice => {
  if (operations.length === 0) return slice;
  const [first = 0, ...counts] = slice.counts;
  const patch =
    slice.patch === undefined ? undefined : [...operations, slice.patch].filter((text) => text !== '').join(',');
  const fits = patch !== undefined && utf8Length(patch) <= PATCH_ROW_BYTES_MAX;
  return { ...slice, counts: [first + operations.length, ...counts], patch: fits ? patch : undefined };
};
