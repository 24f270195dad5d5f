import type { Environment } from '../platform/environment.ts';
import { Timer } from '../platform/timer.ts';
import type { PendingQueue, Settlement } from '../push/pending-queue.ts';
import { changedEntries } from '../push/queue-diff.ts';
import type { LocalState } from '../state/local-state.ts';
import type { Confirmed } from '../state/state-update.ts';
import type { ClientStore } from './storage.ts';

/** The last state is what is shown offline: a few seconds more or less do not matter, writing each one would. */
const STATE_MS = 2_000;

export interface PersisterOptions {
  readonly environment: Environment;
  readonly store: ClientStore;
  readonly local: LocalState;
  /** The store takes no more: everything goes on, in memory. */
  readonly failed: () => void;
}

/** Keeps the store as the replica is. */
export class Persister {
  readonly #options: PersisterOptions;
  readonly #timer: Timer;

  constructor(options: PersisterOptions) {
    this.#options = options;
    this.#timer = new Timer(options.environment);
  }

  /** The confirmed state has moved. What it has taken in stays stored until it is stored itself. */
  stateAdvanced(before: PendingQueue, settlements: readonly Settlement[]): Promise<void> {
    if (!this.#timer.isSet) this.#timer.set(STATE_MS, () => void this.#persistState());
    return this.#options.local.queue === before ? Promise.resolve() : this.commit(before, settlements);
  }

  /** Another history: numbers of one must never be read together with the state of another. */
  epochChanged(before: PendingQueue, settlements: readonly Settlement[]): Promise<void> {
    this.#timer.clear();
    return this.commit(before, settlements, this.#options.local.confirmed);
  }

  close(): void {
    if (this.#timer.isSet) void this.#persistState();
    this.#timer.clear();
  }

  /** Stores the queue as it is. Resolves when that is done, or cannot be. */
  commit(before: PendingQueue, settlements: readonly Settlement[], confirmed?: Confirmed): Promise<void> {
    const { local, store } = this.#options;
    const { client, next, entries } = local.queue;
    const there = new Set(entries.map(({ id }) => id));
    const taken = new Map(
      settlements.flatMap((each) => (each.kind === 'confirmed' ? [[each.id, each.accepted] as const] : [])),
    );
    const left = before.entries.filter(({ id }) => !there.has(id));
    const passed = left.flatMap((entry) => {
      const accepted = taken.get(entry.id);
      return accepted === undefined || accepted === entry.accepted ? [] : [{ ...entry, accepted }];
    });
    const put = [...changedEntries(before, local.queue), ...passed].filter(({ key }) => key !== undefined);
    const remove = left.flatMap(({ id, key }) => (key === undefined || taken.has(id) ? [] : [key]));
    return this.#safely(store.commit({ client, next, put, remove, confirmed }));
  }

  #persistState(): Promise<void> {
    const { queue, confirmed } = this.#options.local;
    return this.commit(queue, [], confirmed);
  }

  #safely(done: Promise<void>): Promise<void> {
    return done.catch(() => this.#options.failed());
  }
}
