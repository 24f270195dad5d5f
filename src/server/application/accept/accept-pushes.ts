import { utf8Length } from '../../../core/json/utf8.ts';
import { withRequest } from '../../logging/current-request.ts';
import type { PushMessage } from '../../rpc/messages.ts';
import { type CommitGroup, newCommitGroup } from '../commit/commit-group.ts';
import { factsOfState, inSpan } from '../commit/span.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { Database } from '../storage/database.ts';
import { kindConflict } from './create-by-push.ts';
import { precheck } from './precheck.ts';
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
  const factsOf = () => ({ ...factsOfState(loaded), pushes: pushes.length });
  const verdicts = inSpan('accept', factsOf, () => pushes.map((push) => acceptAs(group, push)));
  return { verdicts, group };
};

const acceptAs = (group: CommitGroup, push: PushMessage): Verdict =>
  withRequest(push.request, () => verdictOf(group, () => acceptPush(group, push)));

/** Queues a rejected change again under a new seq [O4]. Writes nothing. */
export const acceptRetry = (database: Database, loaded: LoadedState, push: RetryPush): AcceptedPushes => {
  const group = newCommitGroup(database, loaded, database.usage.budget);
  return { verdicts: [verdictOf(group, () => sequenceRetry(group, push))], group };
};

const acceptPush = (group: CommitGroup, push: PushMessage): SequenceResult => {
  const { loaded } = group;
  const conflict = kindConflict(loaded, push) ?? loaded.blockedBy;
  if (conflict !== undefined) return { kind: 'refused', problem: conflict };
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
