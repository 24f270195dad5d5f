import type { Definition } from '../../../core/definition.ts';
import { applicationName } from '../../../protocol/ids.ts';
import { logRepeated } from '../../logging/log-repeated.ts';
import { lastQueued } from '../storage/accepted-rows.ts';
import { type ApplicationRow, readApplicationRow, readEpoch } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import { lastDrained } from '../storage/drain-rows.ts';
import { loadState } from './load-state.ts';
import type { LoadedState } from './loaded-state.ts';
import { blockReason } from './migration.ts';
import { type LedgerEntry, stateLedger } from './state-ledger.ts';

/**
 * Caches the loaded state. Each access compares it with the database, which reads one row (the head check): for a short
 * time two instances of an object may exist, and the older one would otherwise answer from the past [S10].
 */
export class StateCache implements LedgerEntry {
  readonly #database: Database;
  readonly #definitions: ReadonlyMap<string, Definition>;
  #loaded: LoadedState | undefined;
  /** Time of the last access, ms since 1970. */
  usedAt = 0;

  /** @param definitions the definitions of this deployment, by kind */
  constructor(database: Database, definitions: ReadonlyMap<string, Definition>) {
    this.#database = database;
    this.#definitions = definitions;
    stateLedger.add(this);
  }

  /** The loaded state, after a head check. Undefined when the application does not exist. */
  current(): LoadedState | undefined {
    this.usedAt = Date.now();
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

  /** Bytes of the loaded state's JSON. */
  get bytes(): number {
    return this.#loaded?.tree.bytes ?? 0;
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
    const definition = this.#definitions.get(row.kind);
    if (definition === undefined) noteUnknownKind(row);
    const loaded = loadState(this.#database, row, definition);
    stateLedger.makeRoom(this, loaded.tree.bytes, this.usedAt);
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

/** Its changes wait for a deployment that has the kind [L5]. */
const noteUnknownKind = (row: ApplicationRow): void => {
  const application = applicationName(row);
  logRepeated(
    'the deployment lacks the kind of an application',
    { application, kind: row.kind },
    { about: application },
  );
};
