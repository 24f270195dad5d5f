import type { Json } from '../../protocol/json.ts';
import { added, confirmed, type Gone, type PendingQueue, renewed } from '../push/pending-queue.ts';
import type { Told } from '../push/push-result.ts';
import type { Message } from './state-messages.ts';
import { type Confirmed, type Seen, type Sighting, see } from './state-update.ts';
import { type ConnectionStatus, isAlike, NOT_CONNECTED, type Status } from './status.ts';
import type { View } from './view.ts';

/** What a message has done. */
export interface Applied {
  /** Undefined for messages that are no sightings. */
  readonly seen: Seen['kind'] | undefined;
  readonly gone: readonly Gone[];
  readonly told: readonly Told[];
}

const NOTHING: Applied = { seen: undefined, gone: [], told: [] };

/** What one tab shows: the confirmed state, what is pending, and the view made of both. Changed by messages only. */
export class Replica {
  readonly #view: View;
  #confirmed: Confirmed | undefined;
  #queue: PendingQueue;
  #link: ConnectionStatus = NOT_CONNECTED;
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

  get link(): ConnectionStatus {
    return this.#link;
  }

  get state(): Json {
    return this.#state;
  }

  /** The same object until something of it changes. */
  get status(): Status {
    return this.#status;
  }

  apply(message: Message): Applied {
    const applied = this.#take(message);
    this.#refresh();
    return applied;
  }

  #take(message: Message): Applied {
    switch (message.type) {
      case 'seen':
        return this.#see(message.sighting);
      case 'added':
        this.#queue = added(this.#queue, message.entry);
        return NOTHING;
      case 'queue':
        this.#queue = message.queue;
        return { seen: undefined, told: message.told, gone: [...message.gone, ...this.#confirm()] };
      case 'link':
        this.#link = message.link;
        return NOTHING;
      default:
        // What is shown beside the state is not kept here.
        return NOTHING;
    }
  }

  #see(sighting: Sighting): Applied {
    const seen = see(this.#confirmed, sighting);
    if (seen.kind === 'old' || seen.kind === 'broken') return { ...NOTHING, seen: seen.kind };
    this.#confirmed = seen.confirmed;
    this.#view.confirm(seen.confirmed.state, seen.confirmed.version, seen.patch);
    const isRenewed = seen.kind === 'new epoch' || this.#isOfAnother(seen.confirmed.epoch);
    if (isRenewed) this.#queue = renewed(this.#queue, seen.confirmed.epoch);
    return { seen: isRenewed ? 'new epoch' : 'moved', told: [], gone: this.#confirm() };
  }

  /** Changes that were kept over a restart may have been accepted in a history that is gone. */
  #isOfAnother(epoch: string): boolean {
    return this.#queue.entries.some(({ accepted }) => accepted !== undefined && accepted.epoch !== epoch);
  }

  #confirm(): readonly Gone[] {
    if (this.#confirmed === undefined) return [];
    const { queue, gone } = confirmed(this.#queue, this.#confirmed);
    this.#queue = queue;
    return gone;
  }

  #refresh(): void {
    this.#state = this.#view.show(this.#queue.entries, this.#queue.client);
    const status = this.#currentStatus();
    if (!isAlike(status, this.#status)) this.#status = status;
  }

  #currentStatus(): Status {
    const { epoch, version } = this.#confirmed ?? {};
    return { ...this.#link, pending: this.#queue.entries.length, version, epoch };
  }
}
