import type { OwnPresence, Peers } from '../presence/peers.ts';
import type { PendingQueue } from '../push/pending-queue.ts';
import { queueUpdate } from '../push/push-result.ts';
import { diffQueue, mergeQueue } from '../push/queue-diff.ts';
import type { ApplyResult } from '../state/local-state.ts';
import { type StateMessage, stateUpdateOf } from '../state/state-messages.ts';
import type { Persister } from '../storage/persister.ts';
import type { Dispatch } from './dispatch.ts';
import type { SyncEngine } from './sync-engine.ts';
import type { TabContext } from './sync-host.ts';
import { sharedTabChannel, singleTabChannel, type TabChannel, type TabEvents, type TabMessage } from './tab-channel.ts';

/** The parts that only the leader has. */
export interface Leader {
  readonly engine: SyncEngine;
  readonly persister: Persister;
}

export interface TabLeadershipOptions {
  readonly tab: TabContext;
  /** Names the store that the tabs of a browser share; undefined where they share none. */
  readonly sharedName: string | undefined;
  readonly peers: () => Peers;
  readonly dispatch: Dispatch;
  /** Reads the store again. */
  readonly load: () => Promise<void>;
  readonly makeLeader: () => Promise<Leader>;
}

/** The role of this tab: the leader runs the loops and stores, the followers apply what it broadcasts. */
export class TabLeadership {
  readonly #options: TabLeadershipOptions;
  readonly #stopWatching: () => void;
  #channel: TabChannel | undefined;
  #leader: Leader | undefined;
  #isClosed: boolean = false;

  constructor(options: TabLeadershipOptions) {
    this.#options = options;
    this.#stopWatching = options.tab.environment.watch(() => this.#offerToLead());
  }

  /** Defined while this tab leads. */
  get leader(): Leader | undefined {
    return this.#leader;
  }

  /** To be called once the store has been read. */
  start(): void {
    if (this.#isClosed) return;
    const { tab, sharedName } = this.#options;
    const { locks } = tab.environment;
    const events: TabEvents = { lead: () => void this.#lead(), receive: (message) => this.#receive(message) };
    const isAlone = sharedName === undefined || locks === undefined;
    this.#channel = isAlone ? singleTabChannel(events) : sharedTabChannel(sharedName, locks, events);
  }

  /** Sends to the other tabs what this one has dispatched. */
  broadcast({ messages, queueBefore }: ApplyResult): void {
    for (const message of messages) {
      const tabMessage = tabMessageOf(message, queueBefore);
      if (tabMessage !== undefined) this.#channel?.send(tabMessage);
    }
  }

  setPresence(presence: OwnPresence): void {
    if (this.#leader === undefined) this.#channel?.send({ type: 'set-presence', ...presence });
    else this.#leader.engine.transport.setPresence?.(presence);
  }

  close(): void {
    this.#isClosed = true;
    this.#stopWatching();
    this.#stopLoops();
    this.#channel?.close();
  }

  #stopLoops(): void {
    this.#leader?.engine.stop();
    this.#leader?.persister.close();
  }

  async #lead(): Promise<void> {
    // A tab that has waited for its turn reads the store again: the leader before it has written there.
    if (this.#channel !== undefined) await this.#options.load();
    const leader = await this.#options.makeLeader();
    if (this.#isClosed) return;
    this.#leader = leader;
    leader.engine.start();
    this.#channel?.send(this.#snapshot());
  }

  #receive(message: TabMessage): void {
    const { tab, dispatch } = this.#options;
    const isLeading = this.#leader !== undefined;
    switch (message.type) {
      case 'hello':
        if (isLeading) this.#channel?.send(this.#snapshot());
        break;
      case 'snapshot':
        if (!isLeading) this.#follow(message);
        break;
      case 'visible':
        if (tab.environment.visibility() === 'hidden') this.#yield();
        break;
      case 'set-presence':
        this.#leader?.engine.transport.setPresence?.(message);
        break;
      case 'change-added':
        dispatch([message], 'other-tab');
        this.#leader?.engine.onChangeAdded();
        break;
      case 'queue-diff':
        if (isLeading) break;
        dispatch([{ ...message, type: 'queue', queue: mergeQueue(tab.local.queue, message) }], 'other-tab');
        break;
      default:
        // A leader ignores state messages: they are the last ones of a former leader.
        if (!isLeading) dispatch([message], 'other-tab');
    }
  }

  #follow({ confirmed, queue, connection, peers, visibility }: TabMessage & { readonly type: 'snapshot' }): void {
    const { tab, dispatch } = this.#options;
    dispatch(
      [
        { type: 'queue', ...queueUpdate(mergeQueue(tab.local.queue, { ...queue, removed: [] })) },
        ...stateUpdateOf(confirmed),
        { type: 'connection', connection },
        { type: 'peers', peers },
      ],
      'other-tab',
    );
    if (visibility === 'hidden') this.#offerToLead();
  }

  /** Browsers slow down the timers of hidden tabs: a visible one should lead. */
  #offerToLead(): void {
    const isVisible = this.#options.tab.environment.visibility() === 'visible';
    if (isVisible && this.#leader === undefined) this.#channel?.send({ type: 'visible' });
  }

  #yield(): void {
    if (this.#leader === undefined) return;
    this.#stopLoops();
    this.#leader = undefined;
    this.#channel?.yield();
  }

  #snapshot(): TabMessage {
    const { peers, tab } = this.#options;
    const { confirmed, queue, connection } = tab.local;
    return { type: 'snapshot', confirmed, queue, connection, peers: peers(), visibility: tab.environment.visibility() };
  }
}

/** Undefined for a change that is not stored yet: until then it is this tab's alone. */
const tabMessageOf = (message: StateMessage, queueBefore: PendingQueue): TabMessage | undefined => {
  if (message.type === 'queue') return { type: 'queue-diff', ...diffQueue(queueBefore, message) };
  return message.type === 'change-added' && message.entry.key === undefined ? undefined : message;
};
