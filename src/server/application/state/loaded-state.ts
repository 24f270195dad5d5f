import type { Definition } from '../../../core/definition.ts';
import type { Caution } from '../../../core/drain/attempt-plan.ts';
import type { QueueShares } from '../../../core/limits/queue-shares.ts';
import type { WorkShares } from '../../../core/limits/work-shares.ts';
import type { Tree } from '../../../core/state/tree.ts';
import type { Position } from '../../../protocol/position.ts';
import type { Problem } from '../../../protocol/problems.ts';
import type { ApplicationRow } from '../storage/application-row.ts';
import type { DrainRow } from '../storage/drain-rows.ts';
import type { Base } from '../storage/segment.ts';
import type { LoggedChange } from '../storage/stored-change.ts';
import type { ClientCounters } from './client-counters.ts';
import type { PushRequests } from './push-requests.ts';

/**
 * An application in memory: a cache of the database, loaded from checkpoint, patches and queue [D7]. Changes only after
 * the transaction that changes the database has been committed.
 */
export interface LoadedState {
  row: ApplicationRow;
  /** This deployment's definition of the kind; undefined when it has none. */
  readonly definition: Definition | undefined;
  tree: Tree;
  version: number;
  /** The last accepted seq. */
  head: number;
  /** Time of its acceptance, ms since 1970. */
  at: number;
  /** The last n of each client [Q16]. */
  readonly clientCounters: ClientCounters;
  /** Time of acceptance of the oldest queued change, ms since 1970; meaningless while none is queued. */
  waitingSince: number;
  /** Length of the queued texts, in UTF-16 units [B2]. */
  queueBytes: number;
  /** The row of queued changes that was read last: a slice that ends within it need not read it again. */
  queuedRow: readonly LoggedChange[];
  /** The queued changes by subject [F1]. */
  readonly queueShares: QueueShares;
  /** The requests that brought queued changes, for the log [G2]. */
  readonly requests: PushRequests;
  /** The work of each subject [F2]. */
  readonly workShares: WorkShares;
  /** Length of the texts written to the log since the checkpoint, in UTF-16 units. */
  logBytes: number;
  base: Base;
  /** The history has every version from this one on. */
  oldestVersion: number;
  /** The slice that this instance applied last: a reader that is at its base needs nothing else. */
  lastDrain: DrainRow | undefined;
  /** Time of the last commit of a slice in this segment, ms since 1970: part of the head check. Undefined before the first. */
  drainedAt: number | undefined;
  /** The state's JSON text, once a reader has asked for it at this version. */
  text: string | undefined;
  /** The patch that was composed last. */
  lastPatch: { readonly from: number; readonly to: number; readonly patch: string | undefined } | undefined;
  /** Changes up to this seq were already queued when this instance loaded the state: one of them may have ended the previous instance [D5]. */
  readonly suspectUntil: number;
  /** Caution with which suspect changes are tried [D5]. */
  readonly caution: Caution;
  /** Reason why this deployment can apply nothing; reads go on [L5]. */
  blockedBy: Problem | undefined;
}

/** Whether the next change was queued before this instance loaded the state. */
export const isSuspect = ({ version, suspectUntil }: LoadedState): boolean => version < suspectUntil;

export const stateJson = (loaded: LoadedState): string => {
  loaded.text ??= JSON.stringify(loaded.tree.root);
  return loaded.text;
};

/** @param now ms since 1970 */
export const positionOf = (loaded: LoadedState, now: number): Position => ({
  epoch: loaded.row.epoch,
  version: loaded.version,
  head: loaded.head,
  queue: loaded.head - loaded.version,
  lag: loaded.head === loaded.version ? 0 : Math.max(0, now - loaded.waitingSince),
  definition: servedDefinition(loaded),
});

/** The version of the definition that this deployment runs; that of the state where the deployment has none [T2]. */
export const servedDefinition = ({ definition, row }: LoadedState): number =>
  definition?.version ?? row.definitionVersion;
