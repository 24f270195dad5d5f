import { MIGRATION } from '../../../core/drain/reduce.ts';
import { type CommitGroup, newCommitGroup } from '../commit/commit-group.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import { needsMigration } from '../state/migration.ts';
import { findMigration } from '../storage/accepted-rows.ts';
import type { Database } from '../storage/database.ts';
import { sequencePush } from './sequence-push.ts';

/**
 * Accepts the migration to a newer definition, as a change of its own in the queue [L5]. Counts against no budget: the
 * deployment asks for it, not a client. Writes nothing.
 *
 * @returns undefined when no migration is needed or one is queued already
 */
export const acceptMigration = (database: Database, loaded: LoadedState): CommitGroup | undefined => {
  const { row, definition, blockedBy, version } = loaded;
  if (blockedBy !== undefined || !needsMigration(loaded)) return undefined;
  if (findMigration(database, row, version) !== undefined) return undefined;
  const args = JSON.stringify({ from: row.definitionVersion, to: definition?.version });
  const group = newCommitGroup(database, loaded, undefined);
  sequencePush(group, {
    sender: { kind: 'anonymous' },
    changes: [{ name: MIGRATION, args }],
    atomicity: 'each',
    user: '~',
  });
  return group;
};
