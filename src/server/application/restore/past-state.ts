import { MIGRATION } from '../../../core/drain/reduce.ts';
import type { Json } from '../../../protocol/json.ts';
import { STATES_BYTES_MAX } from '../../../protocol/limits.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import { stateAt } from '../read/history.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import { changeReader } from '../storage/accepted-rows.ts';
import type { Database } from '../storage/database.ts';
import { migrationsAfter } from '../storage/migration-rows.ts';
import { historyExpired } from './past-version.ts';

/** A state of the past, and the version of the definition that it has the shape of. */
export interface PastState {
  readonly kind: 'past';
  readonly version: number;
  readonly state: Json;
  readonly definitionVersion: number;
}

/**
 * The state at a version, as a copy.
 *
 * @param copies states that this call will have in memory at once, beside the loaded one
 */
export const pastState = (
  database: Database,
  loaded: LoadedState,
  version: number,
  copies = 1,
): PastState | { readonly kind: 'problem'; readonly problem: Problem } => {
  const limit = Math.floor(STATES_BYTES_MAX / (copies + 1));
  if (loaded.tree.bytes > limit)
    return { kind: 'problem', problem: problem('too-large', `The state has more than ${limit} bytes.`, { limit }) };
  const state = stateAt(database, loaded, version);
  if (state === undefined) return { kind: 'problem', problem: historyExpired(loaded) };
  return { kind: 'past', version, state, definitionVersion: definitionVersionAt(database, loaded, version) };
};

/** The first migration after the version says what it has migrated from. */
const definitionVersionAt = (database: Database, { row }: LoadedState, version: number): number => {
  const read = changeReader(database, row);
  for (const migration of migrationsAfter(database, row.epoch, 0)) {
    if (migration.version <= version) continue;
    const change = read(migration.seq);
    const { from } = (change?.name === MIGRATION ? change.args : {}) as { readonly from?: number };
    return from ?? row.definitionVersion;
  }
  return row.definitionVersion;
};
