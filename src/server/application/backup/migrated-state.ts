import type { Definition } from '../../../core/definition.ts';
import { MIGRATION } from '../../../core/drain/reduce.ts';
import { ProblemError } from '../../../core/json/problem-error.ts';
import type { Json } from '../../../protocol/json.ts';
import { logFailure } from '../../logging/log-failure.ts';

/** A state and the version of the definition that it is of. */
export interface VersionedState {
  readonly version: number;
  readonly state: Json;
}

/**
 * The state of a backup or of the past, as this deployment's definition goes on with it: checked, and one of an older
 * version migrated, on a copy.
 *
 * @param application its name, for the log
 * @returns the reason, when the application could not go on with it
 */
export const migratedState = (
  definition: Definition,
  { version, state }: VersionedState,
  application: string,
): { readonly state: Json } | { readonly issue: string } => {
  try {
    const migrated =
      definition.version === version ? state : definition.migrate(JSON.parse(JSON.stringify(state)) as Json, version);
    const issue = definition.checkState(migrated);
    return issue === undefined ? { state: migrated } : { issue };
  } catch (error) {
    logFailure('a migration failed', { application, change: MIGRATION }, error);
    const reason = error instanceof ProblemError ? error.problem.detail : 'it threw an error, which is logged.';
    return { issue: `The state of definition version ${version} cannot be migrated: ${reason}` };
  }
};
