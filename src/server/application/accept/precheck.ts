import type { ChangeDefinition, Definition } from '../../../core/definition.ts';
import { isFailure, preconditionFailed, problemOf, unknownChange } from '../../../core/drain/reduce.ts';
import type { Change } from '../../../protocol/change.ts';
import { applicationName } from '../../../protocol/ids.ts';
import type { Json } from '../../../protocol/json.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import { etagOf } from '../../../protocol/version.ts';
import { logFailure } from '../../logging/log-failure.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { QueuedPush } from './queued-push.ts';

/** Checks precondition, names and args of a push, without running it [Q13]. */
export const precheck = (loaded: LoadedState, definition: Definition, push: QueuedPush): Problem | undefined => {
  const { match } = push;
  // Compared with the head, not with the version: queued changes will be applied before this one.
  const etag = etagOf({ epoch: loaded.row.epoch, version: loaded.head });
  if (match !== undefined && match !== '*' && !match.includes(etag)) {
    return preconditionFailed(match, { epoch: loaded.row.epoch, version: loaded.version });
  }
  return checkChanges(definition, push.changes, applicationName(loaded.row));
};

/** Checks that the definition has these changes and that their args are valid. @param application its name, for the log */
export const checkChanges = (
  definition: Definition,
  changes: readonly Change[],
  application: string,
): Problem | undefined => {
  for (const [index, { name, args }] of changes.entries()) {
    const known = Object.hasOwn(definition.changes, name) ? definition.changes[name] : undefined;
    if (known === undefined) return { ...unknownChange(definition, name), index };
    const issue = checkArgs(known, JSON.parse(args) as Json, { application, change: name });
    if (issue !== undefined) return { ...issue, index };
  }
  return undefined;
};

/** A schema may throw, as a reducer may: that refuses its own push, not all the others of the turn. */
const checkArgs = (
  definition: ChangeDefinition<never, never>,
  args: Json,
  checked: { readonly application: string; readonly change: string },
): Problem | undefined => {
  try {
    const reason = definition.check(args);
    return reason === undefined ? undefined : problem('invalid-args', reason);
  } catch (error) {
    if (isFailure(error)) logFailure('the schema of a change failed', checked, error);
    return problemOf(error);
  }
};
