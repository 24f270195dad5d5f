import type { ClientProblem } from '../platform/problem-error.ts';
import { Timer } from '../platform/timer.ts';
import type { OwnPresence } from '../presence/peers.ts';
import { type PendingChange, sortPending } from '../push/pending-queue.ts';
import { applyOutcomes } from '../push/push-promises.ts';
import { type QueueUpdate, queueUpdate } from '../push/push-response.ts';
import type { ApplyResult } from '../state/local-state.ts';
import { stateUpdateOf } from '../state/state-messages.ts';
import type { StateUpdate } from '../state/state-update.ts';
import type { Signal } from '../state/status.ts';
import { openSafely } from '../storage/open-safely.ts';
import { Persister } from '../storage/persister.ts';
import type { SafeStore, SafeStoreOptions } from '../storage/safe-store.ts';
import type { PersistedState } from '../storage/storage.ts';
import { withSubject } from '../storage/store-name.ts';
import type { MakeTransport } from '../transport/transport.ts';
import { withAccessCheck } from './access-check.ts';
import { createDispatch, type Dispatch, type Origin } from './dispatch.ts';
import { learnSubject } from './learn-subject.ts';
import type { MultiTabHostOptions } from './multi-tab-options.ts';
import { SyncEngine } from './sync-engine.ts';
import type { SyncHost, TabContext } from './sync-host.ts';
import { type Leader, TabLeadership } from './tab-leadership.ts';

/** Keeps changes in a store, which outlives the tab and which all tabs of a browser and subject share; one of them leads. */
export class MultiTabHost implements SyncHost {
  readonly ready: Promise<void>;
  readonly #tab: TabContext;
  readonly #options: MultiTabHostOptions;
  readonly #dispatch: Dispatch;
  readonly #leadership: TabLeadership;
  /** The application's store; that of a subject has a name of its own. */
  readonly #name: string;
  readonly #opening: Promise<SafeStore>;
  readonly #tokenRetry: Timer;
  /** Ids of the pending changes that this tab has pushed: their promises report how they end. */
  readonly #ownIds = new Set<string>();
  /** The changes of this turn: they are stored in one transaction when it ends. */
  #added: PendingChange[] = [];
  #isClosed: boolean = false;
  #isStored: boolean = false;
  #storing: Promise<void> = Promise.resolve();

  constructor(tab: TabContext, options: MultiTabHostOptions) {
    this.#tab = tab;
    this.#options = options;
    this.#name = `${options.url}/${options.application}${tab.http.query}`;
    this.#tokenRetry = new Timer(tab.environment);
    this.#dispatch = createDispatch(tab, {
      settle: (result) => this.#settle(result),
      persist: (result) => this.#leadership.leader?.persister.persist(result),
      broadcast: (result) => this.#leadership.broadcast(result),
      notify: ({ messages }) => {
        for (const message of messages) if (message.type === 'peers') options.peerStore.update(message.peers);
        options.observer.notify();
      },
    });
    this.#leadership = new TabLeadership({
      tab,
      peers: () => options.peerStore.peers,
      dispatch: this.#dispatch,
      load: () => this.#reload(),
      makeLeader: () => this.#makeLeader(),
      onUnshared: () => this.#signal('tabs-unshared', 'store'),
    });
    let isReady!: () => void;
    this.ready = new Promise((resolve) => {
      isReady = resolve;
    });
    this.#opening = this.#open(isReady);
    void this.#opening.then(() => isReady());
  }

  add(entry: PendingChange): void {
    this.#ownIds.add(entry.id);
    this.#dispatch([{ type: 'changes-added', entries: [entry] }]);
    this.#added.push(entry);
    if (this.#added.length > 1) return;
    const before = this.#storing;
    // When the turn ends, not later: the page may be gone by then.
    this.#storing = Promise.resolve().then(() => this.#append(before));
  }

  amend(entry: PendingChange): void {
    this.#dispatch([{ type: 'changes-added', entries: [entry] }]);
    this.#leadership.onChangesAdded();
  }

  receive(update: StateUpdate): void {
    this.#leadership.receive(update);
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
    this.#tokenRetry.clear();
    this.#options.observer.close();
    this.#leadership.stop();
    // A change that was pushed right before is still stored, and only then may another tab lead.
    void this.#storing
      .then(() => this.#opening)
      .then((store) => store.close())
      .finally(() => this.#leadership.close());
  }

  /** Shows nothing any longer: the tokens are of another subject now. Their own store keeps what was stored. */
  hide(): void {
    const { client } = this.#tab.local.queue;
    this.#signal('subject-changed', 'store');
    this.#dispatch(
      [{ type: 'state-dropped' }, { type: 'queue', ...queueUpdate({ client, next: 1, entries: [] }) }],
      'store',
    );
  }

  /** @param isReady called when nothing can be shown for now, because the subject is not known */
  async #open(isReady: () => void): Promise<SafeStore> {
    await learnSubject(this.#tab, {
      subjects: this.#options.subjects,
      timer: this.#tokenRetry,
      isClosed: () => this.#isClosed,
      onFailure: () => {
        this.#signal('token-failed', 'store', this.#tab.http.tokens.failure);
        isReady();
        this.#tab.giveUp?.unstored?.(this.#tab, this);
      },
    });
    const { storage, subjects, clientId } = this.#options;
    const { subject } = subjects;
    const name = withSubject(this.#name, subject);
    const newClient = clientId ?? this.#tab.environment.newId();
    const opened = await openSafely(storage, { name, subject, newClient }, this.#storeOptions());
    this.#isStored = opened.isStored;
    if (this.#isClosed) return opened.store;
    this.#show(opened.stored);
    this.#leadership.start(opened.isStored ? this.#sharedName(subject) : undefined);
    return opened.store;
  }

  /** The lock and the channel of the tabs that see the same data; undefined when no other tab does. */
  #sharedName(subject = ''): string | undefined {
    const { scope, namespace = 'changebucket' } = this.#options.storage;
    return scope === 'browser'
      ? withSubject(`${namespace}:${this.#tab.http.base}${this.#tab.http.query}`, subject)
      : undefined;
  }

  #storeOptions(): SafeStoreOptions {
    const { environment, local } = this.#tab;
    return {
      environment,
      queue: () => local.queue,
      onFailure: () => this.#signal('storage-failed', this.#leadership.leader ? 'this-tab' : 'store'),
    };
  }

  async #reload(): Promise<void> {
    const stored = await (await this.#opening).reload();
    if (stored !== undefined && !this.#isClosed) this.#show(stored);
  }

  /** Takes over the queue of the store, which all tabs share, and its state unless a newer one is known. */
  #show(stored: PersistedState): void {
    const { local } = this.#tab;
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

  async #makeLeader(): Promise<Leader> {
    const { environment } = this.#tab;
    const store = await this.#opening;
    await this.#adopt(store);
    const persister = new Persister({ environment, store });
    const makeTransport: MakeTransport = (context) =>
      this.#options.makeTransport(withAccessCheck(context, () => this.#dispatch([{ type: 'state-dropped' }])));
    return { persister, engine: new SyncEngine(this.#tab, this.#dispatch, makeTransport) };
  }

  /** Takes along what was pushed before somebody signed in. */
  async #adopt(store: SafeStore): Promise<void> {
    const { adopt, storage, subjects, clientId } = this.#options;
    if (adopt === undefined || !this.#isStored || !subjects.subject) return;
    const { environment, local } = this.#tab;
    const target = { store, queue: local.queue };
    const adopted = await adopt(target, {
      storage,
      environment,
      from: this.#name,
      lockName: this.#sharedName(),
      isClientFree: clientId === undefined,
    });
    if (adopted === undefined) return;
    const { client, next, entries } = adopted;
    const queue = { client, next, entries: sortPending([...local.queue.entries, ...entries]) };
    this.#dispatch([{ type: 'queue', ...queueUpdate(queue) }], 'store');
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

  async #append(before: Promise<void>): Promise<void> {
    // Those of this turn are taken before anything is awaited, so that in a page that is open for long it is one turn.
    const store = await this.#opening;
    // What was given up before there was a store is none of them.
    const entries = this.#added.filter(({ id }) => this.#ownIds.has(id));
    this.#added = [];
    const appending = store.append(entries);
    await before;
    const keys = await appending;
    if (this.#isClosed) return;
    this.#dispatch([
      { type: 'changes-added', entries: entries.map((entry, index) => ({ ...entry, key: keys[index] as number })) },
    ]);
    this.#leadership.onChangesAdded();
  }

  /** @param origin `this-tab` to tell the other tabs, too: when the leader's writes fail, no tab's changes are stored */
  #signal(signal: Signal, origin: Origin, error?: ClientProblem): void {
    const { connection } = this.#tab.local;
    if (connection.signal !== signal)
      this.#dispatch([{ type: 'connection', connection: { ...connection, signal, ...(error && { error }) } }], origin);
  }
}
