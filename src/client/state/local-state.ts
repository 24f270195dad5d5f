import type { Json } from '../../protocol/json.ts';
import { countOf } from '../push/batch.ts';
import { addChanges, dropConfirmed, moveToEpoch, type PendingQueue, type Settlement } from '../push/pending-queue.ts';
import type { Acknowledgement } from '../push/push-response.ts';
import type { StateMessage } from './state-messages.ts';
import { applyUpdate, type Confirmed, type StateUpdate, type UpdateResult } from './state-update.ts';
import { type ConnectionStatus, NOT_CONNECTED, type Status, shallowEqual } from './status.ts';
import type { View } from './view.ts';

/** The effect of a list of messages on the local state, as a value. */
export interface ApplyResult {
  readonly messages: readonly StateMessage[];
  readonly queueBefore: PendingQueue;
  readonly queue: PendingQueue;
  readonly confirmed: Confirmed | undefined;
  /** Undefined when none of the messages was a state update. */
  readonly update: UpdateResult['kind'] | undefined;
  readonly acknowledgements: readonly Acknowledgement[];
  /** The changes that are no longer pending. */
  readonly settlements: readonly Settlement[];
}

type Advance = Exclude<UpdateResult, { readonly kind: 'stale' | 'gap' }>;

/** The state that one tab shows: the confirmed state, the pending changes, and the view made of both. */
export class LocalState {
  /** The state to show before anything is known. */
  readonly initial: Json;
  readonly #view: View;
  #confirmed: Confirmed | undefined;
  /** Shown in place of the confirmed state until the server has answered: it may be none of this application. */
  #seed: Confirmed | undefined;
  #queue: PendingQueue;
  #connection: ConnectionStatus = NOT_CONNECTED;
  #status: Status;

  /** @param seed the state that the view shows at first, with its version */
  constructor(view: View, client: string, seed?: Confirmed) {
    this.initial = view.initial;
    this.#seed = seed;
    this.#view = view;
    this.#queue = { client, next: 1, entries: [] };
    this.#status = this.#currentStatus();
  }

  get confirmed(): Confirmed | undefined {
    return this.#confirmed;
  }

  get seed(): Confirmed | undefined {
    return this.#seed;
  }

  /** The state that reading goes on from. */
  get base(): Confirmed | undefined {
    return this.#seed ?? this.#confirmed;
  }

  /** The epoch of the confirmed state; before there is one, that of the last change accepted before the page was loaded. */
  get epoch(): string | undefined {
    return this.#confirmed?.epoch ?? this.#queue.entries.findLast(({ accepted }) => accepted)?.accepted?.epoch;
  }

  get queue(): PendingQueue {
    return this.#queue;
  }

  get connection(): ConnectionStatus {
    return this.#connection;
  }

  /** The view: `===` while nothing of it changes. */
  get state(): Json {
    return this.#view.shown;
  }

  /** `===` while nothing of it changes. */
  get status(): Status {
    return this.#status;
  }

  /** Applies the messages in order, then rebases the view once: nobody sees the states between them. */
  apply(messages: readonly StateMessage[]): ApplyResult {
    const queueBefore = this.#queue;
    const acknowledgements: Acknowledgement[] = [];
    const settlements: Settlement[] = [];
    let update: ApplyResult['update'];
    for (const message of messages) {
      update = this.#reduce(message) ?? update;
      if (message.type === 'queue') {
        acknowledgements.push(...message.acknowledgements);
        settlements.push(...message.settlements);
      }
      // An added change is not accepted yet: it cannot be confirmed.
      if (message.type !== 'changes-added') settlements.push(...this.#dropConfirmed());
    }
    this.#rebase();
    return {
      messages,
      queueBefore,
      queue: this.#queue,
      confirmed: this.#confirmed,
      update,
      acknowledgements,
      settlements,
    };
  }

  #reduce(message: StateMessage): ApplyResult['update'] {
    switch (message.type) {
      case 'state-update':
        return this.#applyUpdate(message.update, message.isAnswer);
      case 'changes-added':
        this.#queue = addChanges(this.#queue, message.entries);
        break;
      case 'queue':
        this.#queue = message.queue;
        break;
      case 'state-dropped':
        this.#confirmed = undefined;
        this.#seed = undefined;
        // As when it was not there yet: that it is known to be missing is said anew.
        this.#connection = { ...this.#connection, loaded: false };
        this.#view.confirm({ epoch: '', version: 0, state: this.#view.empty }, undefined);
        break;
      case 'connection':
        this.#connection = message.connection;
        break;
      default:
      // Outcomes and peers are no part of the state.
    }
    return undefined;
  }

  #applyUpdate(update: StateUpdate, isAnswer: boolean = false): UpdateResult['kind'] {
    const result = applyUpdate(this.#confirmed, update, this.base?.state ?? this.initial);
    if (result.kind === 'gap') return 'gap';
    const isStale = result.kind === 'stale';
    if (!isStale) this.#confirmed = result.confirmed;
    this.#showConfirmed(isAnswer, isStale ? undefined : result);
    if (isStale) return 'stale';
    const { epoch } = result.confirmed;
    if (result.kind === 'advanced' && !this.#wasAcceptedElsewhere(epoch)) return 'advanced';
    this.#queue = moveToEpoch(this.#queue, epoch);
    return 'new-epoch';
  }

  /** What was stored, or another tab has, does not replace a newer seed of the same epoch; the server's answer does. */
  #showConfirmed(isAnswer: boolean, advance: Advance | undefined): void {
    const [seed, confirmed] = [this.#seed, this.#confirmed];
    if (confirmed === undefined) return;
    if (!isAnswer && seed?.epoch === confirmed.epoch && seed.version > confirmed.version) return;
    this.#seed = undefined;
    if (seed !== undefined) this.#view.confirm(confirmed, undefined);
    else if (advance !== undefined) this.#view.confirm(confirmed, advance.patch);
  }

  /** Changes that were stored before a reload may have been accepted in an epoch that has ended since. */
  #wasAcceptedElsewhere(epoch: string): boolean {
    return this.#queue.entries.some(({ accepted }) => accepted !== undefined && accepted.epoch !== epoch);
  }

  #dropConfirmed(): readonly Settlement[] {
    if (this.#confirmed === undefined) return [];
    const { queue, settlements } = dropConfirmed(this.#queue, this.#confirmed);
    this.#queue = queue;
    return settlements;
  }

  #rebase(): void {
    const { entries, client } = this.#seed === undefined ? this.#queue : dropConfirmed(this.#queue, this.#seed).queue;
    this.#view.rebase(entries, client);
    const status = this.#currentStatus();
    if (!shallowEqual(status, this.#status)) this.#status = status;
  }

  #currentStatus(): Status {
    const { epoch, version } = this.#confirmed ?? {};
    const { entries } = this.#queue;
    const pending = entries.reduce((count, entry) => count + countOf(entry), 0);
    // A held change is a problem until it is retried or dropped, whatever else is answered.
    const error = this.#connection.error ?? entries.find(({ held }) => held)?.held;
    const loaded = this.#connection.loaded || this.base !== undefined;
    return Object.freeze({ ...this.#connection, loaded, error, pending, version, epoch });
  }
}
