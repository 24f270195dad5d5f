import type { Definition } from '../core/definition.ts';
import type { Json } from '../protocol/json.ts';
import { Circuit } from './circuit.ts';
import { type Environment, here } from './environment.ts';
import { type Asked, type Direction, type Inverse, UndoHistory } from './history.ts';
import { Http } from './http.ts';
import type { MakeLive } from './live-transports.ts';
import type { Message, TabMessage } from './message.ts';
import type { ClientOptions } from './options.ts';
import type { Gone, Pending } from './pending.ts';
import { inOrder } from './pending.ts';
import type { Peers, Present } from './presence.ts';
import { ownProblem } from './problem-error.ts';
import { type Applied, Replica } from './replica.ts';
import type { Status } from './status.ts';
import { type ClientStorage, type Kept, memoryStorage, type Store } from './storage.ts';
import { Subscribers } from './subscribers.ts';
import { aloneTab, lockedTabs, type TabEvents, type Tabs } from './tabs.ts';
import { TicketAsker } from './ticket-asker.ts';
import { Tokens } from './tokens.ts';
import type { View } from './view.ts';
import { type Pushed, Waits } from './waits.ts';

/** What a client is made of besides its options; the light one brings less. */
export interface Parts {
  readonly view: (user: () => string) => View;
  readonly storage: ClientStorage;
  readonly inverse: Inverse | undefined;
  readonly makeLive: MakeLive;
  /** What the page was built with, to be compared with what the server runs. */
  readonly definition: Pick<Definition, 'name' | 'version'> | undefined;
}

const CLOSED = ownProblem('closed', 0, 'The client was closed', 'What became of the change is not known here.');
/** Keys of changes that could not be stored: behind all others. They live as long as the tab. */
const UNSTORED_KEY = 2 ** 52;

/** One application in one tab: puts the parts together, and passes on what they tell each other. */
export class Core {
  readonly replica: Replica;
  readonly states: Subscribers<Json>;
  readonly statuses: Subscribers<Status>;
  readonly peers: Subscribers<Peers>;
  readonly history: UndoHistory;
  readonly ready: Promise<void>;
  readonly #options: ClientOptions<never>;
  readonly #parts: Parts;
  readonly #environment: Environment;
  readonly #tokens: Tokens;
  readonly #http: Http;
  readonly #waits: Waits;
  readonly #asker: TicketAsker;
  readonly #store: Promise<Store>;
  readonly #unwatch: () => void;
  #tabs: Tabs | undefined;
  #circuit: Circuit | undefined;
  #isClosed: boolean = false;
  #unstored = 0;
  #storing: Promise<void> = Promise.resolve();

  constructor(options: ClientOptions<never>, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    this.#environment = environmentOf(options);
    this.#tokens = new Tokens(options.token, this.#environment.now);
    this.#http = new Http(
      `${options.url.replace(/\/$/, '')}/v1/apps/${options.application}`,
      this.#tokens,
      this.#environment,
    );
    this.replica = new Replica(parts.view(() => this.#tokens.subject));
    this.states = new Subscribers(() => this.replica.state);
    this.statuses = new Subscribers(() => this.replica.status);
    this.peers = new Subscribers(() => this.replica.peers);
    this.history = new UndoHistory(options.inverse ?? parts.inverse ?? (() => undefined));
    this.#waits = new Waits((id, problem) => {
      if (problem === undefined) return;
      this.history.forget(id);
      options.onRefused?.(problem, this.#changeOf(id));
    });
    this.#asker = new TicketAsker(this.#http, this.#waits, this.#environment);
    this.#store = this.#open();
    this.#unwatch = this.#environment.watch(() => this.#look());
    this.ready = this.#begin();
  }

  push({ name, args }: Asked, direction: Direction): Pushed {
    // A copy: what the caller does with the args afterwards is not part of the change.
    const copy = JSON.parse(JSON.stringify(args)) as Json;
    const id = this.#environment.freshId();
    const pushed = this.#waits.open(id);
    if (this.#isClosed) {
      this.#waits.fail(id, CLOSED);
      return pushed;
    }
    const entry = { id, name, args: copy, at: this.#environment.now() };
    this.#apply({ type: 'added', entry });
    this.history.note(id, { name, args: copy }, this.replica.view.effectOf(id), direction);
    this.#storing = this.#keep(entry);
    return pushed;
  }

  step(asked: Asked | undefined, direction: Direction): Pushed | undefined {
    return asked && this.push(asked, direction);
  }

  present(present: Present): void {
    if (this.#circuit === undefined) this.#tabs?.send({ type: 'present', ...present });
    else this.#circuit.present(present);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unwatch();
    this.#circuit?.stop();
    this.#tabs?.close();
    this.#asker.close();
    this.#waits.close(CLOSED);
    for (const each of [this.states, this.statuses, this.peers]) each.clear();
    // What was pushed right before is still stored.
    void this.#storing.then(async () => (await this.#store).close());
  }

  /** Storing nothing beats showing nothing: private windows may forbid it. */
  async #open(): Promise<Store> {
    const { url, application } = this.#options;
    const name = `${url}/${application}`;
    try {
      return await (this.#options.storage ?? this.#parts.storage).open(name);
    } catch {
      this.#storageFailed();
      return memoryStorage().open(name);
    }
  }

  async #begin(): Promise<void> {
    await this.#load();
    if (this.#isClosed) return;
    const events: TabEvents = { lead: () => void this.#lead(), receive: (message) => this.#receive(message) };
    const { locks } = this.#environment;
    const isShared = (this.#options.storage ?? this.#parts.storage).scope === 'browser' && locks !== undefined;
    this.#tabs = isShared ? lockedTabs(`changebucket:${this.#http.base}`, locks, events) : aloneTab(events);
  }

  /** The store is what all tabs agree on. */
  async #load(): Promise<void> {
    const fresh = this.#options.clientId ?? this.#environment.freshId();
    const kept = await (await this.#store).load(fresh).catch(() => this.#nothing(fresh));
    const client = this.#options.clientId ?? kept.client;
    const known = new Set(kept.entries.map(({ id }) => id));
    const unstored = this.replica.queue.entries.filter(({ id, key }) => key === undefined && !known.has(id));
    const entries = inOrder([...kept.entries, ...unstored]);
    const next = client === kept.client ? kept.next : 1;
    const gone = this.replica.begin({ client, next, entries }, kept.confirmed);
    for (const each of gone) this.#bury(each, entries, client);
    this.#notify();
  }

  #nothing(client: string): Kept {
    this.#storageFailed();
    return { client, next: 1, entries: [] };
  }

  async #lead(): Promise<void> {
    // The leader before has gone on since this tab has read the store.
    if (this.#tabs !== undefined) await this.#load();
    if (this.#isClosed) return;
    this.#circuit = new Circuit({
      mode: this.#options.transport ?? 'auto',
      makeLive: this.#parts.makeLive,
      intervalMs: this.#options.interval ?? 250,
      environment: this.#environment,
      http: this.#http,
      tokens: this.#tokens,
      store: await this.#store,
      replica: this.replica,
      definition: this.#parts.definition,
      tell: (message) => this.#tell(message),
    });
    if (this.#isClosed) return;
    this.#circuit.start();
    this.#tabs?.send(this.#whole());
  }

  #tell(message: Message): Applied {
    const applied = this.#apply(message);
    this.#tabs?.send(message);
    return applied;
  }

  #apply(message: Message): Applied {
    const { entries, client } = this.replica.queue;
    const applied = this.replica.apply(message);
    for (const told of applied.told) this.#waits.told(told);
    for (const gone of applied.gone) this.#bury(gone, entries, client);
    if (message.type === 'outcomes') for (const ticket of message.tickets) this.#waits.outcome(ticket);
    this.#asker.look();
    this.#notify();
    return applied;
  }

  /** Changes of an earlier life, and of tabs that are closed, have nobody who waits for them: the leader reports. */
  #bury(gone: Gone, entries: readonly Pending[], client: string): void {
    const isOwn = this.#waits.has(gone.id);
    this.#waits.gone(gone, client);
    if (isOwn || this.#circuit === undefined || gone.kind === 'confirmed') return;
    const problem = gone.kind === 'refused' ? gone.problem : problemOf(gone.ticket);
    if (problem !== undefined)
      this.#options.onRefused?.(
        problem,
        entries.find(({ id }) => id === gone.id),
      );
  }

  #receive(message: TabMessage): void {
    switch (message.type) {
      case 'hello':
        if (this.#circuit !== undefined) this.#tabs?.send(this.#whole());
        return;
      case 'whole':
        this.#follow(message);
        return;
      case 'looking':
        if (this.#environment.visibility() === 'hidden') this.#yield();
        return;
      case 'present':
        this.#circuit?.present(message);
        return;
      case 'added':
        this.#apply(message);
        this.#circuit?.added();
        return;
      default:
        if (this.#circuit === undefined) this.#apply(message);
    }
  }

  #follow({ confirmed, news, link, peers, visibility }: TabMessage & { readonly type: 'whole' }): void {
    if (this.#circuit !== undefined) return;
    if (confirmed !== undefined) this.#apply({ type: 'seen', sighting: { kind: 'state', ...confirmed } });
    this.#apply({ type: 'queue', news, told: [], gone: [] });
    this.#apply({ type: 'link', link });
    this.#apply({ type: 'peers', peers });
    if (visibility === 'hidden') this.#look();
  }

  #yield(): void {
    if (this.#circuit === undefined) return;
    this.#circuit.stop();
    this.#circuit = undefined;
    this.#tabs?.yield();
  }

  #look(): void {
    const isLookedAt = this.#environment.visibility() === 'visible';
    if (isLookedAt && this.#circuit === undefined) this.#tabs?.send({ type: 'looking' });
  }

  #whole(): TabMessage {
    const { confirmed, queue, link, peers } = this.replica;
    const news = { ...queue, gone: [] };
    return { type: 'whole', confirmed, news, link, peers, visibility: this.#environment.visibility() };
  }

  async #keep(entry: Pending): Promise<void> {
    await this.ready;
    const key = await (await this.#store).append(entry).catch(() => this.#unstoredKey());
    if (this.#isClosed) return;
    this.#tell({ type: 'added', entry: { ...entry, key } });
    this.#circuit?.added();
  }

  #unstoredKey(): number {
    this.#storageFailed();
    this.#unstored += 1;
    return UNSTORED_KEY + this.#unstored;
  }

  #storageFailed(): void {
    this.#apply({ type: 'link', link: { ...this.replica.link, signal: 'storage-failed' } });
  }

  #changeOf(id: string): Pending | undefined {
    return this.replica.queue.entries.find((entry) => entry.id === id);
  }

  #notify(): void {
    this.states.notify();
    this.statuses.notify();
    this.peers.notify();
  }
}

const environmentOf = ({ fetch, WebSocket, environment }: ClientOptions<never>): Environment =>
  here({
    ...(fetch === undefined ? {} : { fetch }),
    ...(WebSocket === undefined ? {} : { WebSocket }),
    ...environment,
  });

const problemOf = (
  ticket: (Gone & { readonly kind: 'settled' })['ticket'],
): Parameters<Waits['fail']>[1] | undefined => ('problem' in ticket ? ticket.problem : undefined);
