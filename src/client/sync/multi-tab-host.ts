import type { CoreOptions } from '../options.ts';
import type { Present } from '../presence/peers.ts';
import type { Room } from '../presence/room.ts';
import { type Gone, inOrder, type PendingChange } from '../push/pending-queue.ts';
import type { Applied } from '../state/local-state.ts';
import type { Message } from '../state/state-messages.ts';
import { Keeper } from '../storage/persister.ts';
import { type ClientStorage, type ClientStore, memoryStorage, type PersistedState } from '../storage/storage.ts';
import type { MakeLine } from '../transport/transport.ts';
import { Circuit } from './sync-engine.ts';
import type { Home, Seat } from './sync-host.ts';
import { Leadership } from './tab-leadership.ts';

export interface SharedHomeOptions extends CoreOptions {
  readonly storage: ClientStorage;
  readonly room: Room;
  readonly makeLine: MakeLine;
}

/** Keys of changes that could not be stored: behind all others. They live as long as the tab. */
const UNSTORED_KEY = 2 ** 52;

/** Changes live in a store, which outlives the tab and which all tabs of a browser share; one of them leads. */
export class SharedHome implements Home {
  readonly ready: Promise<void>;
  readonly #seat: Seat;
  readonly #options: SharedHomeOptions;
  readonly #store: Promise<ClientStore>;
  readonly #leadership: Leadership;
  /** What this tab has pushed and is still pending: whoever pushed it is told by its promises. */
  readonly #own = new Set<string>();
  #isClosed: boolean = false;
  #unstored = 0;
  #storing: Promise<void> = Promise.resolve();

  constructor(seat: Seat, options: SharedHomeOptions) {
    this.#seat = seat;
    this.#options = options;
    this.#store = this.#open();
    this.#leadership = new Leadership({
      seat,
      sharedName: options.storage.scope === 'browser' ? `changebucket:${seat.http.base}` : undefined,
      peers: () => options.room.peers,
      apply: (message) => this.#apply(message),
      load: () => this.#load(),
      makeCircuit: (tell) => this.#makeCircuit(tell),
    });
    this.ready = this.#load().then(() => this.#leadership.start());
  }

  add(entry: PendingChange): void {
    this.#own.add(entry.id);
    this.#apply({ type: 'added', entry });
    this.#storing = this.#keep(entry);
  }

  present(present: Present): void {
    this.#leadership.present(present);
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
    const { replica, environment, notify } = this.#seat;
    const fresh = this.#options.clientId ?? environment.newId();
    const kept = await (await this.#store).load(fresh).catch(() => this.#nothing(fresh));
    const client = this.#options.clientId ?? kept.client;
    const known = new Set(kept.entries.map(({ id }) => id));
    const unstored = replica.queue.entries.filter(({ id, key }) => key === undefined && !known.has(id));
    const entries = inOrder([...kept.entries, ...unstored]);
    const next = client === kept.client ? kept.next : 1;
    this.#take({ type: 'queue', queue: { client, next, entries }, told: [], gone: [] });
    if (kept.confirmed !== undefined) this.#take({ type: 'seen', sighting: { kind: 'state', ...kept.confirmed } });
    // Both at once: no change must be missing for a moment.
    notify();
  }

  #nothing(client: string): PersistedState {
    this.#storageFailed();
    return { client, next: 1, entries: [] };
  }

  async #makeCircuit(tell: (message: Message) => Applied): Promise<Circuit> {
    const { environment, replica } = this.#seat;
    const failed = (): void => void tell({ type: 'link', link: { ...replica.link, signal: 'storage-failed' } });
    const keeper = new Keeper({ environment, replica, store: await this.#store, failed });
    return new Circuit(this.#seat, { makeLine: this.#options.makeLine, tell, keeper });
  }

  #apply(message: Message): Applied {
    const applied = this.#take(message);
    this.#seat.notify();
    return applied;
  }

  #take(message: Message): Applied {
    const { replica, waits, take } = this.#seat;
    const { entries } = replica.queue;
    const applied = take(message);
    for (const gone of applied.gone) this.#bury(gone, entries);
    if (message.type === 'outcomes') for (const ticket of message.tickets) waits.outcome(ticket);
    if (message.type === 'peers') this.#options.room.take(message.peers);
    return applied;
  }

  /** Changes of an earlier life, and of tabs that are closed, have nobody who waits for them: the leader reports. */
  #bury(gone: Gone, entries: readonly PendingChange[]): void {
    const isOwn = this.#own.delete(gone.id);
    if (isOwn || gone.kind === 'confirmed' || !this.#leadership.isLeading) return;
    const change = entries.find(({ id }) => id === gone.id);
    this.#options.onRefused?.(gone.problem, change);
  }

  async #keep(entry: PendingChange): Promise<void> {
    await this.ready;
    const key = await (await this.#store).append(entry).catch(() => this.#unstoredKey());
    if (this.#isClosed) return;
    this.#leadership.tell({ type: 'added', entry: { ...entry, key } });
    this.#leadership.added();
  }

  #unstoredKey(): number {
    this.#storageFailed();
    this.#unstored += 1;
    return UNSTORED_KEY + this.#unstored;
  }

  #storageFailed(): void {
    this.#apply({ type: 'link', link: { ...this.#seat.replica.link, signal: 'storage-failed' } });
  }
}
