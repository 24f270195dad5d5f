import { MIGRATION } from '../../../core/drain/reduce.ts';
import { ANONYMOUS_CLIENT } from '../../../protocol/ids.ts';
import { type CommitGroup, newCommitGroup } from '../commit/commit-group.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import { needsMigration } from '../state/migration.ts';
import type { Database } from '../storage/database.ts';
import { changesAfter } from '../storage/log.ts';
import { sequencePush } from './sequence-push.ts';

/**
 * The migration as a change of its own in the queue, when a deployment brings a newer definition [L5]. Undefined when
 * none is needed or one waits already. Counts against no budget: the deployment asks for it, not a client.
 */
export const acceptMigration = (database: Database, loaded: LoadedState): CommitGroup | undefined => {
  const { row, definition, blockedBy } = loaded;
  if (blockedBy !== undefined || !needsMigration(loaded) || isQueued(database, loaded)) return undefined;
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

const isQueued = (database: Database, { row, version }: LoadedState): boolean => {
  for (const { name, client } of changesAfter(database, row, version)) {
    if (name === MIGRATION && client === ANONYMOUS_CLIENT) return true;
  }
  return false;
};
