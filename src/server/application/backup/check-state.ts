import type { Definition } from '../../../core/definition.ts';
import type { Json } from '../../../protocol/json.ts';

/**
 * Checks the state of a backup by this deployment's definition; one of an older version is migrated for it, on a copy.
 *
 * @returns the reason why the application could not go on; undefined when it can
 */
export const checkState = (definition: Definition, version: number, state: Json): string | undefined => {
  try {
    if (definition.version === version) return definition.checkState(state);
    return definition.checkState(definition.migrate(JSON.parse(JSON.stringify(state)) as Json, version));
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it threw something';
    return `The state of definition version ${version} cannot be migrated: ${reason}`;
  }
};
