import type { Definition } from '../../../core/definition.ts';
import type { Json } from '../../../protocol/json.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import type { LoadedState } from './loaded-state.ts';

export type Migration =
  | { readonly kind: 'done'; readonly operations: readonly string[] }
  | { readonly kind: 'failed'; readonly problem: Problem };

/** Reason why this deployment can apply nothing to the state; undefined when it can [L5]. */
export const blockReason = ({ row, definition }: Pick<LoadedState, 'row' | 'definition'>): Problem | undefined => {
  if (definition === undefined) return blocked(`This deployment does not know the kind ${row.kind}.`);
  if (definition.version >= row.definitionVersion) return undefined;
  return blocked(
    `The state is of version ${row.definitionVersion}, this deployment's definition of ${definition.version}.`,
  );
};

export const needsMigration = ({ row, definition }: Pick<LoadedState, 'row' | 'definition'>): boolean =>
  definition !== undefined && row.definitionVersion < definition.version;

/** Migrates the state in memory to the definition's version. The commit of the next slice makes it durable. */
export const migrate = (loaded: LoadedState, definition: Definition): Migration => {
  if (!needsMigration(loaded)) return { kind: 'done', operations: [] };
  const { tree, row } = loaded;
  const start = tree.mark();
  try {
    // Works on a copy: a migration that fails half-way has changed nothing.
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
