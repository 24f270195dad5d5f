import { DRAIN_RETRY_MS, WAIT_SECONDS_MAX } from '../../protocol/limits.ts';
import { withRequest } from '../logging/current-request.ts';
import { describeError, log } from '../logging/log.ts';
import type { PushMessage } from '../rpc/messages.ts';
import type { RetryPush } from './accept/queued-push.ts';
import type { VerdictWithCost } from './accept/verdict.ts';
import { DrainAlarm } from './commit/drain-alarm.ts';
import { Listeners } from './commit/listeners.ts';
import type { EffectTargets } from './commit/perform-effects.ts';
import { batchPerTick, nextIoTick, nextPushTick } from './commit/turn-batcher.ts';
import { Deletion } from './deletion/deletion.ts';
import { DrainLoop, hasWork } from './drain/drain-loop.ts';
import type { EngineOptions } from './engine-options.ts';
import { PushTurn } from './push-turn.ts';
import { Waiters } from './read/waiters.ts';
import { Listing } from './state/list-application.ts';
import type { LoadedState } from './state/loaded-state.ts';
import { StateCache } from './state/state-cache.ts';
import type { StateListener } from './state/state-listener.ts';
import { Database } from './storage/database.ts';
import { DeletedBudget } from './storage/deleted-budget.ts';

/**
 * The turns of one application: decide, then perform. Decisions are values (`Effects`); `performEffects` commits them,
 * sets the alarm and notifies the listeners, in this order.
 */
export class Engine {
  readonly database: Database;
  readonly waiters = new Waiters();
  readonly listing: Listing;
  readonly deletion: Deletion;
  /** Resolves when everything written so far is durable. */
  readonly sync: () => Promise<void>;
  /** Accepts or refuses a push, together with all others of this turn. */
  readonly push: (push: PushMessage) => Promise<VerdictWithCost>;
  /** The loaded state for a read, by the id of its request: one head check for all reads of a turn, and one burst of answers [S12]. */
  readonly read: (request: string | undefined) => Promise<LoadedState | undefined>;
  readonly #options: EngineOptions;
  readonly #state: StateCache;
  readonly #alarm: DrainAlarm;
  readonly #listeners: Listeners;
  readonly #targets: EffectTargets;
  readonly #drainLoop: DrainLoop;
  readonly #pushTurn: PushTurn;
  readonly #deletedBudget: DeletedBudget;

  constructor(options: EngineOptions) {
    const { storage, usage, name } = options;
    const sync = () => storage.sync();
    const database = new Database(storage, usage, name);
    this.#options = options;
    this.sync = sync;
    this.database = database;
    this.#deletedBudget = new DeletedBudget(database);
    this.#state = new StateCache(database, options.definitions);
    this.#alarm = new DrainAlarm((time) => database.setAlarm(time));
    this.#listeners = new Listeners(name);
    const onError = (message: string) => (error: unknown) => this.#logError(message, error);
    const readers = () => ({ ...options.readers(), waiting: this.waiters.size });
    this.listing = new Listing({ ...options, database, readers, state: this.#state, onError: onError(UNLISTED) });
    this.#listeners.add(this.waiters, this.listing);
    this.#targets = { database, alarm: this.#alarm, listeners: this.#listeners };
    this.deletion = new Deletion({
      ...{ storage, ...this.#targets, listing: this.listing, state: this.#state, settings: options.deletion },
      identity: options.identity,
      list: () => this.list(),
      replace: (write) => this.replace(write),
    });
    const onDrainError = onError('a drain failed');
    this.#drainLoop = new DrainLoop({ state: this.#state, targets: this.#targets, sync, onError: onDrainError });
    const begin = () => this.begin();
    const startDrain = (loaded: LoadedState) => this.#startDrain(loaded);
    this.#pushTurn = new PushTurn({ options, state: this.#state, targets: this.#targets, begin, startDrain });
    this.push = batchPerTick(nextPushTick(sync), (pushes) => this.#pushTurn.run(pushes));
    this.read = batchPerTick(
      (before) => nextIoTick(sync, before.length),
      (reads) => this.#readTurn(reads),
    );
  }

  /** The loaded state for a request. First resumes work that the previous instance left undone [D3]. */
  begin(): LoadedState | undefined {
    const loaded = this.#state.current();
    this.#deletedBudget.resume(loaded !== undefined);
    if (loaded !== undefined) this.#resumePendingWork(loaded);
    return loaded;
  }

  /** The loaded state with everything that any instance has acknowledged [S6]. */
  atHead(): LoadedState | undefined {
    return this.#state.atHead();
  }

  /** The loaded state, after a head check. Starts no work. */
  current(): LoadedState | undefined {
    return this.#state.current();
  }

  /**
   * Waits until the version is reached or the time is over. Starts a drain.
   *
   * @param loaded the loaded state of this very turn
   * @param user the subject that waits [F3]
   */
  async waitFor(loaded: LoadedState, version: number, seconds: number, user = ''): Promise<void> {
    if (loaded.version >= version || loaded.blockedBy !== undefined) return;
    this.#startDrain(loaded);
    if (seconds > 0 && this.waiters.hasSlotFor(user)) await this.waiters.wait(version, seconds, user);
  }

  /** Waits until the version changes or the time is over, also while the application is held [S5]. */
  async waitForChange(loaded: LoadedState, seconds: number, user = ''): Promise<void> {
    if (loaded.blockedBy === undefined) this.#startDrain(loaded);
    if (seconds <= 0 || !this.waiters.hasSlotFor(user)) return;
    await this.waiters.wait(loaded.version + 1, seconds, user, 'change');
  }

  /** The loaded state that contains everything acknowledged before the call. */
  async drained(): Promise<LoadedState | undefined> {
    this.#state.atHead();
    const loaded = this.begin();
    if (loaded !== undefined) await this.waitFor(loaded, loaded.head, WAIT_SECONDS_MAX);
    return this.#state.current();
  }

  /** Adds listeners, which are notified after every commit from now on. */
  listen(...listeners: readonly StateListener[]): void {
    this.#listeners.add(...listeners);
  }

  /** Replaces the application's data in one transaction, and notifies the listeners. */
  replace(write: () => void): void {
    this.#state.guard(() => this.database.transact(write));
    this.#state.invalidate();
    const loaded = this.begin();
    if (loaded !== undefined) this.#listeners.notify(loaded, undefined);
  }

  /** Queues a rejected change again [O4]. */
  retry(loaded: LoadedState, push: RetryPush): VerdictWithCost {
    return this.#pushTurn.retry(loaded, push);
  }

  /** Handles the alarm. Never throws: after six failures the runtime drops the alarm for good [D2]. */
  async onAlarm(): Promise<void> {
    this.#alarm.clear();
    try {
      const loaded = this.#state.current();
      if (loaded !== undefined) await this.#drainByAlarm(loaded);
      this.deletion.endExpired();
      await this.list();
      this.#alarm.schedule(this.#state.cached);
      this.deletion.setAlarm();
    } catch (error) {
      this.#logError('an alarm failed', error);
      this.#alarm.setTo(Date.now() + DRAIN_RETRY_MS);
    }
  }

  async #drainByAlarm(loaded: LoadedState): Promise<void> {
    this.#pushTurn.queueMigration(loaded);
    if ((await this.#drainLoop.run()) === 'failed') this.#alarm.setTo(Date.now() + DRAIN_RETRY_MS);
  }

  /** Tells the owner's directory of a beginning or an end. Best effort: the alarm repeats it until it succeeds [L4]. */
  async list(): Promise<void> {
    try {
      await this.listing.tell(this.#state.cached);
    } catch (error) {
      this.#logError(UNLISTED, error);
      this.#alarm.setTo(Date.now() + DRAIN_RETRY_MS);
    }
  }

  #readTurn(requests: readonly (string | undefined)[]): (LoadedState | undefined)[] {
    this.#pushTurn.polled();
    const loaded = withRequest(requests[0], () => this.begin());
    if (loaded !== undefined) this.listing.onReads(loaded, requests.length);
    return requests.map(() => loaded);
  }

  #resumePendingWork(loaded: LoadedState): void {
    this.#pushTurn.queueMigration(loaded);
    if (hasWork(loaded) && this.#alarm.isMissing(loaded)) this.#startDrain(loaded);
  }

  #startDrain(loaded: LoadedState): void {
    if (loaded.version === loaded.head) return;
    this.#alarm.schedule(loaded);
    this.#drainLoop
      .run()
      .then(() => this.#alarm.schedule(this.#state.cached))
      .catch((error: unknown) => this.#logError('the alarm could not be set', error));
  }

  #logError(message: string, error: unknown): void {
    log('error', message, { application: this.#options.name(), ...describeError(error) });
  }
}

const UNLISTED = 'the application could not be listed';
