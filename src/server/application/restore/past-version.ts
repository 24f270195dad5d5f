import { type Problem, problem } from '../../../protocol/problems.ts';
import type { PastPoint } from '../../rpc/lifecycle-messages.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { Database } from '../storage/database.ts';
import { lastDrainedBy } from '../storage/drain-rows.ts';
import { readHeader } from '../storage/segment.ts';

/** The version that a point names, within the history that is kept. Of a time: the newest version of then. */
export const versionAt = (
  database: Database,
  loaded: LoadedState,
  point: PastPoint,
): { readonly version: number } | Problem => {
  if (point.kind === 'time') return versionAtTime(database, loaded, point.time);
  const { version } = point;
  if (version > loaded.version) return problem('unknown-version', `The state is at version ${loaded.version}.`);
  return version < loaded.oldestVersion ? historyExpired(loaded) : { version };
};

/** The history does not reach back to what was asked for [S8]. */
export const historyExpired = ({ oldestVersion: oldest }: LoadedState): Problem =>
  problem('history-expired', `History reaches back to version ${oldest}.`, { oldest });

const versionAtTime = (
  database: Database,
  loaded: LoadedState,
  time: number,
): { readonly version: number } | Problem => {
  const { oldest, segment } = loaded.row;
  for (let each = segment; each >= oldest; each -= 1) {
    const version = lastDrainedBy(database, each, time);
    if (version !== undefined) return { version };
  }
  // The state of the oldest checkpoint was the newest one from its last acceptance on, at the latest.
  const base = readHeader(database, oldest);
  return time >= base.at ? { version: base.version } : historyExpired(loaded);
};
