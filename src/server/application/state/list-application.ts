import { DIRECTORY_MS_MAX } from '../../../protocol/access-limits.ts';
import { LISTING_UPDATE_MS } from '../../../protocol/limits.ts';
import { READS_REPORTED } from '../../../protocol/operating-limits.ts';
import { encodeOwner } from '../../../protocol/owners.ts';
import type { Directory } from '../../directory/directory.ts';
import { inTime } from '../../rpc/in-time.ts';
import type { NumberedSummary, Numbers } from '../../rpc/numbers.ts';
import { LISTED, updateApplicationRow } from '../storage/application-row.ts';
import type { Database } from '../storage/database.ts';
import { noteReported, readRetained, retainedReport } from '../storage/retained-record.ts';
import { numbersOf, type Readers } from './application-numbers.ts';
import type { LoadedState } from './loaded-state.ts';
import type { StateCache } from './state-cache.ts';
import type { StateListener } from './state-listener.ts';

/** The application as its owner's list shows it [L4]. */
const summarize = ({ row, version, at, head }: LoadedState, numbers: Numbers): NumberedSummary => ({
  app: row.app,
  kind: row.kind,
  epoch: row.epoch,
  createdAt: row.createdAt,
  version,
  lastChangeAt: head === 0 ? null : at,
  numbers,
});

/** What is left of a deleted application until its directory knows of the end. */
export interface Ending {
  readonly owner: string;
  readonly app: string;
  readonly epoch: string;
}

const ENDING = 'ending';

export interface ListingParts {
  readonly directory: DurableObjectNamespace<Directory>;
  readonly storage: DurableObjectStorage;
  readonly database: Database;
  readonly readers: () => Readers;
  readonly state: Pick<StateCache, 'cached'>;
  /** Called when news could not be told. */
  readonly onError: (error: unknown) => void;
}

/** Tells the owner's directory of the application's beginning, its end and, now and then, its version [L4]. */
export class Listing implements StateListener {
  readonly size = 0;
  readonly #parts: ListingParts;
  /** Time at which it was told last how the application stands, ms since 1970; 0: the next step is told at once. */
  #sentAt = 0;
  /** The readers that were told then. */
  #readers: Readers = { streams: 0, sockets: 0, waiting: 0 };
  /** Reads since then. */
  #reads = 0;

  constructor(parts: ListingParts) {
    this.#parts = parts;
  }

  /**
   * Tells what the directory does not know yet: the end of the epoch before, what is kept of it, then the beginning of
   * this one.
   *
   * @throws when the directory cannot be reached: call it again later
   */
  async tell(loaded: LoadedState | undefined): Promise<void> {
    const { storage, database } = this.#parts;
    const { ending } = this;
    if (ending !== undefined) {
      await inTime(this.#directoryOf(ending.owner).end(ending.app, ending.epoch), DIRECTORY_MS_MAX);
      storage.kv.delete(ENDING);
    }
    await this.#tellRetained();
    if (loaded === undefined || loaded.row.listed === LISTED) return;
    const { epoch } = loaded.row;
    const undeleted = readRetained(database)?.undeleted;
    const counted = undeleted?.epoch === epoch ? { counted: undeleted.counters } : {};
    const summary = { ...this.#summarize(loaded), ...counted };
    await inTime(this.#directoryOf(loaded.row.owner).tell(summary), DIRECTORY_MS_MAX);
    noteReported(database, { epoch });
    // Another epoch may have begun meanwhile.
    if (loaded.row.epoch !== epoch || !isStored(database, epoch)) return;
    database.transact(() => updateApplicationRow(database, { listed: LISTED }));
    loaded.row = { ...loaded.row, listed: LISTED };
  }

  /** Tells which deleted applications of this name are kept [L18]. */
  async #tellRetained(): Promise<void> {
    const { database } = this.#parts;
    const record = readRetained(database);
    const report = retainedReport(record);
    if (record === undefined || report === undefined) return;
    await inTime(this.#directoryOf(record.owner).retain(record.app, report), DIRECTORY_MS_MAX);
    noteReported(database, report);
  }

  /** The end that the directory has not been told of. */
  get ending(): Ending | undefined {
    return this.#parts.storage.kv.get<Ending>(ENDING);
  }

  /** Remembers the end, in the turn that deletes the application. */
  ended({ row: { owner, app, epoch } }: LoadedState): void {
    this.putEnding({ owner, app, epoch });
  }

  putEnding(ending: Ending): void {
    this.#parts.storage.kv.put<Ending>(ENDING, ending);
  }

  /** Told when that is due; what is not, the directory asks for later. Not awaited: a push must not wait for it. */
  onCommit(loaded: LoadedState): void {
    const now = Date.now();
    if (loaded.row.listed !== LISTED || Math.abs(now - this.#sentAt) < LISTING_UPDATE_MS) return;
    const { owner } = loaded.row;
    Promise.resolve(this.#directoryOf(owner).tell(this.#sent(loaded, now))).catch(this.#parts.onError);
  }

  /** Counts reads. So many of them are told like a step: an application that is only polled commits nothing. */
  onReads(loaded: LoadedState, count: number): void {
    this.#reads += count;
    if (this.#reads >= READS_REPORTED) this.onCommit(loaded);
  }

  /** To be called when readers may have come or gone: their number is told like a step. */
  onReaders(): void {
    const { streams, sockets } = this.#parts.readers();
    const loaded = this.#parts.state.cached;
    if (loaded !== undefined && (streams !== this.#readers.streams || sockets !== this.#readers.sockets))
      this.onCommit(loaded);
  }

  /** The answer to a directory that asks. It may not ask again, so the next step is told at once. */
  answer(loaded: LoadedState): NumberedSummary {
    return this.#sent(loaded, 0);
  }

  #sent(loaded: LoadedState, at: number): NumberedSummary {
    this.#sentAt = at;
    this.#reads = 0;
    this.#readers = this.#parts.readers();
    return this.#summarize(loaded);
  }

  #summarize(loaded: LoadedState): NumberedSummary {
    const { database, readers } = this.#parts;
    return summarize(loaded, numbersOf(database, loaded, readers(), Date.now()));
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
