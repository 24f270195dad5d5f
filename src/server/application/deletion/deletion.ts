import { ProblemError } from '../../../core/json/problem-error.ts';
import { type ApplicationId, applicationName } from '../../../protocol/ids.ts';
import { DRAIN_RETRY_MS } from '../../../protocol/limits.ts';
import { alreadyExists, type Problem, problem, unknownApplication } from '../../../protocol/problems.ts';
import { describeError, log } from '../../logging/log.ts';
import type { DrainAlarm } from '../commit/drain-alarm.ts';
import type { Listeners } from '../commit/listeners.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { StateCache } from '../state/state-cache.ts';
import { readRetained, type StoredRetained, writeRetained } from '../storage/retained-record.ts';
import { dropRetainedTables } from '../storage/retained-tables.ts';
import { dropTombstone, readTombstone, tombstoneEnd } from '../storage/tombstone-record.ts';
import { type DeletionTarget, deleteForGood, setAside } from './delete-application.ts';
import { type DeletionEnvironment, retainedMs } from './settings.ts';
import { undelete } from './undelete.ts';

/** What a deletion needs of the engine. */
export interface DeletionParts extends DeletionTarget {
  readonly settings: DeletionEnvironment;
  readonly state: StateCache;
  readonly alarm: DrainAlarm;
  readonly listeners: Listeners;
  readonly identity: () => ApplicationId;
  /** Tells the directory. */
  readonly list: () => Promise<void>;
  /** Runs the write that makes another application of this one, in one transaction, and notifies the listeners. */
  readonly replace: (write: () => void) => void;
}

/** The end of an application: at once, or after the time in which it can be undeleted [L16]. */
export class Deletion {
  readonly #parts: DeletionParts;

  constructor(parts: DeletionParts) {
    this.#parts = parts;
  }

  /** Deletes the application [L3], and keeps it for the time of the deployment. @returns the refusal */
  async delete(loaded: LoadedState): Promise<Problem | undefined> {
    const { database, settings, state } = this.#parts;
    const ms = retainedMs(settings);
    if (typeof ms !== 'number') return ms;
    if (ms === 0) return this.purge();
    state.guard(() => database.transact(() => setAside(this.#parts, loaded, ms)));
    await this.#ended();
    return undefined;
  }

  /** Deletes everything of this name for good, also what was deleted before [L17]. @returns never a refusal */
  async purge(): Promise<undefined> {
    const found = this.#found();
    if (found === undefined && readRetained(this.#parts.database) === undefined) return;
    await deleteForGood(this.#parts, found);
    await this.#ended();
  }

  /** What there is to purge: of an application that cannot be read, which must go, too, the name. @throws ProblemError for want of room */
  #found(): LoadedState | ApplicationId | undefined {
    const { identity, state } = this.#parts;
    try {
      return state.current();
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      const id = identity();
      log('error', 'an application that cannot be read is purged', {
        application: applicationName(id),
        ...describeError(error),
      });
      return id;
    }
  }

  /**
   * Brings a deleted application back [L16]. @param epoch the one that it had; undefined: what was deleted last
   *
   * @returns the refusal
   */
  undelete(epoch: string | undefined): Problem | undefined {
    const { database, storage, state, replace } = this.#parts;
    if (state.current() !== undefined) return alreadyExists();
    const record = readRetained(database);
    const entry = this.#retained.filter((each) => epoch === undefined || each.epoch === epoch).at(-1);
    if (record === undefined || entry === undefined)
      return readTombstone(storage) === undefined ? unknownApplication() : deletionFinal();
    // What the deleted one has counted stands in its log.
    database.usage.restart();
    replace(() => undelete(database, record, entry));
    return undefined;
  }

  /** Ends what is kept longer than it may be. To be called by the alarm. */
  endExpired(): void {
    const now = Date.now();
    this.#endRetained(({ until }) => until <= now);
    if (readTombstone(this.#parts.storage) === undefined) dropTombstone(this.#parts.storage);
  }

  /** Ends deleted applications before their time: the owner's share is used up [L18]. */
  async endEpochs(epochs: readonly string[]): Promise<void> {
    if (this.#endRetained(({ epoch }) => epochs.includes(epoch))) await this.#parts.list();
  }

  /** Sets the alarm for the next end, if it is not set for something earlier. */
  setAlarm(): void {
    const { alarm, storage } = this.#parts;
    const ends = [tombstoneEnd(storage), ...this.#retained.map(({ until }) => until)].filter(
      (end) => end !== undefined,
    );
    if (alarm.isSet || ends.length === 0) return;
    alarm.setTo(Math.min(...ends));
    // Whatever needs the alarm earlier sets it again.
    alarm.clear();
  }

  /** @returns whether there was one */
  #endRetained(isEnding: (entry: StoredRetained) => boolean): boolean {
    const { database } = this.#parts;
    const record = readRetained(database);
    const ending = record?.entries.filter(isEnding) ?? [];
    if (record === undefined || ending.length === 0) return false;
    database.transact(() => {
      for (const { epoch } of ending) dropRetainedTables(database, epoch);
      writeRetained(database, { ...record, entries: record.entries.filter((each) => !ending.includes(each)) });
    });
    return true;
  }

  /** Those that can be undeleted: the alarm may be late. */
  get #retained(): StoredRetained[] {
    const now = Date.now();
    return readRetained(this.#parts.database)?.entries.filter(({ until }) => until > now) ?? [];
  }

  async #ended(): Promise<void> {
    const { alarm, database, listeners, list, state } = this.#parts;
    alarm.clear();
    state.invalidate();
    database.usage.restart();
    listeners.notifyDeleted();
    // Should this instance end before the directory knows, the alarm tells it.
    alarm.setTo(Date.now() + DRAIN_RETRY_MS);
    await list();
    if (state.cached !== undefined || this.#isUntold) return;
    alarm.clear();
    this.setAlarm();
  }

  get #isUntold(): boolean {
    const record = readRetained(this.#parts.database);
    return this.#parts.listing.ending !== undefined || (record !== undefined && record.reported !== record.revision);
  }
}

const deletionFinal = (): Problem =>
  problem('deletion-final', 'The application was purged, or it was deleted and the time to undelete it is over.');
