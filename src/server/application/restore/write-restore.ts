import { RESTORE } from '../../../core/drain/reduce.ts';
import { diff } from '../../../core/patch/diff.ts';
import { Tree } from '../../../core/state/tree.ts';
import { ANONYMOUS_CLIENT } from '../../../protocol/ids.ts';
import type { Json } from '../../../protocol/json.ts';
import { PATCH_ROW_BYTES_MAX } from '../../../protocol/limits.ts';
import { checkpoint, isCheckpointDue } from '../commit/checkpoint.ts';
import { nextEpoch } from '../state/creation.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import { updateApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import { insertDrain } from '../storage/drain-rows.ts';
import { renameMigrations } from '../storage/migration-rows.ts';

/** What a restore brings the state to. */
export interface Restoration {
  readonly state: Json;
  /** The args of the step in the log: what was restored. */
  readonly args: Json;
  /** The subject that asks. */
  readonly user: string;
}

/**
 * Brings the state to another one, as the next step of the log, under a new epoch [L12]. Everything before it stays: log,
 * outcomes and the counters of clients, so that no number is used twice. Call inside a transaction, with nothing queued.
 */
export const writeRestore = (database: Database, loaded: LoadedState, { state, args, user }: Restoration): void => {
  const now = Math.max(Date.now(), loaded.at);
  const seq = loaded.head + 1;
  const patch = patchTo(loaded, state);
  const tree = new Tree(state);
  database.usage.budget.changes.use(1, now);
  insertDrain(
    database,
    loaded.row.segment,
    {
      version: seq,
      base: loaded.head,
      at: now,
      counts: [patch?.count ?? 1],
      patch: patch?.text,
      problems: {},
      weight: tree.bytes,
    },
    {
      ...{ first: seq, last: seq, at: now },
      senders: JSON.stringify([[0, ANONYMOUS_CLIENT, seq, user]]),
      bodies: JSON.stringify([{ name: RESTORE, args }]),
      spent: database.usage.snapshot(ROWS_OF_RESTORE),
    },
  );
  const row = { ...loaded.row, epoch: nextEpoch(loaded.row.epoch, now), listed: 0 };
  renameMigrations(database, loaded.row.epoch, row.epoch);
  updateApplicationRow(database, { epoch: row.epoch, listed: row.listed });
  // The one before is not needed any more: two of the largest states and their text would not fit into memory.
  Object.assign(loaded, { tree, row });
  if (patch === undefined || isCheckpointDue(loaded, patch.text.length))
    checkpoint(database, { ...loaded, head: seq, at: now }, seq);
};

/** The row of the step, that of the application, and its note that the directory knows the epoch. */
const ROWS_OF_RESTORE = 3;

/** Undefined for a patch that does not fit into a row: then a checkpoint holds the state. */
const patchTo = ({ tree }: LoadedState, state: Json): { readonly count: number; readonly text: string } | undefined => {
  const operations = diff(tree.root, state, PATCH_ROW_BYTES_MAX);
  if (operations === undefined) return undefined;
  return { count: operations.length, text: operations.map((each) => JSON.stringify(each)).join(',') };
};
