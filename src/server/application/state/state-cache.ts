import type { Definition } from '../../../core/definition.ts';
import { lastQueued } from '../storage/accepted-rows.ts';
import { readApplicationRow, readEpoch } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import { lastDrained } from '../storage/drain-rows.ts';
import { loadState } from './load-state.ts';
import type { LoadedState } from './loaded-state.ts';
import { blockReason } from './migration.ts';

/**
 * Caches the loaded state. Each access compares it with the database, which reads one row (the head check): for a short
 * time two instances of an object may exist, and the older one would otherwise answer from the past [S10].
 */
export class StateCache {
  readonly #database: Database;
  readonly #definitions: ReadonlyMap<string, Definition>;
  #loaded: LoadedState | undefined;

  /** @param definitions the definitions of this deployment, by kind */
  constructor(database: Database, definitions: ReadonlyMap<string, Definition>) {
    this.#database = database;
    this.#definitions = definitions;
  }

  /** The loaded state, after a head check. Undefined when the application does not exist. */
  current(): LoadedState | undefined {
    if (this.#loaded !== undefined && this.#isStale(this.#loaded)) this.#loaded = undefined;
    this.#loaded ??= this.#load();
    return this.#loaded;
  }

  /** The same for a reader that wants everything acknowledged: another instance may have queued more [S6]. */
  atHead(): LoadedState | undefined {
    const loaded = this.current();
    if (loaded === undefined || lastQueued(this.#database, loaded.row.segment) <= loaded.head) return loaded;
    this.invalidate();
    return this.current();
  }

  /** The loaded state as this instance knows it, without a head check: for plans, never for answers. */
  get cached(): LoadedState | undefined {
    return this.#loaded;
  }

  /** Drops the loaded state: it may be ahead of the database or behind it. */
  invalidate(): void {
    this.#loaded = undefined;
  }

  /**
   * Runs work that changes the loaded state and the database. When it throws, the loaded state may be ahead of the
   * database: it is dropped, and the next access reads the database.
   */
  guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.invalidate();
      throw error;
    }
  }

  #load(): LoadedState | undefined {
    const row = readApplicationRow(this.#database);
    if (row === undefined) return undefined;
    const loaded = loadState(this.#database, row, this.#definitions.get(row.kind));
    loaded.blockedBy = blockReason(loaded);
    return loaded;
  }

  #isStale(loaded: LoadedState): boolean {
    try {
      const last = lastDrained(this.#database, loaded.row.segment);
      if (last !== undefined) return last.version !== loaded.version || last.at !== loaded.drainedAt;
      return loaded.base.version !== loaded.version || readEpoch(this.#database) !== loaded.row.epoch;
    } catch {
      // The table does not exist any more: another instance has closed and dropped this segment, or deleted the application.
      return true;
    }
  }
}
