import type { Environment } from '../platform/environment.ts';
import { Alarm } from '../platform/timer.ts';
import type { Gone, PendingQueue } from '../push/pending-queue.ts';
import { changed } from '../push/queue-diff.ts';
import type { Replica } from '../state/local-state.ts';
import type { Confirmed } from '../state/state-update.ts';
import type { ClientStore } from './storage.ts';

/** The last state is what is shown offline: a few seconds more or less do not matter, writing each one would. */
const STATE_MS = 2_000;

export interface KeeperOptions {
  readonly environment: Environment;
  readonly store: ClientStore;
  readonly replica: Replica;
  /** The store takes no more: everything goes on, in memory. */
  readonly failed: () => void;
}

/** Keeps the store as the replica is. */
export class Keeper {
  readonly #options: KeeperOptions;
  readonly #alarm: Alarm;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.environment);
  }

  /** The confirmed state has moved. What it has taken in stays stored until it is stored itself. */
  moved(before: PendingQueue, gone: readonly Gone[]): Promise<void> {
    if (!this.#alarm.isSet) this.#alarm.set(STATE_MS, () => void this.#keepState());
    return this.#options.replica.queue === before ? Promise.resolve() : this.commit(before, gone);
  }

  /** Another history: numbers of one must never be read together with the state of another. */
  renewed(before: PendingQueue, gone: readonly Gone[]): Promise<void> {
    this.#alarm.clear();
    return this.commit(before, gone, this.#options.replica.confirmed);
  }

  close(): void {
    if (this.#alarm.isSet) void this.#keepState();
    this.#alarm.clear();
  }

  /** Stores the queue as it is. Resolves when that is done, or cannot be. */
  commit(before: PendingQueue, gone: readonly Gone[], confirmed?: Confirmed): Promise<void> {
    const { replica, store } = this.#options;
    const { client, next, entries } = replica.queue;
    const there = new Set(entries.map(({ id }) => id));
    const taken = new Map(
      gone.flatMap((each) => (each.kind === 'confirmed' ? [[each.id, each.accepted] as const] : [])),
    );
    const left = before.entries.filter(({ id }) => !there.has(id));
    const passed = left.flatMap((entry) => {
      const accepted = taken.get(entry.id);
      return accepted === undefined || accepted === entry.accepted ? [] : [{ ...entry, accepted }];
    });
    const put = [...changed(before, replica.queue), ...passed].filter(({ key }) => key !== undefined);
    const remove = left.flatMap(({ id, key }) => (key === undefined || taken.has(id) ? [] : [key]));
    return this.#safely(store.commit({ client, next, put, remove, confirmed }));
  }

  #keepState(): Promise<void> {
    const { queue, confirmed } = this.#options.replica;
    return this.commit(queue, [], confirmed);
  }

  #safely(done: Promise<void>): Promise<void> {
    return done.catch(() => this.#options.failed());
  }
}
