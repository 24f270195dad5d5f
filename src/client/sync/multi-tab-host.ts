import type { OwnPresence, PeerStore } from '../presence/peers.ts';
import { type PendingChange, type Settlement, sortPending } from '../push/pending-queue.ts';
import type { OnRefused } from '../push/push-promises.ts';
import type { ApplyResult } from '../state/local-state.ts';
import type { StateMessage } from '../state/state-messages.ts';
import { Persister } from '../storage/persister.ts';
import { type ClientStorage, type ClientStore, memoryStorage, type PersistedState } from '../storage/storage.ts';
import type { MakeTransport } from '../transport/transport.ts';
import { SyncEngine } from './sync-engine.ts';
import type { SyncHost, TabContext } from './sync-host.ts';
import { TabLeadership } from './tab-leadership.ts';

export interface MultiTabHostOptions {
  readonly url: string;
  readonly application: string;
  readonly clientId?: string;
  readonly onRefused?: OnRefused;
  readonly storage: ClientStorage;
  readonly peerStore: PeerStore;
  readonly makeTransport: MakeTransport;
}

/** Keys of changes that could not be stored: behind all others. They live as long as the tab. */
const UNSTORED_KEY = 2 ** 52;

/** Changes live in a store, which outlives the tab and which all tabs of a browser share; one of them leads. */
export class MultiTabHost implements SyncHost {
  readonly ready: Promise<void>;
  readonly #tab: TabContext;
  readonly #options: MultiTabHostOptions;
  readonly #store: Promise<ClientStore>;
  readonly #leadership: TabLeadership;
  /** What this tab has pushed and is still pending: whoever pushed it is told by its promises. */
  readonly #own = new Set<string>();
  #isClosed: boolean = false;
  #unstored = 0;
  #storing: Promise<void> = Promise.resolve();

  constructor(tab: TabContext, options: MultiTabHostOptions) {
    this.#tab = tab;
    this.#options = options;
    this.#store = this.#open();
    this.#leadership = new TabLeadership({
      tab,
      sharedName: options.storage.scope === 'browser' ? `changebucket:${tab.http.base}` : undefined,
      peers: () => options.peerStore.peers,
      apply: (message) => this.#apply(message),
      load: () => this.#load(),
      makeEngine: (tell) => this.#makeCircuit(tell),
    });
    this.ready = this.#load().then(() => this.#leadership.start());
  }

  add(entry: PendingChange): void {
    this.#own.add(entry.id);
    this.#apply({ type: 'change-added', entry });
    this.#storing = this.#persist(entry);
  }

  setPresence(presence: OwnPresence): void {
    this.#leadership.setPresence(presence);
  }

  close(): void {
    this.#isClosed = true;
    this.#leadership.close();
    // What was pushed right before is still stored.
    void this.#storing.then(async () => (await this.#store).close());
  }

  /** Storing nothing beats showing nothing: private windows may forbid it. */
  async #open(): Promise<ClientStore> {
    const { storage, url, application } = this.#options;
    const name = `${url}/${application}`;
    try {
      return await storage.open(name);
    } catch {
      this.#storageFailed();
      return memoryStorage().open(name);
    }
  }

  /** The store is what all tabs agree on. A state that is older than the known one is left alone. */
  async #load(): Promise<void> {
    const { local, environment, notify } = this.#tab;
    const fresh = this.#options.clientId ?? environment.newId();
    const kept = await (await this.#store).load(fresh).catch(() => this.#emptyState(fresh));
    const client = this.#options.clientId ?? kept.client;
    const known = new Set(kept.entries.map(({ id }) => id));
    const unstored = local.queue.entries.filter(({ id, key }) => key === undefined && !known.has(id));
    const entries = sortPending([...kept.entries, ...unstored]);
    const next = client === kept.client ? kept.next : 1;
    this.#take({ type: 'queue', queue: { client, next, entries }, acknowledgements: [], settlements: [] });
    if (kept.confirmed !== undefined)
      this.#take({ type: 'state-update', update: { kind: 'state', ...kept.confirmed } });
    // Both at once: no change must be missing for a moment.
    notify();
  }

  #emptyState(client: string): PersistedState {
    this.#storageFailed();
    return { client, next: 1, entries: [] };
  }

  async #makeCircuit(tell: (message: StateMessage) => ApplyResult): Promise<SyncEngine> {
    const { environment, local } = this.#tab;
    const failed = (): void =>
      void tell({ type: 'connection', connection: { ...local.connection, signal: 'storage-failed' } });
    const persister = new Persister({ environment, local, store: await this.#store, failed });
    return new SyncEngine(this.#tab, { makeTransport: this.#options.makeTransport, tell, persister });
  }

  #apply(message: StateMessage): ApplyResult {
    const applied = this.#take(message);
    this.#tab.notify();
    return applied;
  }

  #take(message: StateMessage): ApplyResult {
    const { local, promises, take } = this.#tab;
    const { entries } = local.queue;
    const applied = take(message);
    for (const settlement of applied.settlements) this.#reportSettlement(settlement, entries);
    if (message.type === 'outcomes') for (const ticket of message.tickets) promises.outcome(ticket);
    if (message.type === 'peers') this.#options.peerStore.update(message.peers);
    return applied;
  }

  /** Changes of an earlier life, and of tabs that are closed, have nobody who waits for them: the leader reports. */
  #reportSettlement(settlement: Settlement, entries: readonly PendingChange[]): void {
    const isOwn = this.#own.delete(settlement.id);
    if (isOwn || settlement.kind === 'confirmed' || !this.#leadership.isLeading) return;
    const change = entries.find(({ id }) => id === settlement.id);
    this.#options.onRefused?.(settlement.problem, change);
  }

  async #persist(entry: PendingChange): Promise<void> {
    await this.ready;
    const key = await (await this.#store).append(entry).catch(() => this.#unstoredKey());
    if (this.#isClosed) return;
    this.#leadership.tell({ type: 'change-added', entry: { ...entry, key } });
    this.#leadership.added();
  }

  #unstoredKey(): number {
    this.#storageFailed();
    this.#unstored += 1;
    return UNSTORED_KEY + this.#unstored;
  }

  #storageFailed(): void {
    this.#apply({ type: 'connection', connection: { ...this.#tab.local.connection, signal: 'storage-failed' } });
  }
}
