import { type ClientCounter, skipAfter } from '../../../core/drain/sequence.ts';
import { ANONYMOUS_CLIENT } from '../../../protocol/ids.ts';
import { CLIENTS_MAX, KEYS_MAX } from '../../../protocol/limits.ts';
import type { SentBy } from '../storage/stored-change.ts';
import { CounterPool } from './counter-pool.ts';
import type { ForgottenClients } from './forgotten-clients.ts';
import { addRetried, addSettled, settledOutcome } from './settled-runs.ts';

/**
 * The last change of each client, and the only change of each idempotency key. Both are bounded, each by itself: keys
 * cost no client its place [Q16].
 */
export class ClientCounters {
  readonly forgotten: ForgottenClients;
  readonly #clients = new CounterPool(CLIENTS_MAX);
  readonly #keys = new CounterPool(KEYS_MAX);

  /** @param counters by name, as they are iterated */
  constructor(forgotten: ForgottenClients, counters: Iterable<readonly [string, ClientCounter]> = []) {
    this.forgotten = forgotten;
    for (const [name, counter] of counters) this.#set(name, counter);
  }

  /** Number of clients and keys. */
  get size(): number {
    return this.#clients.size + this.#keys.size;
  }

  get(name: string): ClientCounter | undefined {
    return this.#poolOf(name).get(name);
  }

  /** Clients, then keys. In each pool the one that sent nothing for longest comes first. */
  *[Symbol.iterator](): IterableIterator<[string, ClientCounter]> {
    yield* this.#clients;
    yield* this.#keys;
  }

  /**
   * Records an accepted change, or the last one of a run. A retry moves no counter [O4].
   *
   * @param firstN n of the first change of the run
   */
  record({ client, n, seq, user, key, retries }: SentBy, firstN = n): void {
    const name = key === undefined ? client : keyCounterName(key);
    if (name === ANONYMOUS_CLIENT || retries !== undefined) return;
    const { settled = [], skip: before } = this.get(name) ?? {};
    const skip = key === undefined ? skipAfter({ n, seq }, firstN, before) : undefined;
    this.#set(name, { n, seq, user, settled, skip });
  }

  /** Records the outcome of a change whose turn has come. @param rejected the name of its problem */
  settle({ client, n, seq, key, retries }: Omit<SentBy, 'user'>, rejected: string | undefined): void {
    const runs = this.get(key === undefined ? client : keyCounterName(key))?.settled;
    if (runs === undefined) return;
    if (retries === undefined) addSettled(runs, { n, seq, rejected });
    else if (rejected === undefined) addRetried(runs, retries, seq);
  }

  /** The outcome of a change that the history no longer holds, if it is among the client's last [O5]. */
  outcomeOf(name: string, n: number): ReturnType<typeof settledOutcome> {
    return settledOutcome(this.get(name)?.settled ?? [], n);
  }

  /** Whether a client that is not remembered may have been accepted before: then nothing proves that its changes are new. */
  isForgotten(client: string, n: number): boolean {
    if (this.#clients.get(client) !== undefined) return false;
    return n > 1 ? !this.forgotten.isEmpty : this.forgotten.mayHave(client);
  }

  #set(name: string, counter: ClientCounter): void {
    const dropped = this.#poolOf(name).set(name, counter);
    if (dropped !== undefined && !isKey(dropped)) this.forgotten.add(dropped);
  }

  #poolOf(name: string): CounterPool {
    return isKey(name) ? this.#keys : this.#clients;
  }
}

/** Name of an idempotency key's counter: no client can have it. */
export const keyCounterName = (key: string): string => `${ANONYMOUS_CLIENT}${key}`;

const isKey = (name: string): boolean => name.startsWith(ANONYMOUS_CLIENT);
