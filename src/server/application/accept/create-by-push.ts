import type { Definition } from '../../../core/definition.ts';
import type { ApplicationId } from '../../../protocol/ids.ts';
import { KIND_HEADER } from '../../../protocol/kind.ts';
import { forgottenClient, type Problem, problem, unknownApplication, unknownKind } from '../../../protocol/problems.ts';
import type { PushMessage } from '../../rpc/messages.ts';
import type { Budget } from '../cost/budget.ts';
import { type InitialState, initialStateOf } from '../state/creation.ts';
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

/**
 * The creation by the first push that may create the application [L2]; undefined when none may. A push that would be
 * refused creates nothing: a refusal changes nothing [J11].
 */
export const creationByPush = (
  pushes: readonly PushMessage[],
  rules: CreationRules & { readonly identity: () => ApplicationId },
): InitialState | undefined => {
  for (const push of pushes) {
    const definition = rules.definitions.get(push.kind ?? rules.firstKind);
    const mayRepeat = rules.tombstone?.mayRepeat(push) === true;
    if (definition !== undefined && !mayRepeat && isFirstPush(push, definition, rules.name()))
      return initialStateOf(definition, { application: rules.identity(), user: push.user, now: Date.now() });
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
const missingApplication = (push: PushMessage, rules: CreationRules): Problem => {
  const { definitions, tombstone, name } = rules;
  const { ifMissing, kind, sender, changes } = push;
  if (ifMissing === 'refuse') return unknownApplication();
  if (sender.kind !== 'anonymous' && tombstone?.mayRepeat(push) === true)
    return forgottenClient(sender.kind === 'client' ? sender.client : sender.key, tombstone.prefix);
  const definition = definitions.get(kind ?? rules.firstKind);
  if (definition === undefined) return unknownKind([...definitions.keys()]);
  if (sender.kind === 'client' && sender.n > 1) return problem('sequence-gap', 'The next n is 1.', { expected: 1 });
  const refusal = checkChanges(definition, changes, name());
  // Without a kind it may be meant for another one, that somebody else will create: not a final no.
  return kind === undefined ? unnamedKind(push, rules, { definition, refusal }) : (refusal ?? withoutVersion());
};

/** A precondition [Q12] is what still keeps a push from creating its application. */
const withoutVersion = (): Problem =>
  problem('unknown-application', `${UNKNOWN} A push with a precondition does not create it: there is no version yet.`);

const UNKNOWN = unknownApplication().detail;

/** Changes of a kind that a detail lists. */
const LISTED_CHANGES_MAX = 10;

/** Says how to create the application to a push that names no kind, and that the first kind does not take. */
const unnamedKind = (
  { changes }: PushMessage,
  { definitions }: CreationRules,
  { definition, refusal }: { readonly definition: Definition; readonly refusal: Problem | undefined },
): Problem => {
  if (refusal === undefined) return withoutVersion();
  const all = Object.keys(definition.changes);
  const listed = all.slice(0, LISTED_CHANGES_MAX).join(', ') + (all.length > LISTED_CHANGES_MAX ? ', …' : '');
  const unknown = changes.find((change) => !all.includes(change.name));
  const reason =
    unknown === undefined
      ? `refuses this push: ${refusal.detail}`
      : `has no change "${unknown.name}", but these: ${listed}.`;
  const cure = `To create it, name its kind in the header ${KIND_HEADER}, or in the member "kind" of a frame.`;
  const detail = `${UNKNOWN} ${cure} Without, it would be of the kind ${definition.name}, which ${reason}`;
  return problem('unknown-application', detail, { kinds: [...definitions.keys()] });
};
