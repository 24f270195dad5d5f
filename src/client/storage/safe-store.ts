import type { Environment } from '../platform/environment.ts';
import { withTimeLimit } from '../platform/time-limit.ts';
import type { PendingChange, PendingQueue } from '../push/pending-queue.ts';
import type { ClientStore, PersistedState, StateTransaction, StoreTransaction } from './storage.ts';

/**
 * A store that has not answered after so many ms is not waited for: IndexedDB of some browsers opens, or is there, and
 * never answers.
 */
export const STORE_TIMEOUT_MS = 4_000;

/** Keys from here on belong to changes that could not be stored: they sort behind all others and live as long as the tab. */
const UNSTORED_KEY = 2 ** 52;

export interface SafeStoreOptions {
  readonly environment: Environment;
  /** Called whenever something could not be stored. */
  readonly onFailure: () => void;
  /** The queue of the moment. */
  readonly queue: () => PendingQueue;
}

/**
 * A store of which no call rejects or hangs. What cannot be stored lives in memory, as long as the tab. Calls are made
 * even while one hangs, but not waited for: once the store answers again, nothing is missing in it.
 */
export class SafeStore {
  readonly #store: ClientStore;
  readonly #options: SafeStoreOptions;
  #isHanging: boolean = false;
  #unstored: number;

  constructor(store: ClientStore, options: SafeStoreOptions) {
    this.#store = store;
    this.#options = options;
    // Tabs whose changes are not stored may share one leader: their keys must differ.
    this.#unstored = UNSTORED_KEY + Math.floor(options.environment.random() * 2 ** 40);
  }

  /** Reads everything again; undefined when that is not possible. */
  async reload(): Promise<PersistedState | undefined> {
    return this.#attempt(() => this.#store.load(this.#numbers().client));
  }

  /** Stores the changes of one turn. @returns their keys, also of those that could not be stored */
  async append(entries: readonly PendingChange[]): Promise<readonly number[]> {
    const store = this.#store;
    const appending = call(
      () => store.appendAll?.(entries) ?? Promise.all(entries.map((entry) => store.append(entry))),
    );
    const keys = await this.#attempt(() => appending);
    if (keys !== undefined) return keys;
    // They are sent from memory now. Stored after all, they would be sent again by the next page.
    void appending.then((late) => this.commit({ ...this.#numbers(), put: [], remove: late })).catch(() => undefined);
    return entries.map(() => {
      this.#unstored += 1;
      return this.#unstored;
    });
  }

  async commit(write: StoreTransaction): Promise<void> {
    await this.#attempt(() => this.#store.commit(write));
  }

  /** Removes the confirmed state. */
  async dropState(): Promise<void> {
    await this.commit({ ...this.#numbers(), put: [], remove: [], dropState: true });
  }

  async commitState(write: StateTransaction): Promise<void> {
    const { confirmed } = write;
    const store = this.#store;
    await this.#attempt(
      () => store.commitState?.(write) ?? store.commit({ ...this.#numbers(), put: [], remove: [], confirmed }),
    );
  }

  #numbers(): Pick<StoreTransaction, 'client' | 'next'> {
    const { client, next } = this.#options.queue();
    return { client, next };
  }

  close(): void {
    void call(() => this.#store.close()).catch(() => undefined);
  }

  async #attempt<Value>(make: () => Promise<Value>): Promise<Value | undefined> {
    const answer = call(make);
    try {
      return await withTimeLimit(this.#options.environment, this.#isHanging ? 0 : STORE_TIMEOUT_MS, answer);
    } catch {
      this.#isHanging = true;
      const goOn = (): void => {
        this.#isHanging = false;
      };
      answer.then(goOn, goOn);
      this.#options.onFailure();
      return undefined;
    }
  }
}

/** Calls, and makes a rejection of what is thrown. */
export const call = async <Value>(make: () => Value | Promise<Value>): Promise<Value> => make();
