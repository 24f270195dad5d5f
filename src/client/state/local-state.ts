import type { Json } from '../../protocol/json.ts';
import { addChange, dropConfirmed, moveToEpoch, type PendingQueue, type Settlement } from '../push/pending-queue.ts';
import type { Acknowledgement } from '../push/push-result.ts';
import type { StateMessage } from './state-messages.ts';
import { applyUpdate, type Confirmed, type StateUpdate, type UpdateResult } from './state-update.ts';
import { type ConnectionStatus, NOT_CONNECTED, type Status, shallowEqual } from './status.ts';
import type { View } from './view.ts';

/** What a message has done. */
export interface ApplyResult {
  /** Undefined for messages that are no sightings. */
  readonly update: UpdateResult['kind'] | undefined;
  readonly settlements: readonly Settlement[];
  readonly acknowledgements: readonly Acknowledgement[];
}

const NO_RESULT: ApplyResult = { update: undefined, settlements: [], acknowledgements: [] };

/** What one tab shows: the confirmed state, what is pending, and the view made of both. Changed by messages only. */
export class LocalState {
  readonly #view: View;
  #confirmed: Confirmed | undefined;
  #queue: PendingQueue;
  #connection: ConnectionStatus = NOT_CONNECTED;
  #state: Json;
  #status: Status;

  constructor(view: View, client: string) {
    this.#view = view;
    this.#queue = { client, next: 1, entries: [] };
    this.#state = view.initial;
    this.#status = this.#currentStatus();
  }

  get confirmed(): Confirmed | undefined {
    return this.#confirmed;
  }

  /** The history that is known of: by what was seen, or else by what was accepted in an earlier life. */
  get epoch(): string | undefined {
    return this.#confirmed?.epoch ?? this.#queue.entries.findLast(({ accepted }) => accepted)?.accepted?.epoch;
  }

  get queue(): PendingQueue {
    return this.#queue;
  }

  get connection(): ConnectionStatus {
    return this.#connection;
  }

  get state(): Json {
    return this.#state;
  }

  /** The same object until something of it changes. */
  get status(): Status {
    return this.#status;
  }

  apply(message: StateMessage): ApplyResult {
    const applied = this.#reduce(message);
    this.#rebase();
    return applied;
  }

  #reduce(message: StateMessage): ApplyResult {
    switch (message.type) {
      case 'state-update':
        return this.#applyUpdate(message.update);
      case 'change-added':
        this.#queue = addChange(this.#queue, message.entry);
        return NO_RESULT;
      case 'queue':
        this.#queue = message.queue;
        return {
          update: undefined,
          acknowledgements: message.acknowledgements,
          settlements: [...message.settlements, ...this.#dropConfirmed()],
        };
      case 'connection':
        this.#connection = message.connection;
        return NO_RESULT;
      default:
        // What is shown beside the state is not kept here.
        return NO_RESULT;
    }
  }

  #applyUpdate(update: StateUpdate): ApplyResult {
    const seen = applyUpdate(this.#confirmed, update);
    if (seen.kind === 'stale' || seen.kind === 'gap') return { ...NO_RESULT, update: seen.kind };
    this.#confirmed = seen.confirmed;
    this.#view.confirm(seen.confirmed.state, seen.confirmed.version, seen.patch);
    const isRenewed = seen.kind === 'new-epoch' || this.#isFromOtherEpoch(seen.confirmed.epoch);
    if (isRenewed) this.#queue = moveToEpoch(this.#queue, seen.confirmed.epoch);
    return { update: isRenewed ? 'new-epoch' : 'advanced', acknowledgements: [], settlements: this.#dropConfirmed() };
  }

  /** Changes that were kept over a restart may have been accepted in a history that is gone. */
  #isFromOtherEpoch(epoch: string): boolean {
    return this.#queue.entries.some(({ accepted }) => accepted !== undefined && accepted.epoch !== epoch);
  }

  #dropConfirmed(): readonly Settlement[] {
    if (this.#confirmed === undefined) return [];
    const { queue, settlements } = dropConfirmed(this.#queue, this.#confirmed);
    this.#queue = queue;
    return settlements;
  }

  #rebase(): void {
    this.#state = this.#view.show(this.#queue.entries, this.#queue.client);
    const status = this.#currentStatus();
    if (!shallowEqual(status, this.#status)) this.#status = status;
  }

  #currentStatus(): Status {
    const { epoch, version } = this.#confirmed ?? {};
    return { ...this.#connection, pending: this.#queue.entries.length, version, epoch };
  }
}
