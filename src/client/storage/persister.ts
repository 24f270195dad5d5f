import type { Environment } from '../platform/environment.ts';
import { Timer } from '../platform/timer.ts';
import { changedEntries } from '../push/queue-diff.ts';
import type { ApplyResult } from '../state/local-state.ts';
import type { Confirmed } from '../state/state-update.ts';
import type { SafeStore } from './safe-store.ts';
import type { StatePatch } from './storage.ts';

/**
 * The confirmed state is written at most this often, in ms. It is shown offline: a few seconds more or less do not
 * matter there, writing each version would.
 */
const STATE_MS = 2_000;

export interface PersisterOptions {
  readonly environment: Environment;
  readonly store: SafeStore;
}

/** Writes to the store what dispatches have changed. */
export class Persister {
  readonly #options: PersisterOptions;
  readonly #timer: Timer;
  #confirmed: Confirmed | undefined;
  /** They lead from the state that was stored last to the latest one; undefined when a whole state came between. */
  #patches: StatePatch[] | undefined = [];
  #isStoringState: boolean = false;

  constructor(options: PersisterOptions) {
    this.#options = options;
    this.#timer = new Timer(options.environment);
  }

  /** @returns resolves once everything is stored, or cannot be; undefined when there is nothing to store */
  persist(result: ApplyResult): Promise<void> | undefined {
    const { messages, update, queue, queueBefore, confirmed } = result;
    this.#confirmed = confirmed;
    this.#collectPatches(result);
    if (messages.some(({ type }) => type === 'state-dropped')) {
      this.#timer.clear();
      return this.#options.store.dropState();
    }
    if (update === 'new-epoch') {
      // In one transaction: the numbers of one epoch must never be read together with the state of another.
      this.#timer.clear();
      this.#patches = [];
      return this.#commit(result, confirmed);
    }
    if (update === 'advanced' && !this.#timer.isSet) this.#schedule();
    // An added change was appended before it was dispatched.
    const isStored = queue === queueBefore || messages.some(({ type }) => type === 'changes-added');
    return isStored ? undefined : this.#commit(result);
  }

  /** Stores at once what is shown: the page may be about to be closed. */
  flush(): void {
    if (!this.#timer.isSet) return;
    this.#timer.clear();
    this.#persistState(true);
  }

  #collectPatches({ messages, update }: ApplyResult): void {
    if (update !== 'advanced') return;
    for (const message of messages) {
      if (message.type !== 'state-update') continue;
      if (message.update.kind === 'patch') this.#patches?.push(message.update);
      else this.#patches = undefined;
    }
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
    return this.#options.store.commit({ client, next, put, remove, confirmed });
  }

  /** One state is stored at a time: a large one takes several turns, and must not replace a newer one. */
  #schedule(): void {
    this.#timer.set(STATE_MS, () => {
      if (this.#isStoringState) this.#schedule();
      else this.#persistState(false);
    });
  }

  #persistState(isUrgent: boolean): void {
    const confirmed = this.#confirmed;
    if (confirmed === undefined) return;
    const patches = this.#patches;
    this.#patches = [];
    this.#isStoringState = true;
    void this.#options.store.commitState({ confirmed, patches, isUrgent }).then(() => {
      this.#isStoringState = false;
    });
  }
}
