import type { Environment } from '../platform/environment.ts';
import { Timer } from '../platform/timer.ts';
import { changedEntries } from '../push/queue-diff.ts';
import type { ApplyResult } from '../state/local-state.ts';
import type { Confirmed } from '../state/state-update.ts';
import type { ClientStore } from './storage.ts';

/**
 * The confirmed state is written at most this often, in ms. It is shown offline: a few seconds more or less do not
 * matter there, writing each version would.
 */
const STATE_MS = 2_000;

export interface PersisterOptions {
  readonly environment: Environment;
  readonly store: ClientStore;
  /** Called when a write has failed. Everything goes on, in memory. */
  readonly onFailure: () => void;
}

/** Writes to the store what dispatches have changed. */
export class Persister {
  readonly #options: PersisterOptions;
  readonly #timer: Timer;
  #latest: ApplyResult | undefined;

  constructor(options: PersisterOptions) {
    this.#options = options;
    this.#timer = new Timer(options.environment);
  }

  /** @returns resolves once everything is stored, or cannot be; undefined when there is nothing to store */
  persist(result: ApplyResult): Promise<void> | undefined {
    this.#latest = result;
    const { messages, update, queue, queueBefore, confirmed } = result;
    if (update === 'new-epoch') {
      // In one transaction: the numbers of one epoch must never be read together with the state of another.
      this.#timer.clear();
      return this.#commit(result, confirmed);
    }
    if (update === 'advanced' && !this.#timer.isSet) this.#timer.set(STATE_MS, () => this.#persistState());
    // An added change was appended before it was dispatched.
    const isStored = queue === queueBefore || messages.some(({ type }) => type === 'change-added');
    return isStored ? undefined : this.#commit(result);
  }

  close(): void {
    if (this.#timer.isSet) this.#persistState();
    this.#timer.clear();
  }

  /** A change that the confirmed state contains stays stored until that state is stored, too. */
  #commit({ queue, queueBefore, settlements }: ApplyResult, confirmed?: Confirmed): Promise<void> {
    const { client, next, entries } = queue;
    const pending = new Set(entries.map(({ id }) => id));
    const acceptances = new Map(
      settlements.flatMap((each) => (each.kind === 'confirmed' ? [[each.id, each.accepted] as const] : [])),
    );
    const dropped = queueBefore.entries.filter(({ id }) => !pending.has(id));
    const confirmedNow = dropped.flatMap((entry) => {
      const accepted = acceptances.get(entry.id);
      return accepted === undefined || accepted === entry.accepted ? [] : [{ ...entry, accepted }];
    });
    const put = [...changedEntries(queueBefore, queue), ...confirmedNow].filter(({ key }) => key !== undefined);
    const remove = dropped.flatMap(({ id, key }) => (key === undefined || acceptances.has(id) ? [] : [key]));
    const { store, onFailure } = this.#options;
    return store.commit({ client, next, put, remove, confirmed }).catch(onFailure);
  }

  #persistState(): void {
    if (this.#latest === undefined) return;
    const { queue, confirmed } = this.#latest;
    const { client, next } = queue;
    const { store, onFailure } = this.#options;
    void store.commit({ client, next, put: [], remove: [], confirmed }).catch(onFailure);
  }
}
