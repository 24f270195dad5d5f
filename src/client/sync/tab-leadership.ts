import type { OwnPresence, Peers } from '../presence/peers.ts';
import { diffQueue, mergeQueue, type QueueDiff } from '../push/queue-diff.ts';
import type { ApplyResult } from '../state/local-state.ts';
import type { StateMessage, TabMessage } from '../state/state-messages.ts';
import type { SyncEngine } from './sync-engine.ts';
import type { TabContext } from './sync-host.ts';
import { sharedTabChannel, singleTabChannel, type TabChannel, type TabEvents } from './tab-channel.ts';

export interface TabLeadershipOptions {
  readonly tab: TabContext;
  /** What the tabs of one browser share a store of. Undefined where they share none. */
  readonly sharedName: string | undefined;
  readonly peers: () => Peers;
  /** Takes a message over into this tab. */
  readonly apply: (message: StateMessage) => ApplyResult;
  /** Reads the store again. */
  readonly load: () => Promise<void>;
  readonly makeEngine: (tell: (message: StateMessage) => ApplyResult) => Promise<SyncEngine>;
}

/** This tab's part among the tabs of its browser: one leads and runs the loops, the others are told. */
export class TabLeadership {
  readonly #options: TabLeadershipOptions;
  readonly #stopWatching: () => void;
  #tabs: TabChannel | undefined;
  #engine: SyncEngine | undefined;
  #isClosed: boolean = false;

  constructor(options: TabLeadershipOptions) {
    this.#options = options;
    this.#stopWatching = options.tab.environment.watch(() => this.#offerToLead());
  }

  get isLeading(): boolean {
    return this.#engine !== undefined;
  }

  /** To be called once the store has been read. */
  start(): void {
    if (this.#isClosed) return;
    const { tab, sharedName } = this.#options;
    const { locks } = tab.environment;
    const events: TabEvents = { lead: () => void this.#lead(), receive: (message) => this.#receive(message) };
    const isAlone = sharedName === undefined || locks === undefined;
    this.#tabs = isAlone ? singleTabChannel(events) : sharedTabChannel(sharedName, locks, events);
  }

  /** Makes it so in this tab, and in the others. */
  readonly tell = (message: StateMessage): ApplyResult => {
    const before = this.#options.tab.local.queue;
    const applied = this.#options.apply(message);
    this.#tabs?.send(message.type === 'queue' ? { type: 'queue-diff', ...diffQueue(before, message) } : message);
    return applied;
  };

  /** A change of this tab has been stored, and the others have been told. */
  added(): void {
    this.#engine?.added();
  }

  setPresence(presence: OwnPresence): void {
    if (this.#engine === undefined) this.#tabs?.send({ type: 'set-presence', ...presence });
    else this.#engine.transport.setPresence?.(presence);
  }

  close(): void {
    this.#isClosed = true;
    this.#stopWatching();
    this.#engine?.stop();
    this.#tabs?.close();
  }

  async #lead(): Promise<void> {
    // The leader before has gone on since this tab has read the store.
    if (this.#tabs !== undefined) await this.#options.load();
    const engine = await this.#options.makeEngine(this.tell);
    if (this.#isClosed) return;
    this.#engine = engine;
    engine.start();
    this.#tabs?.send(this.#snapshot());
  }

  #receive(message: TabMessage): void {
    switch (message.type) {
      case 'hello':
        if (this.isLeading) this.#tabs?.send(this.#snapshot());
        break;
      case 'snapshot':
        if (!this.isLeading) this.#follow(message);
        break;
      case 'visible':
        if (this.#options.tab.environment.visibility() === 'hidden') this.#yield();
        break;
      case 'set-presence':
        this.#engine?.transport.setPresence?.(message);
        break;
      case 'change-added':
        this.#options.apply(message);
        this.#engine?.added();
        break;
      case 'queue-diff':
        if (!this.isLeading) this.#merge(message, message);
        break;
      default:
        // A leader believes itself: what comes is the last of the one before.
        if (!this.isLeading) this.#options.apply(message);
    }
  }

  #merge(
    news: Omit<QueueDiff, 'acknowledgements' | 'settlements'>,
    { acknowledgements, settlements }: Pick<QueueDiff, 'acknowledgements' | 'settlements'>,
  ): void {
    const { apply, tab } = this.#options;
    apply({ type: 'queue', queue: mergeQueue(tab.local.queue, news), acknowledgements, settlements });
  }

  #follow({ confirmed, queue, connection, peers, visibility }: TabMessage & { readonly type: 'snapshot' }): void {
    const { apply } = this.#options;
    if (confirmed !== undefined) apply({ type: 'state-update', update: { kind: 'state', ...confirmed } });
    this.#merge({ ...queue, removed: [] }, { acknowledgements: [], settlements: [] });
    apply({ type: 'connection', connection });
    apply({ type: 'peers', peers });
    if (visibility === 'hidden') this.#offerToLead();
  }

  /** Browsers slow down the timers of hidden tabs: the one that is looked at should lead. */
  #offerToLead(): void {
    const isLookedAt = this.#options.tab.environment.visibility() === 'visible';
    if (isLookedAt && !this.isLeading) this.#tabs?.send({ type: 'visible' });
  }

  #yield(): void {
    if (this.#engine === undefined) return;
    this.#engine.stop();
    this.#engine = undefined;
    this.#tabs?.yield();
  }

  #snapshot(): TabMessage {
    const { peers, tab } = this.#options;
    const { confirmed, queue, connection } = tab.local;
    return { type: 'snapshot', confirmed, queue, connection, peers: peers(), visibility: tab.environment.visibility() };
  }
}
