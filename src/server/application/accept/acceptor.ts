import type { Definition } from '../../../core/definition.ts';
import type { Slice } from '../../../core/drain/drain-slice.ts';
import { MIGRATION } from '../../../core/drain/reduce.ts';
import { utf8Length } from '../../../core/json/utf8.ts';
import { ANONYMOUS_CLIENT, type ApplicationId } from '../../../protocol/ids.ts';
import { problem, unknownApplication } from '../../../protocol/problems.ts';
import type { PushMessage } from '../../rpc/messages.ts';
import { type Group, keepGroup, newGroup, writeGroup } from '../commit/commit-group.ts';
import { drainAtOnce, isAtOnce } from '../commit/commit-slice.ts';
import { beginningOf, createApplication } from '../state/creation.ts';
import type { Memory } from '../state/loaded-state.ts';
import { needsMigration } from '../state/migration.ts';
import type { Present } from '../state/state-cache.ts';
import type { Database } from '../storage/database.ts';
import { changesAfter } from '../storage/log.ts';
import { setFate } from '../storage/rejections.ts';
import { checkChanges, precheck } from './precheck.ts';
import { type Accepted, accept, acceptRetry, type Push } from './sequence-push.ts';

/** What accepting needs of the object around it. */
export interface AcceptorOptions {
  readonly database: Database;
  readonly present: Present;
  /** Which application this is. */
  readonly identity: () => ApplicationId;
  readonly definitionOf: (memory: Memory) => Definition | undefined;
  /** The kind that a first push creates [L2]; undefined when this deployment has none for it. */
  readonly firstKind: Definition | undefined;
  /** Called in the same turn as the commit: the alarm must be as durable as the queue [D2]. */
  readonly onAccepted: (memory: Memory) => void;
  /** Whether somebody waits for what is accepted now, and this life may apply it at once [D11] [D12]. */
  readonly isUrgent: (messages: readonly PushMessage[]) => boolean;
  /** Called when it was applied in the same turn. */
  readonly onSlice: (memory: Memory, slice: Slice) => void;
}

export interface Verdict {
  readonly accepted: Accepted;
  /** Undefined when there is no such application. */
  readonly memory: Memory | undefined;
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
  accept(present: Memory | undefined, messages: readonly PushMessage[]): Verdict[] {
    const memory = present ?? this.#create(messages);
    if (memory === undefined) return messages.map((message) => this.#refuseUnknown(message));
    const group = this.#newGroup(memory);
    const verdicts = messages.map((message) => verdictOf(group, () => this.#acceptOne(group, message)));
    const definition = this.#options.isUrgent(messages) ? this.#options.definitionOf(memory) : undefined;
    if (definition !== undefined && isAtOnce(group, definition)) this.#commitApplied(group, definition);
    else this.#commit(group);
    return verdicts;
  }

  /** Queues a rejected change again, and notes with it under which seq [O4]. */
  retry(memory: Memory, push: Push & { readonly retries: number }): Verdict {
    const { database } = this.#options;
    const group = this.#newGroup(memory);
    const verdict = verdictOf(group, () => acceptRetry(group, push));
    this.#commit(group, () => setFate(database, push.retries, 'retrying', group.changes[0]?.seq));
    return verdict;
  }

  /** Puts the migration into the order as a step of its own, once, when a deployment brings a newer definition [L5]. */
  queueMigration(memory: Memory): void {
    const { database, definitionOf } = this.#options;
    const definition = definitionOf(memory);
    if (definition === undefined || !needsMigration(memory, definition)) return;
    for (const { name, client } of changesAfter(database, memory.row, memory.version)) {
      if (name === MIGRATION && client === ANONYMOUS_CLIENT) return;
    }
    const args = JSON.stringify({ from: memory.row.definitionVersion, to: definition.version });
    const group = newGroup(database, memory, undefined);
    accept(group, { sender: { kind: 'anonymous' }, changes: [{ name: MIGRATION, args }], grouping: 'each', user: '~' });
    this.#commit(group);
  }

  #newGroup(memory: Memory): Group {
    const { database } = this.#options;
    return newGroup(database, memory, database.tally.budget);
  }

  #refuseUnknown(message: PushMessage): Verdict {
    const trouble = this.#options.database.tally.budget.refusal();
    const accepted = trouble === undefined ? refuseUnknown(message) : ({ kind: 'refused', problem: trouble } as const);
    return { accepted, memory: undefined, storedBytes: 0 };
  }

  #acceptOne(group: Group, message: PushMessage): Accepted {
    const { memory } = group;
    if (memory.held !== undefined) return { kind: 'refused', problem: memory.held };
    const definition = this.#options.definitionOf(memory);
    const isJudgedNow = message.judged === 'at-the-door-too' && definition !== undefined;
    const trouble = isJudgedNow ? precheck(memory, definition, message) : undefined;
    return trouble === undefined ? accept(group, message) : { kind: 'refused', problem: trouble };
  }

  #commit(group: Group, alongside = (): void => undefined): void {
    if (group.changes.length === 0) return;
    const { database, present, onAccepted } = this.#options;
    present.writing(() =>
      database.transact(() => {
        writeGroup(group);
        alongside();
      }),
    );
    keepGroup(group);
    onAccepted(group.memory);
  }

  #commitApplied(group: Group, definition: Definition): void {
    if (group.changes.length === 0) return;
    const { present, onAccepted, onSlice } = this.#options;
    const slice = present.writing(() => drainAtOnce(group, definition));
    onAccepted(group.memory);
    onSlice(group.memory, slice);
  }

  /** Only for a push that will be accepted: whatever is refused changes nothing [J11]. */
  #create(messages: readonly PushMessage[]): Memory | undefined {
    const { database, present, firstKind, identity } = this.#options;
    if (firstKind === undefined || database.tally.budget.refusal() !== undefined) return undefined;
    const creator = messages.find((message) => isFirstPush(message, firstKind));
    if (creator === undefined) return undefined;
    const beginning = beginningOf(firstKind, { application: identity(), user: creator.user, now: Date.now() });
    present.writing(() => database.transact(() => createApplication(database, beginning)));
    return present.look();
  }
}

/** @param judge adds to the group what it accepts */
const verdictOf = (group: Group, judge: () => Accepted): Verdict => {
  const before = group.printed.length;
  const accepted = judge();
  const added = group.printed.slice(before);
  const storedBytes = added.reduce((sum, { sender, body }) => sum + utf8Length(sender) + utf8Length(body), 0);
  return { accepted, memory: group.memory, storedBytes };
};

const isFirstPush = (message: PushMessage, firstKind: Definition): boolean => {
  const { unknown, sender, judged, match, changes } = message;
  if (unknown === 'refuse' || (sender.kind === 'client' && sender.n > 1)) return false;
  // A change of another kind was meant for an application that is gone: it must not come back as a document.
  if (!changes.every(({ name }) => Object.hasOwn(firstKind.changes, name))) return false;
  return judged === 'when-applied' || (match === undefined && checkChanges(firstKind, changes) === undefined);
};

const refuseUnknown = ({ unknown, sender }: PushMessage): Accepted => {
  const isGap = unknown === 'create' && sender.kind === 'client' && sender.n > 1;
  if (isGap) return { kind: 'refused', problem: problem('sequence-gap', 'The next n is 1.', { expected: 1 }) };
  return { kind: 'refused', problem: unknownApplication() };
};
