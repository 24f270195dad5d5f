import type { Definition } from '../../../core/definition.ts';
import type { Slice } from '../../../core/drain/drain-slice.ts';
import { MIGRATION } from '../../../core/drain/reduce.ts';
import { utf8Length } from '../../../core/json/utf8.ts';
import { ANONYMOUS_CLIENT, type ApplicationId } from '../../../protocol/ids.ts';
import { problem, unknownApplication } from '../../../protocol/problems.ts';
import type { PushMessage } from '../../rpc/messages.ts';
import { adoptGroup, type CommitGroup, newCommitGroup, writeGroup } from '../commit/commit-group.ts';
import { drainAtOnce, isAtOnce } from '../commit/commit-slice.ts';
import { createApplication, initialStateOf } from '../state/creation.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import { needsMigration } from '../state/migration.ts';
import type { StateCache } from '../state/state-cache.ts';
import type { Database } from '../storage/database.ts';
import { changesAfter } from '../storage/log.ts';
import { setRejectionStatus } from '../storage/rejections.ts';
import { checkChanges, precheck } from './precheck.ts';
import { type QueuedPush, type SequenceResult, sequencePush, sequenceRetry } from './sequence-push.ts';

/** What accepting needs of the object around it. */
export interface AcceptorOptions {
  readonly database: Database;
  readonly present: StateCache;
  /** Which application this is. */
  readonly identity: () => ApplicationId;
  readonly definitionOf: (loaded: LoadedState) => Definition | undefined;
  /** The kind that a first push creates [L2]; undefined when this deployment has none for it. */
  readonly firstKind: Definition | undefined;
  /** Called in the same turn as the commit: the alarm must be as durable as the queue [D2]. */
  readonly onAccepted: (loaded: LoadedState) => void;
  /** Whether somebody waits for what is accepted now, and this life may apply it at once [D11] [D12]. */
  readonly isUrgent: (messages: readonly PushMessage[]) => boolean;
  /** Called when it was applied in the same turn. */
  readonly onSlice: (loaded: LoadedState, slice: Slice) => void;
}

export interface Verdict {
  readonly accepted: SequenceResult;
  /** Undefined when there is no such application. */
  readonly loaded: LoadedState | undefined;
  /** Bytes of the new changes as they are kept. */
  readonly storedBytes: number;
}

/** Takes in what arrived within one turn: decides in order of arrival, writes once, acknowledges after it [Q1] [Q5]. */
export class Acceptor {
  readonly #options: AcceptorOptions;

  constructor(options: AcceptorOptions) {
    this.#options = options;
  }

  /** @param present memory as it is in this turn; undefined when there is no such application */
  accept(present: LoadedState | undefined, messages: readonly PushMessage[]): Verdict[] {
    const loaded = present ?? this.#create(messages);
    if (loaded === undefined) return messages.map((message) => this.#refuseUnknown(message));
    const group = this.#newGroup(loaded);
    const verdicts = messages.map((message) => verdictOf(group, () => this.#acceptOne(group, message)));
    const definition = this.#options.isUrgent(messages) ? this.#options.definitionOf(loaded) : undefined;
    if (definition !== undefined && isAtOnce(group, definition)) this.#commitApplied(group, definition);
    else this.#commit(group);
    return verdicts;
  }

  /** Queues a rejected change again, and notes with it under which seq [O4]. */
  retry(loaded: LoadedState, push: QueuedPush & { readonly retries: number }): Verdict {
    const { database } = this.#options;
    const group = this.#newGroup(loaded);
    const verdict = verdictOf(group, () => sequenceRetry(group, push));
    this.#commit(group, () => setRejectionStatus(database, push.retries, 'retrying', group.changes[0]?.seq));
    return verdict;
  }

  /** Puts the migration into the order as a step of its own, once, when a deployment brings a newer definition [L5]. */
  queueMigration(loaded: LoadedState): void {
    const { database, definitionOf } = this.#options;
    const definition = definitionOf(loaded);
    if (definition === undefined || !needsMigration(loaded, definition)) return;
    for (const { name, client } of changesAfter(database, loaded.row, loaded.version)) {
      if (name === MIGRATION && client === ANONYMOUS_CLIENT) return;
    }
    const args = JSON.stringify({ from: loaded.row.definitionVersion, to: definition.version });
    const group = newCommitGroup(database, loaded, undefined);
    sequencePush(group, {
      sender: { kind: 'anonymous' },
      changes: [{ name: MIGRATION, args }],
      atomicity: 'each',
      user: '~',
    });
    this.#commit(group);
  }

  #newGroup(loaded: LoadedState): CommitGroup {
    const { database } = this.#options;
    return newCommitGroup(database, loaded, database.usage.budget);
  }

  #refuseUnknown(message: PushMessage): Verdict {
    const trouble = this.#options.database.usage.budget.refusal();
    const accepted = trouble === undefined ? refuseUnknown(message) : ({ kind: 'refused', problem: trouble } as const);
    return { accepted, loaded: undefined, storedBytes: 0 };
  }

  #acceptOne(group: CommitGroup, message: PushMessage): SequenceResult {
    const { loaded } = group;
    if (loaded.blockedBy !== undefined) return { kind: 'refused', problem: loaded.blockedBy };
    const definition = this.#options.definitionOf(loaded);
    const isJudgedNow = message.validate === 'on-accept' && definition !== undefined;
    const trouble = isJudgedNow ? precheck(loaded, definition, message) : undefined;
    return trouble === undefined ? sequencePush(group, message) : { kind: 'refused', problem: trouble };
  }

  #commit(group: CommitGroup, alongside = (): void => undefined): void {
    if (group.changes.length === 0) return;
    const { database, present, onAccepted } = this.#options;
    present.write(() =>
      database.transact(() => {
        writeGroup(group);
        alongside();
      }),
    );
    adoptGroup(group);
    onAccepted(group.loaded);
  }

  #commitApplied(group: CommitGroup, definition: Definition): void {
    if (group.changes.length === 0) return;
    const { present, onAccepted, onSlice } = this.#options;
    const slice = present.write(() => drainAtOnce(group, definition));
    onAccepted(group.loaded);
    onSlice(group.loaded, slice);
  }

  /** Only for a push that will be accepted: whatever is refused changes nothing [J11]. */
  #create(messages: readonly PushMessage[]): LoadedState | undefined {
    const { database, present, firstKind, identity } = this.#options;
    if (firstKind === undefined || database.usage.budget.refusal() !== undefined) return undefined;
    const creator = messages.find((message) => isFirstPush(message, firstKind));
    if (creator === undefined) return undefined;
    const initial = initialStateOf(firstKind, { application: identity(), user: creator.user, now: Date.now() });
    present.write(() => database.transact(() => createApplication(database, initial)));
    return present.current();
  }
}

/** @param judge adds to the group what it accepts */
const verdictOf = (group: CommitGroup, judge: () => SequenceResult): Verdict => {
  const before = group.serialized.length;
  const accepted = judge();
  const added = group.serialized.slice(before);
  const storedBytes = added.reduce((sum, { sender, body }) => sum + utf8Length(sender) + utf8Length(body), 0);
  return { accepted, loaded: group.loaded, storedBytes };
};

const isFirstPush = (message: PushMessage, firstKind: Definition): boolean => {
  const { ifMissing, sender, validate, match, changes } = message;
  if (ifMissing === 'refuse' || (sender.kind === 'client' && sender.n > 1)) return false;
  // A change of another kind was meant for an application that is gone: it must not come back as a document.
  if (!changes.every(({ name }) => Object.hasOwn(firstKind.changes, name))) return false;
  return validate === 'when-applied' || (match === undefined && checkChanges(firstKind, changes) === undefined);
};

const refuseUnknown = ({ ifMissing, sender }: PushMessage): SequenceResult => {
  const isGap = ifMissing === 'create' && sender.kind === 'client' && sender.n > 1;
  if (isGap) return { kind: 'refused', problem: problem('sequence-gap', 'The next n is 1.', { expected: 1 }) };
  return { kind: 'refused', problem: unknownApplication() };
};
