import { readApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import { lastDrained } from '../storage/log.ts';
import { loadMemory, type Memory } from './loaded-state.ts';

/**
 * The one door to memory. Each look compares it with the disk (one row read): for a short time two instances of
 * an object may exist, and the older one would otherwise answer from the past [S10].
 */
export class Present {
  readonly #database: Database;
  #memory: Memory | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** `undefined` while the application does not exist. */
  look(): Memory | undefined {
    if (this.#memory !== undefined && this.#isStale(this.#memory)) this.#memory = undefined;
    this.#memory ??= this.#load();
    return this.#memory;
  }

  /** Memory may be ahead of the disk or behind it: the next look reads the disk. */
  forget(): void {
    this.#memory = undefined;
  }

  /** Runs a write. If it fails memory may already have changed, so it is forgotten: the disk is right. */
  writing<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  #load(): Memory | undefined {
    const row = readApplicationRow(this.#database);
    return row === undefined ? undefined : loadMemory(this.#database, row);
  }

  #isStale(memory: Memory): boolean {
    try {
      return (lastDrained(this.#database, memory.row.segment) ?? memory.base.version) !== memory.version;
    } catch {
      // The table is gone: another instance has closed and dropped this segment, or deleted the application.
      return true;
    }
  }
}
