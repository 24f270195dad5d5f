import type { Summary } from '../../../protocol/answers.ts';
import { LISTING_UPDATE_MS } from '../../../protocol/limits.ts';
import { encodeOwner } from '../../../protocol/owners.ts';
import type { Directory } from '../../directory/directory.ts';
import { LISTED, updateApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import type { LoadedState } from './loaded-state.ts';
import type { StateListener } from './state-listener.ts';

/** The application as its owner's list shows it [L4]. */
export const summarize = ({ row, version, at, head }: LoadedState): Summary => ({
  app: row.app,
  kind: row.kind,
  epoch: row.epoch,
  createdAt: row.createdAt,
  version,
  lastChangeAt: head === 0 ? null : at,
});

/** What is left of a deleted application until its directory knows of the end. */
interface Ending {
  readonly owner: string;
  readonly app: string;
  readonly epoch: string;
}

const ENDING = 'ending';

export interface ListingParts {
  readonly directory: DurableObjectNamespace<Directory>;
  readonly storage: DurableObjectStorage;
  readonly database: Database;
  /** Called when news could not be told. */
  readonly onError: (error: unknown) => void;
}

/** Tells the owner's directory of the application's beginning, its end and, now and then, its version [L4]. */
export class Listing implements StateListener {
  readonly size = 0;
  readonly #parts: ListingParts;
  /** Time at which a version was told last, ms since 1970. */
  #sentAt = 0;

  constructor(parts: ListingParts) {
    this.#parts = parts;
  }

  /**
   * Tells what the directory does not know yet: the end of the epoch before, then the beginning of this one.
   *
   * @throws when the directory cannot be reached: call it again later
   */
  async tell(loaded: LoadedState | undefined): Promise<void> {
    const { storage, database } = this.#parts;
    const ending = storage.kv.get<Ending>(ENDING);
    if (ending !== undefined) {
      await this.#directoryOf(ending.owner).end(ending.app, ending.epoch);
      storage.kv.delete(ENDING);
    }
    if (loaded === undefined || loaded.row.listed === LISTED) return;
    const { epoch } = loaded.row;
    await this.#directoryOf(loaded.row.owner).tell(summarize(loaded));
    // Another epoch may have begun meanwhile.
    if (loaded.row.epoch !== epoch || !isStored(database, epoch)) return;
    database.transact(() => updateApplicationRow(database, { listed: LISTED }));
    loaded.row = { ...loaded.row, listed: LISTED };
  }

  /** Whether the directory has not been told of an end. */
  get isEnding(): boolean {
    return this.#parts.storage.kv.get(ENDING) !== undefined;
  }

  /** Remembers the end, in the turn that deletes the application. */
  ended({ row: { owner, app, epoch } }: LoadedState): void {
    this.#parts.storage.kv.put<Ending>(ENDING, { owner, app, epoch });
  }

  /** Not awaited: a list may be behind, a push must not wait for it. */
  onCommit(loaded: LoadedState): void {
    const now = Date.now();
    if (loaded.row.listed !== LISTED || now - this.#sentAt < LISTING_UPDATE_MS) return;
    this.#sentAt = now;
    Promise.resolve(this.#directoryOf(loaded.row.owner).tell(summarize(loaded))).catch(this.#parts.onError);
  }

  onDeleted(): void {
    this.#sentAt = 0;
  }

  #directoryOf(owner: string): DurableObjectStub<Directory> {
    return this.#parts.directory.getByName(encodeOwner(owner));
  }
}

const isStored = (database: Database, epoch: string): boolean =>
  database.first("SELECT 1 FROM sqlite_master WHERE name = 'application'") !== undefined &&
  database.first<{ epoch: string }>('SELECT epoch FROM application')?.epoch === epoch;
