import { Timer } from '../platform/timer.ts';
import type { OwnPresence, Peers } from '../presence/peers.ts';
import type { PendingQueue } from '../push/pending-queue.ts';
import { queueUpdate } from '../push/push-response.ts';
import { diffQueue, mergeQueue } from '../push/queue-diff.ts';
import type { ApplyResult } from '../state/local-state.ts';
import { type StateMessage, stateUpdateOf } from '../state/state-messages.ts';
import type { StateUpdate } from '../state/state-update.ts';
import type { Persister } from '../storage/persister.ts';
import type { Dispatch } from './dispatch.ts';
import type { SyncEngine } from './sync-engine.ts';
import type { TabContext } from './sync-host.ts';
import { openTabChannel, singleTabChannel, type TabChannel, type TabEvents, type TabMessage } from './tab-channel.ts';

/** The parts that only the leader has. */
export interface Leader {
  readonly engine: SyncEngine;
  readonly persister: Persister;
}

export interface TabLeadershipOptions {
  readonly tab: TabContext;
  readonly peers: () => Peers;
  readonly dispatch: Dispatch;
  /** Reads the store again. */
  readonly load: () => Promise<void>;
  readonly makeLeader: () => Promise<Leader>;
  /** Called when the browser lets tabs share nothing. */
  readonly onUnshared: () => void;
}

/** A leader that is alive answers within so many ms; one that is frozen or hangs does not. */
const LEADER_TIMEOUT_MS = 3_000;

/** The role of this tab: the leader runs the loops and stores, the followers apply what it broadcasts. */
export class TabLeadership {
  readonly #options: TabLeadershipOptions;
  readonly #stopWatching: () => void;
  /** Set while this tab waits for an answer of the leader. */
  readonly #leaderTimer: Timer;
  /** Changes with every end of this tab's lead. */
  #term = 0;
  #presence: OwnPresence | undefined;
  #isLeading: boolean = false;
  #channel: TabChannel | undefined;
  #leader: Leader | undefined;
  #isClosed: boolean = false;

  constructor(options: TabLeadershipOptions) {
    this.#options = options;
    this.#leaderTimer = new Timer(options.tab.environment);
    this.#stopWatching = options.tab.environment.watch(() => this.#onVisibility());
  }

  /** Defined while this tab leads. */
  get leader(): Leader | undefined {
    return this.#leader;
  }

  /**
   * To be called once the store has been read.
   *
   * @param sharedName names the store that the tabs of a browser share; undefined where they share none
   */
  start(sharedName: string | undefined): void {
    if (this.#isClosed) return;
    const { tab, onUnshared } = this.#options;
    const events: TabEvents = {
      lead: () => void this.#lead(),
      depose: () => void this.#onDeposed(),
      receive: (message) => this.#receive(message),
      onUnshared,
    };
    this.#channel =
      sharedName === undefined ? singleTabChannel(events) : openTabChannel(sharedName, tab.environment, events);
    this.#ask('hello');
  }

  /** To be called when changes of this tab have been stored. */
  onChangesAdded(): void {
    if (this.#leader === undefined) this.#ask('ping');
    else this.#leader.engine.onChangeAdded();
  }

  /** Asks the leader for a sign of life, if this tab does not lead; without an answer it takes over. */
  #ask(type: 'hello' | 'ping'): void {
    const channel = this.#channel;
    if (this.#isLeading || channel === undefined) return;
    channel.send({ type });
    if (!this.#leaderTimer.isSet) this.#leaderTimer.set(LEADER_TIMEOUT_MS, () => channel.takeOver());
  }

  /** Sends to the other tabs what this one has dispatched. */
  broadcast({ messages, queueBefore }: ApplyResult): void {
    for (const message of messages) {
      const tabMessage = tabMessageOf(message, queueBefore);
      if (tabMessage !== undefined) this.#channel?.send(tabMessage);
    }
  }

  /** A tab that follows takes steps alone: what begins anew is dispatched by the leader, which is asked to read it. */
  receive(update: StateUpdate): void {
    const { tab, dispatch } = this.#options;
    if (this.#leader !== undefined) this.#leader.engine.receive(update);
    else if (update.epoch === tab.local.confirmed?.epoch) dispatch([{ type: 'state-update', update }], 'other-tab');
    else this.onChangesAdded();
  }

  setPresence(presence: OwnPresence): void {
    this.#presence = presence;
    if (this.#leader === undefined) this.#channel?.send({ type: 'set-presence', ...presence });
    else this.#leader.engine.transport.setPresence?.(presence);
  }

  /** Ends the loops. This tab goes on to hold its lock until `close`. */
  stop(): void {
    this.#isClosed = true;
    this.#stopWatching();
    this.#leaderTimer.clear();
    this.#stopLoops();
  }

  /** Lets another tab lead. */
  close(): void {
    this.#channel?.close();
  }

  #stopLoops(): void {
    this.#leader?.engine.stop();
    this.#leader?.persister.flush();
  }

  async #lead(): Promise<void> {
    if (this.#isLeading) return;
    this.#isLeading = true;
    this.#leaderTimer.clear();
    const term = this.#term;
    // A tab that has waited for its turn reads the store again: the leader before it has written there.
    if (this.#channel !== undefined) await this.#options.load();
    const leader = await this.#options.makeLeader();
    if (this.#isClosed || term !== this.#term) return;
    this.#leader = leader;
    leader.engine.start();
    // What was set before this tab had an engine.
    if (this.#presence) leader.engine.transport.setPresence?.(this.#presence);
    this.#channel?.send(this.#snapshot());
  }

  #receive(message: TabMessage): void {
    if (this.#isClosed) return;
    const { tab, dispatch } = this.#options;
    const isLeading = this.#leader !== undefined;
    switch (message.type) {
      case 'ping':
        if (isLeading) this.#channel?.send({ type: 'pong' });
        break;
      case 'pong':
        this.#leaderTimer.clear();
        break;
      case 'hello':
        if (isLeading) this.#channel?.send(this.#snapshot());
        break;
      case 'snapshot':
        this.#leaderTimer.clear();
        if (!isLeading) this.#follow(message);
        break;
      case 'hidden':
        this.#offerToLead();
        break;
      case 'visible':
        if (this.#isHidden) this.#yield();
        break;
      case 'set-presence':
        // Without the type of the message: the frame has another one.
        this.#presence = { data: message.data, ttl: message.ttl };
        this.#leader?.engine.transport.setPresence?.(this.#presence);
        break;
      case 'changes-added':
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

  get #isHidden(): boolean {
    return this.#options.tab.environment.visibility() === 'hidden';
  }

  #onVisibility(): void {
    if (!this.#isHidden) this.#offerToLead();
    else if (this.#leader !== undefined) {
      // A hidden page may be about to be closed.
      this.#leader.persister.flush();
      this.#channel?.send({ type: 'hidden' });
    }
  }

  /** Browsers slow down the timers of hidden tabs: a visible one should lead, at the latest when the leader is frozen. */
  #offerToLead(): void {
    if (this.#leader !== undefined || this.#isHidden) return;
    this.#channel?.send({ type: 'visible' });
    this.#ask('ping');
  }

  #yield(): void {
    if (this.#leader === undefined) return;
    this.#resign();
    this.#channel?.yield();
  }

  /** This tab was frozen: it has missed what the leader after it has stored. */
  async #onDeposed(): Promise<void> {
    this.#resign();
    await this.#options.load();
    this.#ask('hello');
  }

  #resign(): void {
    this.#stopLoops();
    this.#leader = undefined;
    this.#isLeading = false;
    this.#term += 1;
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
  return message.type === 'changes-added' && message.entries[0]?.key === undefined ? undefined : message;
};
