import { MIGRATION } from '../../../core/drain/reduce.ts';
import type { LogEntry, LogPage } from '../../../protocol/answers.ts';
import { LOG_PAGE_DEFAULT, PAGE_LENGTH_MAX } from '../../../protocol/limits.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import { changeReader, changesAfter } from '../storage/accepted-rows.ts';
import type { Database } from '../storage/database.ts';
import { type DrainRow, drainsAfter } from '../storage/drain-rows.ts';
import { migrationsAfter } from '../storage/migration-rows.ts';
import { logStart, readHeader } from '../storage/segment.ts';
import type { LoggedChange } from '../storage/stored-change.ts';
import { isDead } from './outcome.ts';

/**
 * A page of the log: the changes after a seq whose turn has come, oldest first. A migration stands before the first change
 * that was applied after it, and on the same page [L7].
 */
export const logPage = (
  database: Database,
  loaded: LoadedState,
  { after, limit = LOG_PAGE_DEFAULT }: { readonly after: number; readonly limit?: number },
): LogPage => {
  const entries: LogEntry[] = [];
  // Changes that were queued at the oldest checkpoint were dropped with the segment before it.
  const floor = logStart(readHeader(database, loaded.row.oldest));
  const migrations = readMigrations(database, loaded, after);
  const seqs = new Set(migrations.map(({ change }) => change.seq));
  const due = migrations.filter(({ version }) => version > after);
  let length = 0;
  for (const { change, drain } of settledChanges(database, loaded, after)) {
    const before = due.filter(({ version }) => version <= change.seq);
    const added = before.length + (seqs.has(change.seq) ? 0 : 1);
    length += JSON.stringify(change.args).length;
    const isFull = entries.length + added > limit || length > PAGE_LENGTH_MAX;
    if (isFull && entries.length > 0) return { entries, floor, next: change.seq - 1 };
    for (const migration of due.splice(0, before.length))
      entries.push({ ...logEntry(migration.change, drain), version: migration.version });
    if (!seqs.has(change.seq)) entries.push(logEntry(change, drain));
  }
  return { entries, floor };
};

interface SettledChange {
  readonly change: LoggedChange;
  readonly drain: DrainRow;
}

/** The changes after a seq whose turn has come, each with its slice. */
function* settledChanges(database: Database, { row }: LoadedState, after: number): Generator<SettledChange> {
  const drains = drainsAfter(database, row, after);
  let drain = drains.next();
  for (const change of changesAfter(database, row, after)) {
    while (!drain.done && drain.value.version < change.seq) drain = drains.next();
    if (drain.done) return;
    yield { change, drain: drain.value };
  }
}

interface Migration {
  readonly version: number;
  readonly change: LoggedChange;
}

/** The migrations that have taken effect and stand after a seq, in order. */
const readMigrations = (database: Database, { row, version: current }: LoadedState, after: number): Migration[] => {
  const read = changeReader(database, row);
  return migrationsAfter(database, row.epoch, after).flatMap(({ version, seq }) => {
    const change = version > current ? undefined : read(seq);
    return change?.name === MIGRATION ? [{ version, change }] : [];
  });
};

const logEntry = (change: LoggedChange, { at, problems }: DrainRow): LogEntry => {
  const { seq, client, n, user, name, args, retries } = change;
  const problem = problems[seq];
  return {
    seq,
    client,
    n,
    user,
    name,
    args,
    acceptedAt: change.at,
    appliedAt: at,
    outcome: problem === undefined ? 'applied' : isDead(problem) ? 'dead' : 'rejected',
    ...(problem === undefined ? {} : { problem }),
    ...(retries === undefined ? {} : { retries }),
  };
};
