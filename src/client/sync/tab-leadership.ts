import type { Peers, Present } from '../presence/peers.ts';
import { merged, type News, newsOf } from '../push/queue-diff.ts';
import type { Applied } from '../state/local-state.ts';
import type { Message, TabMessage } from '../state/state-messages.ts';
import type { Circuit } from './sync-engine.ts';
import type { Seat } from './sync-host.ts';
import { aloneTab, lockedTabs, type TabEvents, type Tabs } from './tab-channel.ts';

export interface LeadershipOptions {
  readonly seat: Seat;
  /** What the tabs of one browser share a store of. Undefined where they share none. */
  readonly sharedName: string | undefined;
  readonly peers: () => Peers;
  /** Takes a message over into this tab. */
  readonly apply: (message: Message) => Applied;
  /** Reads the store again. */
  readonly load: () => Promise<void>;
  readonly makeCircuit: (tell: (message: Message) => Applied) => Promise<Circuit>;
}

/** This tab's part among the tabs of its browser: one leads and runs the loops, the others are told. */
export class Leadership {
  readonly #options: LeadershipOptions;
  readonly #unwatch: () => void;
  #tabs: Tabs | undefined;
  #circuit: Circuit | undefined;
  #isClosed: boolean = false;

  constructor(options: LeadershipOptions) {
    this.#options = options;
    this.#unwatch = options.seat.environment.watch(() => this.#look());
  }

  get isLeading(): boolean {
    return this.#circuit !== undefined;
  }

  /** To be called once the store has been read. */
  start(): void {
    if (this.#isClosed) return;
    const { seat, sharedName } = this.#options;
    const { locks } = seat.environment;
    const events: TabEvents = { lead: () => void this.#lead(), receive: (message) => this.#receive(message) };
    const isAlone = sharedName === undefined || locks === undefined;
    this.#tabs = isAlone ? aloneTab(events) : lockedTabs(sharedName, locks, events);
  }

  /** Makes it so in this tab, and in the others. */
  readonly tell = (message: Message): Applied => {
    const before = this.#options.seat.replica.queue;
    const applied = this.#options.apply(message);
    this.#tabs?.send(message.type === 'queue' ? { type: 'news', ...newsOf(before, message) } : message);
    return applied;
  };

  /** A change of this tab has been stored, and the others have been told. */
  added(): void {
    this.#circuit?.added();
  }

  present(present: Present): void {
    if (this.#circuit === undefined) this.#tabs?.send({ type: 'present', ...present });
    else this.#circuit.line.present?.(present);
  }

  close(): void {
    this.#isClosed = true;
    this.#unwatch();
    this.#circuit?.stop();
    this.#tabs?.close();
  }

  async #lead(): Promise<void> {
    // The leader before has gone on since this tab has read the store.
    if (this.#tabs !== undefined) await this.#options.load();
    const circuit = await this.#options.makeCircuit(this.tell);
    if (this.#isClosed) return;
    this.#circuit = circuit;
    circuit.start();
    this.#tabs?.send(this.#whole());
  }

  #receive(message: TabMessage): void {
    switch (message.type) {
      case 'hello':
        if (this.isLeading) this.#tabs?.send(this.#whole());
        break;
      case 'whole':
        if (!this.isLeading) this.#follow(message);
        break;
      case 'looking':
        if (this.#options.seat.environment.visibility() === 'hidden') this.#yield();
        break;
      case 'present':
        this.#circuit?.line.present?.(message);
        break;
      case 'added':
        this.#options.apply(message);
        this.#circuit?.added();
        break;
      case 'news':
        if (!this.isLeading) this.#merge(message, message);
        break;
      default:
        // A leader believes itself: what comes is the last of the one before.
        if (!this.isLeading) this.#options.apply(message);
    }
  }

  #merge(news: Omit<News, 'told' | 'gone'>, { told, gone }: Pick<News, 'told' | 'gone'>): void {
    const { apply, seat } = this.#options;
    apply({ type: 'queue', queue: merged(seat.replica.queue, news), told, gone });
  }

  #follow({ confirmed, queue, link, peers, visibility }: TabMessage & { readonly type: 'whole' }): void {
    const { apply } = this.#options;
    if (confirmed !== undefined) apply({ type: 'seen', sighting: { kind: 'state', ...confirmed } });
    this.#merge({ ...queue, removed: [] }, { told: [], gone: [] });
    apply({ type: 'link', link });
    apply({ type: 'peers', peers });
    if (visibility === 'hidden') this.#look();
  }

  /** Browsers slow down the timers of hidden tabs: the one that is looked at should lead. */
  #look(): void {
    const isLookedAt = this.#options.seat.environment.visibility() === 'visible';
    if (isLookedAt && !this.isLeading) this.#tabs?.send({ type: 'looking' });
  }

  #yield(): void {
    if (this.#circuit === undefined) return;
    this.#circuit.stop();
    this.#circuit = undefined;
    this.#tabs?.yield();
  }

  #whole(): TabMessage {
    const { peers, seat } = this.#options;
    const { confirmed, queue, link } = seat.replica;
    return { type: 'whole', confirmed, queue, link, peers: peers(), visibility: seat.environment.visibility() };
  }
}
