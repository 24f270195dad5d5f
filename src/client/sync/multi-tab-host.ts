import type { OwnPresence, PeerStore } from '../presence/peers.ts';
import { type PendingChange, sortPending } from '../push/pending-queue.ts';
import { applyOutcomes } from '../push/push-promises.ts';
import { type QueueUpdate, queueUpdate } from '../push/push-result.ts';
import type { ApplyResult } from '../state/local-state.ts';
import { stateUpdateOf } from '../state/state-messages.ts';
import { Persister } from '../storage/persister.ts';
import { type ClientStorage, type ClientStore, memoryStorage, type PersistedState } from '../storage/storage.ts';
import type { MakeTransport } from '../transport/transport.ts';
import { createDispatch, type Dispatch, type Origin } from './dispatch.ts';
import { SyncEngine } from './sync-engine.ts';
import type { SyncHost, TabContext } from './sync-host.ts';
import { type Leader, TabLeadership } from './tab-leadership.ts';

export interface MultiTabHostOptions {
  readonly url: string;
  readonly application: string;
  readonly clientId?: string;
  readonly storage: ClientStorage;
  readonly peerStore: PeerStore;
  readonly makeTransport: MakeTransport;
  readonly observer: DispatchObserver;
}

/** Told of every dispatch of this tab. Must not dispatch itself meanwhile. */
export interface DispatchObserver {
  observe(result: ApplyResult): void;
  close(): void;
}

/** Keys from here on belong to changes that could not be stored: they sort behind all others and live as long as the tab. */
const UNSTORED_KEY = 2 ** 52;

/** Keeps changes in a store, which outlives the tab and which all tabs of a browser share; one of them leads. */
export class MultiTabHost implements SyncHost {
  readonly ready: Promise<void>;
  readonly #tab: TabContext;
  readonly #options: MultiTabHostOptions;
  readonly #dispatch: Dispatch;
  readonly #store: Promise<ClientStore>;
  readonly #leadership: TabLeadership;
  /** Ids of the pending changes that this tab has pushed: their promises report how they end. */
  readonly #ownIds = new Set<string>();
  #isClosed: boolean = false;
  #unstored = 0;
  #storing: Promise<void> = Promise.resolve();

  constructor(tab: TabContext, options: MultiTabHostOptions) {
    this.#tab = tab;
    this.#options = options;
    this.#dispatch = createDispatch(tab, {
      settle: (result) => this.#settle(result),
      persist: (result) => this.#leadership.leader?.persister.persist(result),
      broadcast: (result) => this.#leadership.broadcast(result),
      showPeers: ({ messages }) => {
        for (const message of messages) if (message.type === 'peers') options.peerStore.update(message.peers);
      },
    });
    this.#leadership = new TabLeadership({
      tab,
      sharedName: options.storage.scope === 'browser' ? `changebucket:${tab.http.base}` : undefined,
      peers: () => options.peerStore.peers,
      dispatch: this.#dispatch,
      load: () => this.#load(),
      makeLeader: () => this.#makeLeader(),
    });
    this.#store = this.#open();
    this.ready = this.#load().then(() => this.#leadership.start());
  }

  add(entry: PendingChange): void {
    this.#ownIds.add(entry.id);
    this.#dispatch([{ type: 'change-added', entry }]);
    this.#storing = this.#append(entry);
  }

  setPresence(presence: OwnPresence): void {
    this.#leadership.setPresence(presence);
  }

  /** Whether this tab runs the loops. */
  get isLeading(): boolean {
    return this.#leadership.leader !== undefined && !this.#isClosed;
  }

  /** Stores and broadcasts a change of the queue, and has sent what may be sent now. */
  commit(update: QueueUpdate): void {
    this.#dispatch([{ type: 'queue', ...update }]);
    this.#leadership.leader?.engine.onChangeAdded();
  }

  close(): void {
    this.#isClosed = true;
    this.#options.observer.close();
    this.#leadership.close();
    // A change that was pushed right before is still stored.
    void this.#storing.then(async () => (await this.#store).close());
  }

  /** Falls back to memory where storing is not possible: private windows may forbid it. */
  async #open(): Promise<ClientStore> {
    const { storage, url, application } = this.#options;
    const name = `${url}/${application}`;
    try {
      return await storage.open(name);
    } catch {
      this.#reportStorageFailure('store');
      return memoryStorage().open(name);
    }
  }

  /** Takes over the queue of the store, which all tabs share, and its state unless a newer one is known. */
  async #load(): Promise<void> {
    const { local, environment } = this.#tab;
    const newClient = this.#options.clientId ?? environment.newId();
    const stored = await (await this.#store).load(newClient).catch(() => this.#emptyState(newClient));
    const client = this.#options.clientId ?? stored.client;
    const storedIds = new Set(stored.entries.map(({ id }) => id));
    const unstored = local.queue.entries.filter(({ id, key }) => key === undefined && !storedIds.has(id));
    const entries = sortPending([...stored.entries, ...unstored]);
    const next = client === stored.client ? stored.next : 1;
    // In one dispatch: no change must be missing for a moment.
    this.#dispatch(
      [{ type: 'queue', ...queueUpdate({ client, next, entries }) }, ...stateUpdateOf(stored.confirmed)],
      'store',
    );
  }

  #emptyState(client: string): PersistedState {
    this.#reportStorageFailure('store');
    return { client, next: 1, entries: [] };
  }

  async #makeLeader(): Promise<Leader> {
    const { environment } = this.#tab;
    const onFailure = (): void => this.#reportStorageFailure('this-tab');
    const persister = new Persister({ environment, store: await this.#store, onFailure });
    return { persister, engine: new SyncEngine(this.#tab, this.#dispatch, this.#options.makeTransport) };
  }

  #settle(result: ApplyResult): void {
    const { messages, settlements, queueBefore } = result;
    const { promises } = this.#tab;
    for (const message of messages) if (message.type === 'outcomes') applyOutcomes(promises, message.tickets);
    for (const settlement of settlements) {
      const isOwn = this.#ownIds.delete(settlement.id);
      // The leader alone reports: the followers get the same settlements.
      if (isOwn || settlement.kind === 'confirmed' || this.#leadership.leader === undefined) continue;
      const change = queueBefore.entries.find(({ id }) => id === settlement.id);
      promises.report(settlement.problem, change);
    }
    this.#options.observer.observe(result);
  }

  async #append(entry: PendingChange): Promise<void> {
    await this.ready;
    const key = await (await this.#store).append(entry).catch(() => this.#unstoredKey());
    if (this.#isClosed) return;
    this.#dispatch([{ type: 'change-added', entry: { ...entry, key } }]);
    this.#leadership.leader?.engine.onChangeAdded();
  }

  #unstoredKey(): number {
    this.#reportStorageFailure('store');
    this.#unstored += 1;
    return UNSTORED_KEY + this.#unstored;
  }

  /** @param origin `this-tab` to tell the other tabs, too: when the leader's writes fail, no tab's changes are stored */
  #reportStorageFailure(origin: Origin): void {
    this.#dispatch(
      [{ type: 'connection', connection: { ...this.#tab.local.connection, signal: 'storage-failed' } }],
      origin,
    );
  }
}
