import type { Definition } from '../../core/definition.ts';
import type { ApplicationId } from '../../protocol/ids.ts';
import { DRAIN_RETRY_MS, POLLER_GONE_MS, PROBATION_MS, WAIT_SECONDS_MAX } from '../../protocol/limits.ts';
import type { Directory } from '../directory/directory.ts';
import { describeError, log } from '../logging/log.ts';
import type { PushMessage } from '../rpc/messages.ts';
import { acceptMigration } from './accept/accept-migration.ts';
import { acceptPushes, acceptRetry, findCreator, refuseAll } from './accept/accept-pushes.ts';
import type { QueuedPush } from './accept/sequence-push.ts';
import type { Verdict, VerdictWithCost } from './accept/verdict.ts';
import { type AcceptMode, acceptEffects, acceptMode } from './accept-mode.ts';
import type { CommitGroup } from './commit/commit-group.ts';
import { DrainAlarm } from './commit/drain-alarm.ts';
import { Listeners } from './commit/listeners.ts';
import { type EffectTargets, performEffects } from './commit/perform-effects.ts';
import { batchPerTick, nextIoTick, nextPushTick } from './commit/turn-batcher.ts';
import type { UsageMeter } from './cost/usage-meter.ts';
import { DrainLoop, hasWork } from './drain/drain-loop.ts';
import { listApplication } from './list-application.ts';
import { Waiters } from './live/waiters.ts';
import { createApplication, initialStateOf } from './state/creation.ts';
import type { LoadedState } from './state/loaded-state.ts';
import { StateCache } from './state/state-cache.ts';
import type { StateListener } from './state/state-listener.ts';
import { Database } from './storage/database.ts';

/** What an application gets from the platform and from its deployment. */
export interface EngineOptions {
  readonly storage: DurableObjectStorage;
  readonly usage: UsageMeter;
  readonly identity: () => ApplicationId;
  /** `owner/app` for log lines. Never throws. */
  readonly name: () => string;
  readonly directory: DurableObjectNamespace<Directory>;
  /** By kind: what this deployment can run. */
  readonly definitions: ReadonlyMap<string, Definition>;
  /** The kind that a first push creates [L2]. */
  readonly firstKind: string;
  /** Whether this instance began with hibernated sockets: then the one before did not die of a change [D12]. */
  readonly hasSurvived: boolean;
}

/**
 * The turns of one application: decide, then perform. Decisions are values (`Effects`); `performEffects` commits them,
 * sets the alarm and notifies the listeners, in this order.
 */
export class Engine {
  readonly database: Database;
  readonly waiters = new Waiters();
  /** Decides about a push together with all others of this turn. */
  readonly push: (push: PushMessage) => Promise<VerdictWithCost>;
  /** The loaded state for a read: one head check for all reads of a turn, and one burst of answers [S12]. */
  readonly read: (read: undefined) => Promise<LoadedState | undefined>;
  readonly #options: EngineOptions;
  readonly #state: StateCache;
  readonly #alarm: DrainAlarm;
  readonly #listeners: Listeners;
  readonly #targets: EffectTargets;
  readonly #drainLoop: DrainLoop;
  /** From this time on changes may be applied in the turn that accepts them, ms since 1970. */
  #trustedFrom: number;
  /** Time of the last poll, ms since 1970. */
  #polledAt = 0;

  constructor(options: EngineOptions) {
    const { storage, usage } = options;
    const sync = () => storage.sync();
    const database = new Database(storage, usage);
    this.#options = options;
    this.#trustedFrom = options.hasSurvived ? 0 : Date.now() + PROBATION_MS;
    this.database = database;
    this.#state = new StateCache(database, options.definitions);
    this.#alarm = new DrainAlarm((time) => database.setAlarm(time));
    this.#listeners = new Listeners(options.name);
    this.#listeners.add(this.waiters);
    this.#targets = { database, alarm: this.#alarm, listeners: this.#listeners };
    const onError = (error: unknown) => this.#logError('a drain failed', error);
    this.#drainLoop = new DrainLoop({ state: this.#state, targets: this.#targets, sync, onError });
    this.push = batchPerTick(nextPushTick(sync), (pushes) => this.#pushTurn(pushes));
    this.read = batchPerTick(
      (before) => nextIoTick(sync, before.length),
      (reads) => this.#readTurn(reads),
    );
  }

  /** The loaded state for a request, after taking up again what an earlier life left undone [D3]. */
  begin(): LoadedState | undefined {
    const loaded = this.#state.current();
    if (loaded !== undefined) this.#resumePendingWork(loaded);
    return loaded;
  }

  /** The loaded state, after a head check. Acts on nothing. */
  current(): LoadedState | undefined {
    return this.#state.current();
  }

  /**
   * Waits until the version is reached or the time is over. Drains at once: somebody waits.
   *
   * @param loaded the loaded state of this very turn
   */
  async waitFor(loaded: LoadedState, version: number, seconds: number): Promise<void> {
    if (loaded.version >= version || loaded.blockedBy !== undefined) return;
    this.#startDrain(loaded);
    if (seconds > 0 && !this.waiters.isFull) await this.waiters.wait(version, seconds);
  }

  /** Waits until the version changes or the time is over, also while the application is held [S5]. */
  async waitForChange(loaded: LoadedState, seconds: number): Promise<void> {
    if (loaded.blockedBy === undefined) this.#startDrain(loaded);
    await this.waiters.wait(loaded.version + 1, seconds, 'change');
  }

  /** The loaded state that contains everything acknowledged before the call. */
  async drained(): Promise<LoadedState | undefined> {
    const loaded = this.begin();
    if (loaded !== undefined) await this.waitFor(loaded, loaded.head, WAIT_SECONDS_MAX);
    return this.#state.current();
  }

  /** Adds listeners, which are notified after every commit from now on. */
  listen(...listeners: readonly StateListener[]): void {
    this.#listeners.add(...listeners);
  }

  /** Replaces the application's data in one transaction, and tells the listeners. */
  replace(write: () => void): void {
    this.#state.guard(() => this.database.transact(write));
    this.#state.invalidate();
    const loaded = this.begin();
    if (loaded !== undefined) this.#listeners.notify(loaded, undefined);
  }

  /** Queues a rejected change again [O4]. */
  retry(loaded: LoadedState, push: QueuedPush & { readonly retries: number }): VerdictWithCost {
    const [verdict] = this.#metered(() => {
      const { verdicts, group } = acceptRetry(this.database, loaded, push);
      this.#commitGroup(group, 'queue', push.retries);
      return verdicts;
    });
    return verdict as VerdictWithCost;
  }

  /** Handles the alarm. Never throws: after six failures the runtime gives up for good [D2]. */
  async onAlarm(): Promise<void> {
    this.#alarm.clear();
    try {
      const loaded = this.#state.current();
      if (loaded !== undefined) this.#queueMigration(loaded);
      if ((await this.#drainLoop.run()) === 'failed') this.#alarm.setTo(Date.now() + DRAIN_RETRY_MS);
      await this.list();
      this.#alarm.schedule(this.#state.cached);
    } catch (error) {
      this.#logError('an alarm failed', error);
      this.#alarm.setTo(Date.now() + DRAIN_RETRY_MS);
    }
  }

  /** Tells the owner's directory, once. Best effort: the alarm repeats it until the directory knows [L4]. */
  async list(): Promise<void> {
    try {
      await listApplication(this.#options.directory, this.database, this.#state.cached);
    } catch (error) {
      this.#logError('the directory could not be told', error);
      this.#alarm.setTo(Date.now() + DRAIN_RETRY_MS);
    }
  }

  /** Deletes everything [L3]. */
  async destroy(): Promise<void> {
    await this.#options.storage.deleteAll();
    this.#alarm.clear();
    this.#state.invalidate();
    this.#options.usage.restart();
    this.#listeners.notifyDeleted();
  }

  #pushTurn(pushes: readonly PushMessage[]): VerdictWithCost[] {
    try {
      return this.#metered(() => {
        const loaded = this.begin() ?? this.#create(pushes);
        if (loaded === undefined) return refuseAll(this.#options.usage.budget, pushes);
        const { verdicts, group } = acceptPushes(this.database, loaded, pushes);
        this.#commitGroup(group, this.#modeOf(group, pushes));
        return verdicts;
      });
    } catch (error) {
      this.#trustedFrom = Date.now() + PROBATION_MS;
      throw error;
    }
  }

  #readTurn(reads: readonly undefined[]): (LoadedState | undefined)[] {
    this.#polledAt = Date.now();
    const loaded = this.begin();
    return reads.map(() => loaded);
  }

  #modeOf(group: CommitGroup, pushes: readonly PushMessage[]): AcceptMode {
    const now = Date.now();
    const isPolled = now - this.#polledAt < POLLER_GONE_MS;
    const isAwaited = pushes.some(({ wait }) => wait !== undefined);
    return acceptMode(group, {
      isUrgent: isPolled || isAwaited || this.#listeners.isAnybodyThere,
      isTrusted: now >= this.#trustedFrom,
    });
  }

  #commitGroup(group: CommitGroup, mode: AcceptMode, retried?: number): void {
    const { loaded } = group;
    if (group.changes.length > 0)
      this.#state.guard(() => performEffects(this.#targets, acceptEffects(group, mode, retried)));
    if (mode !== 'queue') this.#startDrain(loaded);
  }

  #create(pushes: readonly PushMessage[]): LoadedState | undefined {
    const { definitions, firstKind, identity, usage } = this.#options;
    const kind = definitions.get(firstKind);
    if (kind === undefined || usage.budget.refusal() !== undefined) return undefined;
    const creator = findCreator(pushes, kind);
    if (creator === undefined) return undefined;
    const initial = initialStateOf(kind, { application: identity(), user: creator.user, now: Date.now() });
    this.#state.guard(() => this.database.transact(() => createApplication(this.database, initial)));
    return this.#state.current();
  }

  #resumePendingWork(loaded: LoadedState): void {
    this.#queueMigration(loaded);
    if (hasWork(loaded) && this.#alarm.isMissing(loaded)) this.#startDrain(loaded);
  }

  #queueMigration(loaded: LoadedState): void {
    const group = acceptMigration(this.database, loaded);
    if (group !== undefined) this.#commitGroup(group, 'queue');
  }

  #startDrain(loaded: LoadedState): void {
    if (loaded.version === loaded.head) return;
    this.#alarm.schedule(loaded);
    this.#drainLoop
      .run()
      .then(() => this.#alarm.schedule(this.#state.cached))
      .catch((error: unknown) => this.#logError('the alarm could not be set', error));
  }

  #metered(decide: () => readonly Verdict[]): VerdictWithCost[] {
    const { usage } = this.#options;
    const before = usage.totals;
    const verdicts = decide();
    const rows = usage.rowsSince(before, verdicts.length);
    return verdicts.map((verdict) => ({ ...verdict, ...rows }));
  }

  #logError(message: string, error: unknown): void {
    log('error', message, { application: this.#options.name(), ...describeError(error) });
  }
}
