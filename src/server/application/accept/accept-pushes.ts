import type { Definition } from '../../../core/definition.ts';
import { utf8Length } from '../../../core/json/utf8.ts';
import { forgottenClient, type Problem, problem, unknownApplication } from '../../../protocol/problems.ts';
import type { PushMessage } from '../../rpc/messages.ts';
import { type CommitGroup, newCommitGroup } from '../commit/commit-group.ts';
import type { Budget } from '../cost/budget.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { Tombstone } from '../state/tombstone.ts';
import type { Database } from '../storage/database.ts';
import { checkChanges, precheck } from './precheck.ts';
import type { RetryPush } from './queued-push.ts';
import { sequencePush, sequenceRetry } from './sequence-push.ts';
import type { SequenceResult, Verdict } from './verdict.ts';

/** Verdicts for the pushes of one turn, and the group of changes that has to be committed for them. */
export interface AcceptedPushes {
  /** One for each push, in order of arrival. */
  readonly verdicts: readonly Verdict[];
  readonly group: CommitGroup;
}

/**
 * Accepts or refuses all pushes of one turn, in order of arrival [Q1] [Q5]. Writes nothing: the verdicts are valid once
 * the group is committed.
 */
export const acceptPushes = (
  database: Database,
  loaded: LoadedState,
  pushes: readonly PushMessage[],
): AcceptedPushes => {
  const group = newCommitGroup(database, loaded, database.usage.budget);
  const verdicts = pushes.map((push) => verdictOf(group, () => acceptPush(group, push)));
  return { verdicts, group };
};

/** Queues a rejected change again under a new seq [O4]. Writes nothing. */
export const acceptRetry = (database: Database, loaded: LoadedState, push: RetryPush): AcceptedPushes => {
  const group = newCommitGroup(database, loaded, database.usage.budget);
  return { verdicts: [verdictOf(group, () => sequenceRetry(group, push))], group };
};

/** Refuses all pushes of a turn: the application does not exist, and none of them may create it. */
export const refuseAll = (
  budget: Budget,
  pushes: readonly PushMessage[],
  tombstone: Tombstone | undefined,
): Verdict[] => {
  const refusal = budget.refusal();
  return pushes.map((push) => ({
    accepted: { kind: 'refused', problem: refusal ?? missingApplication(push, tombstone) },
    loaded: undefined,
    storedBytes: 0,
  }));
};

/**
 * The first push that may create the application of this kind [L2]. A push that would be refused creates nothing: a
 * refusal changes nothing [J11].
 */
export const findCreator = (
  pushes: readonly PushMessage[],
  kind: Definition,
  tombstone: Tombstone | undefined,
): PushMessage | undefined => pushes.find((push) => isFirstPush(push, kind) && tombstone?.mayRepeat(push) !== true);

const acceptPush = (group: CommitGroup, push: PushMessage): SequenceResult => {
  const { loaded } = group;
  if (loaded.blockedBy !== undefined) return { kind: 'refused', problem: loaded.blockedBy };
  const isChecked = push.validate === 'on-accept' && loaded.definition !== undefined;
  const refusal = isChecked ? precheck(loaded, loaded.definition, push) : undefined;
  return refusal === undefined ? sequencePush(group, push) : { kind: 'refused', problem: refusal };
};

/** @param accept adds the accepted changes to the group */
const verdictOf = (group: CommitGroup, accept: () => SequenceResult): Verdict => {
  const before = group.serialized.length;
  const accepted = accept();
  const added = group.serialized.slice(before);
  const storedBytes = added.reduce((sum, { sender, body }) => sum + utf8Length(sender) + utf8Length(body), 0);
  return { accepted, loaded: group.loaded, storedBytes };
};

const isFirstPush = (push: PushMessage, kind: Definition): boolean => {
  const { ifMissing, sender, validate, match, changes } = push;
  if (ifMissing === 'refuse' || (sender.kind === 'client' && sender.n > 1)) return false;
  // A change of another kind was meant for a deleted application, which must not be created again as a document.
  if (!changes.every(({ name }) => Object.hasOwn(kind.changes, name))) return false;
  return validate === 'when-applied' || (match === undefined && checkChanges(kind, changes) === undefined);
};

const missingApplication = (push: PushMessage, tombstone: Tombstone | undefined): Problem => {
  const { ifMissing, sender } = push;
  // Whoever may not create it is told nothing of its past [A3].
  if (ifMissing === 'create' && sender.kind !== 'anonymous' && tombstone?.mayRepeat(push) === true)
    return forgottenClient(sender.kind === 'client' ? sender.client : sender.key, tombstone.prefix);
  const isGap = ifMissing === 'create' && sender.kind === 'client' && sender.n > 1;
  return isGap ? problem('sequence-gap', 'The next n is 1.', { expected: 1 }) : unknownApplication();
};
