import type { Definition } from '../../../core/definition.ts';
import { MIGRATION } from '../../../core/drain/reduce.ts';
import { ProblemError } from '../../../core/json/problem-error.ts';
import { applicationName } from '../../../protocol/ids.ts';
import type { Json } from '../../../protocol/json.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import { logFailure } from '../../logging/log-failure.ts';
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
    if (reason !== undefined) throw new ProblemError(blocked(reason));
    tree.replaceRoot(next);
    return { kind: 'done', operations: tree.commit() };
  } catch (error) {
    tree.rollback(start);
    const failed = { application: applicationName(row), seq: loaded.version + 1, change: MIGRATION };
    logFailure('a migration failed', failed, error);
    const reason =
      error instanceof ProblemError ? error.problem.detail : 'the migration threw an error, which is logged.';
    return { kind: 'failed', problem: blocked(`From ${row.definitionVersion} to ${definition.version}: ${reason}`) };
  }
};

const blocked = (detail: string): Problem => problem('migration-failed', detail, { retryAfter: 60 });
