import type { Message } from './message.ts';
import { added, confirmed, type Gone, inOrder, merged, type Queue, renewed } from './pending.ts';
import { NOBODY, type Peers } from './presence.ts';
import { type Confirmed, type Seen, see } from './sighting.ts';
import { isNews, type Link, NO_LINK, type Status } from './status.ts';
import type { Told } from './verdict.ts';
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
  #queue: Queue = { client: '', next: 1, entries: [] };
  #link: Link = NO_LINK;
  #peers: Peers = NOBODY;
  #state: ReturnType<View['show']>;
  #status: Status;

  constructor(view: View) {
    this.#view = view;
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

  get queue(): Queue {
    return this.#queue;
  }

  get link(): Link {
    return this.#link;
  }

  get peers(): Peers {
    return this.#peers;
  }

  get state(): ReturnType<View['show']> {
    return this.#state;
  }

  /** The same object until something of it changes. */
  get status(): Status {
    return this.#status;
  }

  get view(): View {
    return this.#view;
  }

  /** What was stored, or what another tab has handed over. A state that is older than the known one is left alone. */
  begin(queue: Queue, known: Confirmed | undefined): readonly Gone[] {
    this.#queue = queue;
    const { gone } = known === undefined ? NOTHING : this.#see({ kind: 'state', ...known });
    const rest = this.#confirm([]).gone;
    this.#refresh();
    return [...gone, ...rest];
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
        this.#add(message.entry);
        return NOTHING;
      case 'queue':
        this.#queue = merged(this.#queue, message.news);
        return { seen: undefined, ...this.#confirm(message.gone), told: message.told };
      case 'link':
        this.#link = message.link;
        return NOTHING;
      case 'peers':
        this.#peers = message.peers;
        return NOTHING;
      case 'outcomes':
        return NOTHING;
      default:
        return message satisfies never;
    }
  }

  #add(entry: Message & { readonly type: 'added' } extends { readonly entry: infer Entry } ? Entry : never): void {
    const isKnown = this.#queue.entries.some(({ id }) => id === entry.id);
    if (!isKnown) this.#queue = added(this.#queue, entry);
    else {
      const entries = this.#queue.entries.map((each) => (each.id === entry.id ? { ...each, ...entry } : each));
      this.#queue = { ...this.#queue, entries: inOrder(entries) };
    }
  }

  #see(sighting: Parameters<typeof see>[1]): Applied {
    const seen = see(this.#confirmed, sighting);
    if (seen.kind === 'old' || seen.kind === 'broken') return { ...NOTHING, seen: seen.kind };
    this.#confirmed = seen.confirmed;
    this.#view.confirm(seen.confirmed.state, seen.confirmed.version, 'patch' in seen ? seen.patch : undefined);
    const isRenewed = seen.kind === 'new epoch' || this.#isOfAnother(seen.confirmed.epoch);
    if (isRenewed) this.#queue = renewed(this.#queue, seen.confirmed.epoch);
    return { seen: isRenewed ? 'new epoch' : 'moved', told: [], ...this.#confirm([]) };
  }

  /** Changes that were kept over a restart may have been accepted in a history that is gone. */
  #isOfAnother(epoch: string): boolean {
    return this.#queue.entries.some(({ accepted }) => accepted !== undefined && accepted.epoch !== epoch);
  }

  #confirm(before: readonly Gone[]): Pick<Applied, 'gone'> {
    const known = this.#confirmed;
    if (known === undefined) return { gone: before };
    const { queue, gone } = confirmed(this.#queue, known.epoch, known.version);
    this.#queue = queue;
    return { gone: [...before, ...gone] };
  }

  #refresh(): void {
    this.#state = this.#view.show(this.#queue.entries, this.#queue.client);
    const status = this.#currentStatus();
    if (isNews(this.#status, status)) this.#status = status;
  }

  #currentStatus(): Status {
    const { epoch, version } = this.#confirmed ?? {};
    return { ...this.#link, pending: this.#queue.entries.length, version, epoch };
  }
}
