import { readApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import { lastDrained } from '../storage/log.ts';
import { type LoadedState, loadState } from './loaded-state.ts';

/**
 * The one door to memory. Each look compares it with the disk (one row read): for a short time two instances of
 * an object may exist, and the older one would otherwise answer from the past [S10].
 */
export class StateCache {
  readonly #database: Database;
  #loaded: LoadedState | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** `undefined` while the application does not exist. */
  current(): LoadedState | undefined {
    if (this.#loaded !== undefined && this.#isStale(this.#loaded)) this.#loaded = undefined;
    this.#loaded ??= this.#load();
    return this.#loaded;
  }

  /** Memory may be ahead of the disk or behind it: the next look reads the disk. */
  invalidate(): void {
    this.#loaded = undefined;
  }

  /** Runs a write. If it fails memory may already have changed, so it is forgotten: the disk is right. */
  write<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      this.invalidate();
      throw error;
    }
  }

  #load(): LoadedState | undefined {
    const row = readApplicationRow(this.#database);
    return row === undefined ? undefined : loadState(this.#database, row);
  }

  #isStale(loaded: LoadedState): boolean {
    try {
      return (lastDrained(this.#database, loaded.row.segment) ?? loaded.base.version) !== loaded.version;
    } catch {
      // The table is gone: another instance has closed and dropped this segment, or deleted the application.
      return true;
    }
  }
}
