import type { Definition } from '../../core/definition.ts';
import type { Slice } from '../../core/drain/drain-slice.ts';
import type { ApplicationId } from '../../protocol/ids.ts';
import { DRAIN_RETRY_MS, POLLER_GONE_MS, PROBATION_MS, WAIT_SECONDS_MAX } from '../../protocol/limits.ts';
import { problem, unknownApplication } from '../../protocol/problems.ts';
import type { Cost } from '../../protocol/receipt.ts';
import type { Directory } from '../directory/directory.ts';
import { describeError, log } from '../logging/log.ts';
import type { PushMessage, Refusal } from '../rpc/messages.ts';
import { Acceptor, type Verdict } from './accept/acceptor.ts';
import type { QueuedPush } from './accept/sequence-push.ts';
import { batchPerTick, nextIoTick, nextMacrotask } from './commit/turn-batcher.ts';
import type { Totals, UsageMeter } from './cost/usage-meter.ts';
import { Alarm } from './drain/drain-alarm.ts';
import { Drainer } from './drain/drain-loop.ts';
import { Waiters } from './live/waiters.ts';
import { type LoadedState, positionOf } from './state/loaded-state.ts';
import { blockReason } from './state/migration.ts';
import { StateCache } from './state/state-cache.ts';
import type { StateListener } from './state/state-listener.ts';
import { updateApplicationRow } from './storage/application-row.ts';
import { Database } from './storage/database.ts';

/** What an application gets from the platform and from its deployment. */
export interface EngineOptions {
  readonly storage: DurableObjectStorage;
  readonly usage: UsageMeter;
  /** Which application this is. */
  readonly identity: () => ApplicationId;
  readonly directory: DurableObjectNamespace<Directory>;
  /** What this deployment can run, by kind. */
  readonly definitions: ReadonlyMap<string, Definition>;
  /** The kind that a first push creates [L2]. */
  readonly firstKind: string;
  /** Whether this life began with the sockets of the one before: then that one did not die of a change [D12]. */
  readonly hasSurvived: boolean;
}

/** A verdict with what it cost: the rows of a turn are shared by all who were in it. */
export type VerdictWithCost = Verdict & Pick<Cost, 'rowsRead' | 'rowsWritten'>;

/** Queue, drain, alarm and waiting, wired to the storage of one application. */
export class Engine {
  readonly database: Database;
  readonly acceptor: Acceptor;
  readonly waiters = new Waiters();
  /** Takes in a push together with all others of this turn. */
  readonly acceptInTurn: (push: PushMessage) => Promise<VerdictWithCost>;
  /** One head check for all the reads of a turn, and one burst of answers [S12]. */
  readonly lookInTurn: (read: undefined) => Promise<LoadedState | undefined>;
  readonly #listeners: StateListener[] = [this.waiters];
  readonly #options: EngineOptions;
  readonly #present: StateCache;
  readonly #alarm: Alarm;
  readonly #drainer: Drainer;
  /** From when on changes may be applied in the turn that accepts them, ms since 1970. */
  #trustedFrom: number;
  /** When somebody polled last, ms since 1970. */
  #polledAt = 0;

  constructor(options: EngineOptions) {
    const { storage, usage, identity, definitions, firstKind } = options;
    const database = new Database(storage, usage);
    const present = new StateCache(database);
    const definitionOf = this.definitionOf.bind(this);
    const sync = () => storage.sync();
    this.#options = options;
    this.#trustedFrom = options.hasSurvived ? 0 : Date.now() + PROBATION_MS;
    this.database = database;
    this.#present = present;
    this.#alarm = new Alarm((time) => database.setAlarm(time));
    this.#drainer = new Drainer({
      ...{ database, present, definitionOf },
      sync,
      onAttempt: () => this.#alarm.setTo(Date.now() + DRAIN_RETRY_MS),
      onSlice: (loaded, slice) => this.#tell(loaded, slice),
    });
    this.acceptor = new Acceptor({
      ...{ database, present, identity, definitionOf, firstKind: definitions.get(firstKind) },
      onAccepted: (loaded) => this.#alarm.arm(loaded),
      isUrgent: (pushes) => this.#isUrgent(pushes) && Date.now() >= this.#trustedFrom,
      onSlice: (loaded, slice) => this.#tell(loaded, slice),
    });
    const turn = (before: readonly PushMessage[]) =>
      before.filter(({ via }) => via === 'socket').length > 1 ? nextMacrotask() : nextIoTick(sync, before.length);
    this.acceptInTurn = batchPerTick(turn, (pushes) => this.#accept(pushes));
    this.lookInTurn = batchPerTick(
      (before) => nextIoTick(sync, before.length),
      (reads) => {
        this.#polledAt = Date.now();
        const loaded = this.look();
        return reads.map(() => loaded);
      },
    );
  }

  definitionOf({ row }: Pick<LoadedState, 'row'>): Definition | undefined {
    return this.#options.definitions.get(row.kind);
  }

  /**
   * Memory for a request; undefined when there is no such application. Whatever an earlier life left undone is
   * taken up again [D3].
   */
  look(): LoadedState | undefined {
    const loaded = this.#refreshed();
    if (loaded !== undefined && loaded.version < loaded.head && this.#alarm.isMissing(loaded)) this.#drain();
    return loaded;
  }

  /** Someone who waits makes the drain happen at once. Resolves when the version is reached or the time is over. */
  async reached(version: number, seconds: number): Promise<void> {
    const loaded = this.#present.current();
    if (loaded === undefined || loaded.version >= version || loaded.blockedBy !== undefined) return;
    if (loaded.version < loaded.head) this.#drain();
    if (seconds > 0 && !this.waiters.isFull) await this.waiters.wait(version, seconds);
  }

  /** The same, with the refusal when it was not reached [S6] [S7]. */
  async reachedOrRefused(version: number, seconds: number): Promise<Refusal | undefined> {
    await this.reached(version, seconds);
    const loaded = this.#present.current();
    if (loaded === undefined) return { kind: 'refused', problem: unknownApplication() };
    if (loaded.version >= version) return undefined;
    const position = positionOf(loaded, Date.now());
    const waiting = problem('version-not-reached', `The state is at version ${loaded.version}.`, { retryAfter: 1 });
    return { kind: 'refused', position, problem: loaded.blockedBy ?? waiting };
  }

  /** Memory with everything in it that was acknowledged before the call. */
  async drained(): Promise<LoadedState | undefined> {
    const loaded = this.look();
    if (loaded !== undefined) await this.reached(loaded.head, WAIT_SECONDS_MAX);
    return this.look();
  }

  /** From now on the watcher is told of every step. */
  listen(listener: StateListener): void {
    this.#listeners.push(listener);
  }

  /** Runs a write whole or not at all; the next look reads the disk. */
  rewrite(write: () => void): void {
    this.#present.write(() => this.database.transact(write));
    this.#present.invalidate();
    const loaded = this.look();
    if (loaded !== undefined) this.#tell(loaded, undefined);
  }

  /** What the alarm does. Never throws: after six failures the runtime gives up for good [D2]. */
  async onAlarm(): Promise<void> {
    this.#alarm.spent();
    try {
      this.#refreshed();
      if ((await this.#drainer.run()) === 'failed') this.#alarm.setTo(Date.now() + DRAIN_RETRY_MS);
      await this.list();
      this.#alarm.arm(this.#present.current());
    } catch (error) {
      log('error', 'an alarm failed', describeError(error));
      this.#alarm.setTo(Date.now() + DRAIN_RETRY_MS);
    }
  }

  /** Tells the owner's directory, once. Best effort here; the alarm repeats it until the directory knows [L4]. */
  async list(): Promise<void> {
    const loaded = this.#present.current();
    if (loaded === undefined || loaded.row.listed === 1) return;
    try {
      await this.#options.directory.getByName(loaded.row.owner).add(loaded.row.app);
      this.database.transact(() => updateApplicationRow(this.database, { listed: 1 }));
      loaded.row = { ...loaded.row, listed: 1 };
    } catch (error) {
      log('error', 'the directory could not be told', describeError(error));
      this.#alarm.setTo(Date.now() + DRAIN_RETRY_MS);
    }
  }

  /** Frees everything [L3]. */
  async destroy(): Promise<void> {
    await this.#options.storage.deleteAll();
    this.#alarm.spent();
    this.#present.invalidate();
    this.#options.usage.restart();
    for (const listener of this.#listeners) listener.onDeleted();
  }

  /** Queues a rejected change again [O4]. */
  retry(loaded: LoadedState, push: QueuedPush & { readonly retries: number }): VerdictWithCost {
    const [verdict] = this.#withCost(() => [this.acceptor.retry(loaded, push)]);
    return verdict as VerdictWithCost;
  }

  #accept(pushes: readonly PushMessage[]): VerdictWithCost[] {
    try {
      return this.#withCost(() => {
        const verdicts = this.acceptor.accept(this.look(), pushes);
        const loaded = verdicts[0]?.loaded;
        // What could not be applied at once is applied as soon as it is durable.
        if (loaded !== undefined && loaded.version < loaded.head && this.#isUrgent(pushes)) this.#drain();
        return verdicts;
      });
    } catch (error) {
      this.#trustedFrom = Date.now() + PROBATION_MS;
      throw error;
    }
  }

  #withCost(judge: () => readonly Verdict[]): VerdictWithCost[] {
    const before = this.#options.usage.totals;
    const verdicts = judge();
    const rows = shareOf(before, this.#options.usage.totals, verdicts.length);
    return verdicts.map((verdict) => ({ ...verdict, ...rows }));
  }

  /** Whether somebody waits, watches or polls. */
  #isUrgent(pushes: readonly PushMessage[]): boolean {
    const isPolled = Date.now() - this.#polledAt < POLLER_GONE_MS;
    return isPolled || this.#listeners.some(({ size }) => size > 0) || pushes.some(({ wait }) => wait !== undefined);
  }

  /** A watcher that fails must not keep the others from hearing, nor undo what is committed. */
  #tell(loaded: LoadedState, slice: Slice | undefined): void {
    for (const listener of this.#listeners) {
      try {
        listener.onCommit(loaded, slice);
      } catch (error) {
        log('error', 'a watcher could not be told', describeError(error));
      }
    }
  }

  /** Memory as the disk has it, judged by what this deployment can do with it [L5]. */
  #refreshed(): LoadedState | undefined {
    const loaded = this.#present.current();
    if (loaded === undefined) return undefined;
    loaded.blockedBy ??= blockReason(loaded, this.definitionOf(loaded));
    if (loaded.blockedBy === undefined) this.acceptor.queueMigration(loaded);
    return loaded;
  }

  #drain(): void {
    this.#alarm.arm(this.#present.current());
    this.#drainer
      .run()
      .then(() => this.#alarm.arm(this.#present.current()))
      .catch((error: unknown) => log('error', 'the alarm could not be planned', describeError(error)));
  }
}

const shareOf = (
  before: Readonly<Totals>,
  after: Readonly<Totals>,
  shares: number,
): Pick<Cost, 'rowsRead' | 'rowsWritten'> => ({
  rowsRead: (after.rowsRead - before.rowsRead) / shares,
  rowsWritten: (after.rowsWritten - before.rowsWritten) / shares,
});
