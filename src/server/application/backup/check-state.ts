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
 * Checks the state of a backup by this deployment's definition; one of an older version is migrated for it, on a copy.
 *
 * @param application its name, for the log
 * @returns the reason why the application could not go on; undefined when it can
 */
export const checkState = (
  definition: Definition,
  { version, state }: VersionedState,
  application: string,
): string | undefined => {
  try {
    if (definition.version === version) return definition.checkState(state);
    return definition.checkState(definition.migrate(JSON.parse(JSON.stringify(state)) as Json, version));
  } catch (error) {
    logFailure('a migration failed', { application, change: MIGRATION }, error);
    const reason = error instanceof ProblemError ? error.problem.detail : 'it threw an error, which is logged.';
    return `The state of definition version ${version} cannot be migrated: ${reason}`;
  }
};
