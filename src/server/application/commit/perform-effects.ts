import type { Slice } from '../../../core/drain/drain-slice.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { Database } from '../storage/database.ts';
import { setRejectionStatus } from '../storage/rejections.ts';
import { adoptGroup, type CommitGroup, writeGroup } from './commit-group.ts';
import { commitSlice, countAttempt, type PlannedSlice } from './commit-slice.ts';
import { countSlice } from './count-commit.ts';
import type { DrainAlarm } from './drain-alarm.ts';
import type { Listeners } from './listeners.ts';
import { factsOfState, inSpan, type SpanFacts } from './span.ts';

/** One write to the database, in one transaction. */
export type Commit =
  /** Appends accepted changes to the queue. `retried`: seq of the rejected change that is retried [O4]. */
  | { readonly kind: 'queue'; readonly group: CommitGroup; readonly retried: number | undefined }
  /** Appends accepted changes and applies them, in one row [D11]. */
  | { readonly kind: 'apply'; readonly group: CommitGroup; readonly planned: PlannedSlice }
  /** Applies queued changes [D6]. */
  | { readonly kind: 'drain'; readonly planned: PlannedSlice }
  /** Counts an attempt at the next changes before it is made [D5]. */
  | { readonly kind: 'count-attempt'; readonly attempts: number };

/** The decisions of a turn, not yet performed. */
export interface Effects {
  readonly loaded: LoadedState;
  readonly commit?: Commit | undefined;
  /** Sets the alarm to this time (ms since 1970) instead of the time that the queue needs. */
  readonly alarmAt?: number;
  /** Notifies the listeners that nothing can be applied: a migration has failed. */
  readonly isBlocked?: boolean;
}

export interface EffectTargets {
  readonly database: Database;
  readonly alarm: DrainAlarm;
  readonly listeners: Listeners;
}

/**
 * The one place where decisions take effect, in this order: commit, alarm, notify. When it throws, the loaded state may
 * be ahead of the database: run it inside `StateCache.guard`.
 */
export const performEffects = (
  { database, alarm, listeners }: EffectTargets,
  { loaded, commit, alarmAt, isBlocked }: Effects,
): void => {
  const { operations } = database.usage;
  const factsOf = () => ({ ...factsOfState(loaded), ...changesIn(commit) });
  const slice =
    commit === undefined
      ? undefined
      : operations.attempt(() => inSpan('commit', factsOf, () => runCommit(database, loaded, commit)));
  if (alarmAt === undefined) alarm.schedule(loaded);
  else alarm.setTo(alarmAt);
  if (slice !== undefined || isBlocked)
    inSpan(
      'deliver',
      () => factsOfState(loaded),
      () => listeners.notify(loaded, slice),
    );
};

const changesIn = (commit: Commit | undefined): Pick<SpanFacts, 'changes'> =>
  commit !== undefined && 'group' in commit ? { changes: commit.group.changes.length } : {};

/** Counts, then writes. @returns the applied slice; undefined when the commit has not moved the state */
const runCommit = (database: Database, loaded: LoadedState, commit: Commit): Slice | undefined => {
  const { operations } = database.usage;
  if ('group' in commit) operations.count('accepted', commit.group.changes.length);
  if ('planned' in commit) countSlice(operations, commit.planned.slice, 'group' in commit);
  switch (commit.kind) {
    case 'queue':
      commitQueued(database, commit.group, commit.retried);
      return undefined;
    case 'apply':
      commitSlice(database, loaded, commit.planned, commit.group);
      return commit.planned.slice;
    case 'drain':
      commitSlice(database, loaded, commit.planned);
      return commit.planned.slice;
    case 'count-attempt':
      database.transact(() => countAttempt(database, loaded, commit.attempts));
      return undefined;
    default:
      return commit satisfies never;
  }
};

const commitQueued = (database: Database, group: CommitGroup, retried: number | undefined): void => {
  database.transact(() => {
    writeGroup(group);
    const { changes } = group;
    if (retried !== undefined)
      setRejectionStatus(database, { seq: retried, count: changes.length }, 'retrying', changes[0]?.seq);
  });
  adoptGroup(group);
};
