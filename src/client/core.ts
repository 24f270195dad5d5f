import type { Definition } from '../core/definition.ts';
import type { Json } from '../protocol/json.ts';
import { Circuit } from './circuit.ts';
import { type Environment, here } from './environment.ts';
import { type Asked, type Direction, type Inverse, UndoHistory } from './history.ts';
import { Http } from './http.ts';
import { Leadership } from './leadership.ts';
import type { MakeLive } from './live-transports.ts';
import type { Message } from './message.ts';
import type { ClientOptions } from './options.ts';
import type { Gone, Pending } from './pending.ts';
import { idsOf, inOrder } from './pending.ts';
import { place } from './place.ts';
import type { Peers, Present } from './presence.ts';
import { CLOSED } from './problem-error.ts';
import { type Applied, Replica } from './replica.ts';
import type { Status } from './status.ts';
import { type ClientStorage, type Kept, memoryStorage, type Store } from './storage.ts';
import { Subscribers } from './subscribers.ts';
import { TicketAsker } from './ticket-asker.ts';
import { Tokens } from './tokens.ts';
import type { View } from './view.ts';
import { type Pushed, Waits } from './waits.ts';

/** What a client is made of besides its options. */
export interface Parts {
  readonly view: (user: () => string) => View;
  readonly storage: ClientStorage;
  readonly inverse: Inverse | undefined;
  readonly makeLive: MakeLive;
  /** What the page was built with, to be compared with what the server runs. */
  readonly definition: Pick<Definition, 'name' | 'version'> | undefined;
}

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
  readonly #leadership: Leadership;
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
    this.#waits = new Waits((problem, id, change) => {
      this.history.forget(id);
      options.onRefused?.(problem, change);
    });
    this.#asker = new TicketAsker(this.#http, this.#waits, this.#environment);
    this.#store = this.#open();
    const storage = options.storage ?? parts.storage;
    this.#leadership = new Leadership({
      environment: this.#environment,
      sharedName: storage.scope === 'browser' ? `changebucket:${this.#http.base}` : undefined,
      replica: this.replica,
      apply: (message) => this.#apply(message),
      load: () => this.#load(),
      makeCircuit: (tell) => this.#makeCircuit(tell),
    });
    this.ready = this.#load().then(() => this.#leadership.start());
  }

  push({ name, args }: Asked, direction: Direction): Pushed {
    // A copy: what the caller does with the args afterwards is not part of the change.
    const copy = JSON.parse(JSON.stringify(args)) as Json;
    const id = this.#environment.freshId();
    const pushed = this.#waits.open(id, { name, args: copy });
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
    this.#leadership.present(present);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#leadership.close();
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

  /** The store is what all tabs agree on. */
  async #load(): Promise<void> {
    const fresh = this.#options.clientId ?? this.#environment.freshId();
    const kept = await (await this.#store).load(fresh).catch(() => this.#nothing(fresh));
    const client = this.#options.clientId ?? kept.client;
    const known = new Set(idsOf(kept.entries));
    const unstored = this.replica.queue.entries.filter(({ id, key }) => key === undefined && !known.has(id));
    const entries = inOrder([...kept.entries, ...unstored]);
    const next = client === kept.client ? kept.next : 1;
    const gone = this.replica.begin({ client, next, entries }, kept.confirmed);
    for (const each of gone) this.#waits.gone(each, client);
    this.#notify();
  }

  #nothing(client: string): Kept {
    this.#storageFailed();
    return { client, next: 1, entries: [] };
  }

  async #makeCircuit(tell: (message: Message) => Applied): Promise<Circuit> {
    const { transport = 'auto', interval = 250 } = this.#options;
    const { makeLive, definition } = this.#parts;
    return new Circuit({
      ...{ mode: transport, intervalMs: interval, makeLive, definition, tell },
      ...{ environment: this.#environment, http: this.#http, tokens: this.#tokens, replica: this.replica },
      store: await this.#store,
    });
  }

  #apply(message: Message): Applied {
    const { entries, client } = this.replica.queue;
    const applied = this.replica.apply(message);
    // Asked before the promises are told: after that nobody waits any more.
    const others = applied.gone.filter(({ id }) => !this.#waits.has(id));
    for (const told of applied.told) this.#waits.told(told);
    for (const gone of applied.gone) this.#waits.gone(gone, client);
    for (const gone of others) this.#report(gone, entries);
    if (message.type === 'outcomes') for (const ticket of message.tickets) this.#waits.outcome(ticket);
    this.#asker.look();
    this.#notify();
    return applied;
  }

  /** Changes of an earlier life, and of tabs that are closed, have nobody who waits for them: the leader reports. */
  #report(gone: Gone, entries: readonly Pending[]): void {
    if (!this.#leadership.isLeading || gone.kind === 'confirmed') return;
    const problem = gone.kind === 'refused' ? gone.problem : problemOf(gone.ticket);
    if (problem !== undefined)
      this.#options.onRefused?.(
        problem,
        entries.find(({ id }) => id === gone.id),
      );
  }

  async #keep(entry: Pending): Promise<void> {
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
    this.#apply({ type: 'link', link: { ...this.replica.link, signal: 'storage-failed' } });
  }

  #notify(): void {
    this.states.notify();
    this.statuses.notify();
    this.peers.notify();
  }
}

const environmentOf = ({ fetch, WebSocket, environment }: ClientOptions<never>): Environment =>
  here({
    ...{ WebSocket: place.WebSocket, locks: place.navigator?.locks },
    ...(fetch === undefined ? {} : { fetch }),
    ...(WebSocket === undefined ? {} : { WebSocket }),
    ...environment,
  });

const problemOf = (
  ticket: (Gone & { readonly kind: 'settled' })['ticket'],
): Parameters<Waits['fail']>[1] | undefined => ('problem' in ticket ? ticket.problem : undefined);
