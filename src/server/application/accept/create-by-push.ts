import type { Definition } from '../../../core/definition.ts';
import { forgottenClient, type Problem, problem, unknownApplication, unknownKind } from '../../../protocol/problems.ts';
import type { PushMessage } from '../../rpc/messages.ts';
import type { Budget } from '../cost/budget.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { Tombstone } from '../state/tombstone.ts';
import { checkChanges } from './precheck.ts';
import type { Verdict } from './verdict.ts';

/** The kinds of a deployment, and what stays of a deleted application of this name. */
export interface CreationRules {
  /** By kind. */
  readonly definitions: ReadonlyMap<string, Definition>;
  /** The kind of an application that a push creates without naming one [L2]. */
  readonly firstKind: string;
  readonly tombstone: Tombstone | undefined;
  /** `owner/app` for log lines. */
  readonly name: () => string;
}

/** A push that creates its application, and the definition of the kind that it names. */
export interface Creator {
  readonly push: PushMessage;
  readonly definition: Definition;
}

/**
 * The first push that may create the application [L2]. A push that would be refused creates nothing: a refusal changes
 * nothing [J11].
 */
export const findCreator = (pushes: readonly PushMessage[], rules: CreationRules): Creator | undefined => {
  for (const push of pushes) {
    const definition = rules.definitions.get(push.kind ?? rules.firstKind);
    const mayRepeat = rules.tombstone?.mayRepeat(push) === true;
    if (definition !== undefined && !mayRepeat && isFirstPush(push, definition, rules.name()))
      return { push, definition };
  }
  return undefined;
};

/** Refuses all pushes of a turn: the application does not exist, and none of them may create it. */
export const refuseAll = (budget: Budget, pushes: readonly PushMessage[], rules: CreationRules): Verdict[] => {
  const exhausted = budget.refusal();
  return pushes.map((push) => ({
    accepted: { kind: 'refused', problem: exhausted ?? missingApplication(push, rules) },
    loaded: undefined,
    storedBytes: 0,
  }));
};

/** The refusal of a push that names another kind than the application has [L2]. */
export const kindConflict = ({ row }: LoadedState, { kind }: PushMessage): Problem | undefined =>
  kind === undefined || kind === row.kind
    ? undefined
    : problem('kind-conflict', `The application exists with the kind ${row.kind}.`);

const isFirstPush = (push: PushMessage, definition: Definition, name: string): boolean => {
  const { ifMissing, sender, validate, match, changes } = push;
  if (ifMissing === 'refuse' || (sender.kind === 'client' && sender.n > 1)) return false;
  // A change of another kind was meant for a deleted application, which must not be created again as a document.
  if (!changes.every((change) => Object.hasOwn(definition.changes, change.name))) return false;
  return validate === 'when-applied' || (match === undefined && checkChanges(definition, changes, name) === undefined);
};

/** Only senders that may create the application learn more than that it does not exist. */
const missingApplication = (push: PushMessage, { definitions, tombstone, name }: CreationRules): Problem => {
  const { ifMissing, kind, sender, changes } = push;
  if (ifMissing === 'refuse') return unknownApplication();
  if (sender.kind !== 'anonymous' && tombstone?.mayRepeat(push) === true)
    return forgottenClient(sender.kind === 'client' ? sender.client : sender.key, tombstone.prefix);
  const definition = kind === undefined ? undefined : definitions.get(kind);
  if (kind !== undefined && definition === undefined) return unknownKind([...definitions.keys()]);
  if (sender.kind === 'client' && sender.n > 1) return problem('sequence-gap', 'The next n is 1.', { expected: 1 });
  return (definition && checkChanges(definition, changes, name())) ?? unknownApplication();
};
