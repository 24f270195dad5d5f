import type { Definition } from '../../../core/definition.ts';
import type { Json } from '../../../protocol/json.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import type { LoadedState } from './loaded-state.ts';

export type Migration =
  | { readonly kind: 'done'; readonly operations: readonly string[] }
  | { readonly kind: 'failed'; readonly problem: Problem };

/** Why this deployment cannot apply anything to the state, if it cannot [L5]. */
export const blockReason = ({ row, definition }: Pick<LoadedState, 'row' | 'definition'>): Problem | undefined => {
  if (definition === undefined) return blocked(`This deployment does not know the kind ${row.kind}.`);
  if (definition.version >= row.definitionVersion) return undefined;
  return blocked(
    `The state is of version ${row.definitionVersion}, this deployment's definition of ${definition.version}.`,
  );
};

export const needsMigration = ({ row, definition }: Pick<LoadedState, 'row' | 'definition'>): boolean =>
  definition !== undefined && row.definitionVersion < definition.version;

/** Brings the state to the definition's version, in memory; the next slice's commit makes it last. */
export const migrate = (loaded: LoadedState, definition: Definition): Migration => {
  if (!needsMigration(loaded)) return { kind: 'done', operations: [] };
  const { tree, row } = loaded;
  const start = tree.mark();
  try {
    // A copy, so that a migration that fails half-way has changed nothing.
    const old = JSON.parse(JSON.stringify(tree.root)) as Json;
    const next = definition.migrate(old, row.definitionVersion);
    const reason = definition.checkState(next);
    if (reason !== undefined) throw new Error(reason);
    tree.replaceRoot(next);
    return { kind: 'done', operations: tree.commit() };
  } catch (error) {
    tree.rollback(start);
    const reason = error instanceof Error ? error.message : 'it threw something';
    return { kind: 'failed', problem: blocked(`From ${row.definitionVersion} to ${definition.version}: ${reason}`) };
  }
};

const blocked = (detail: string): Problem => problem('migration-failed', detail, { retryAfter: 60 });
