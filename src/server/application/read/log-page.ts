import { MIGRATION } from '../../../core/drain/reduce.ts';
import type { LogEntry, LogPage } from '../../../protocol/answers.ts';
import { type LogFilter, matchesFilter } from '../../../protocol/change-filter.ts';
import { LOG_PAGE_DEFAULT, PAGE_LENGTH_MAX } from '../../../protocol/limits.ts';
import { LOG_SCAN_MAX } from '../../../protocol/operating-limits.ts';
import type { LogPageRequest } from '../../rpc/messages.ts';
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
 * that was applied after it, and on the same page [L7]. With a filter a page may end early, or be empty, and have a next
 * one: a request looks at so many changes only [L15].
 */
export const logPage = (
  database: Database,
  loaded: LoadedState,
  { after, limit = LOG_PAGE_DEFAULT, filter = {} }: LogPageRequest,
): LogPage => {
  const entries: LogEntry[] = [];
  // Changes that were queued at the oldest checkpoint were dropped with the segment before it.
  const floor = logStart(readHeader(database, loaded.row.oldest));
  const migrations = readMigrations(database, loaded, after);
  const seqs = new Set(migrations.map(({ change }) => change.seq));
  const due = migrations.filter(({ version }) => version > after);
  let length = 0;
  let looked = 0;
  for (const { change, drain } of settledChanges(database, loaded, after)) {
    looked += 1;
    if (change.at > (filter.until ?? Number.POSITIVE_INFINITY)) break;
    if (looked > LOG_SCAN_MAX) return { entries, floor, next: change.seq - 1 };
    const before = due.splice(0, due.filter(({ version }) => version <= change.seq).length);
    const found = [
      ...before.map((migration) => ({ ...logEntry(migration.change, drain), version: migration.version })),
      ...(seqs.has(change.seq) ? [] : [logEntry(change, drain)]),
    ].filter((entry) => isWanted(filter, entry));
    if (found.length === 0) continue;
    length += JSON.stringify(change.args).length;
    const isFull = entries.length + found.length > limit || length > PAGE_LENGTH_MAX;
    if (isFull && entries.length > 0) return { entries, floor, next: change.seq - 1 };
    entries.push(...found);
  }
  return { entries, floor };
};

const isWanted = (filter: LogFilter, entry: LogEntry): boolean =>
  (filter.outcome === undefined || filter.outcome === entry.outcome) && matchesFilter(filter, entry, entry.acceptedAt);

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
