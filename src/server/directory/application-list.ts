import type { ListedApplication, Summary } from '../../protocol/answers.ts';
import type { OwnerReport } from '../rpc/registry.ts';

/** What has ended is remembered this long, in case that news of its life still arrives. */
export const ENDED_MS_MAX = 86_400_000;

const LISTING = `CREATE TABLE IF NOT EXISTS listing (app TEXT PRIMARY KEY, epoch TEXT, kind TEXT, createdAt INTEGER,
  version INTEGER, lastChangeAt INTEGER, endedAt INTEGER) WITHOUT ROWID`;

/** The newest epoch that the directory knows of an application; ended when `endedAt` is set, ms since 1970. */
interface Known extends Record<string, SqlStorageValue> {
  readonly epoch: string;
  readonly version: number;
  readonly endedAt: number | null;
}

/** The applications of one owner, as its directory stores them. News of them may arrive late and in any order. */
export class ApplicationList {
  readonly #storage: SqlStorage;

  constructor(storage: SqlStorage) {
    this.#storage = storage;
  }

  /** @returns whether it was news */
  tell({ app, epoch, kind, createdAt, version, lastChangeAt }: Summary): boolean {
    this.#sql(LISTING);
    const known = this.#known(app);
    if (known !== undefined && !isNewer(known, epoch, version)) return false;
    this.#sql(
      'INSERT OR REPLACE INTO listing VALUES (?, ?, ?, ?, ?, ?, NULL)',
      app,
      epoch,
      kind,
      createdAt ?? null,
      version,
      lastChangeAt,
    );
    this.forgetName(app);
    return true;
  }

  /** Takes the end of an application's epoch. @returns whether it was news */
  end(app: string, epoch: string): boolean {
    this.#sql(LISTING);
    const known = this.#known(app);
    // The end of an epoch before the one that is known.
    if (known !== undefined && known.epoch > epoch) return false;
    const now = Date.now();
    this.#sql('INSERT OR REPLACE INTO listing VALUES (?, ?, NULL, NULL, 0, NULL, ?)', app, epoch, now);
    this.#sql('DELETE FROM listing WHERE endedAt < ?', now - ENDED_MS_MAX);
    this.forgetName(app);
    return true;
  }

  /** Up to `limit` applications after `after`, in order. */
  entries(after: string, limit: number): ListedApplication[] {
    const listed = this.#exists('listing')
      ? this.#sql<ListedRow>(
          'SELECT app, kind, epoch, createdAt, version, lastChangeAt FROM listing WHERE app > ? AND endedAt IS NULL ORDER BY app LIMIT ?',
          after,
          limit,
        )
      : [];
    const names = this.list(after, limit).map((app) => ({ app }));
    return [...listed, ...names].sort((a, b) => (a.app < b.app ? -1 : 1)).slice(0, limit);
  }

  /** As older deployments call it. */
  add(app: string): void {
    this.#sql('CREATE TABLE IF NOT EXISTS applications (app TEXT PRIMARY KEY) WITHOUT ROWID');
    this.#sql('INSERT OR IGNORE INTO applications VALUES (?)', app);
  }

  /** The names that older deployments have added. */
  list(after: string, limit: number): string[] {
    if (!this.#exists('applications')) return [];
    const statement = 'SELECT app FROM applications WHERE app > ? ORDER BY app LIMIT ?';
    return this.#sql<{ app: string }>(statement, after, limit).map(({ app }) => app);
  }

  get isEmpty(): boolean {
    return this.entries('', 1).length === 0;
  }

  /** How many there are, and the last change to any of them. */
  get owned(): Pick<OwnerReport, 'applications' | 'lastChangeAt'> {
    const named = this.#exists('applications') ? this.#sql<Count>('SELECT count(*) AS n FROM applications') : [];
    const [listed] = this.#exists('listing')
      ? this.#sql<Count & { at: number | null }>(
          'SELECT count(*) AS n, max(lastChangeAt) AS at FROM listing WHERE endedAt IS NULL',
        )
      : [];
    return { applications: (named[0]?.n ?? 0) + (listed?.n ?? 0), lastChangeAt: listed?.at ?? null };
  }

  /** Whether news of this epoch, or of a later one, has come before. */
  knows(app: string, epoch: string): boolean {
    this.#sql(LISTING);
    return (this.#known(app)?.epoch ?? '') >= epoch;
  }

  #known(app: string): Known | undefined {
    return this.#sql<Known>('SELECT epoch, version, endedAt FROM listing WHERE app = ?', app)[0];
  }

  /** Removes a name that an older deployment has added. */
  forgetName(app: string): void {
    if (this.#exists('applications')) this.#sql('DELETE FROM applications WHERE app = ?', app);
  }

  /** Reading the list of an unknown owner must not create storage for it. */
  #exists(table: 'listing' | 'applications'): boolean {
    return this.#sql('SELECT 1 FROM sqlite_master WHERE name = ?', table).length > 0;
  }

  #sql<Row extends Record<string, SqlStorageValue>>(statement: string, ...bindings: SqlStorageValue[]): Row[] {
    return this.#storage.exec<Row>(statement, ...bindings).toArray();
  }
}

/** Epochs of one name are in order, whatever the clock says [L9]: nothing of an epoch up to one that has ended is news. */
const isNewer = (known: Known, epoch: string, version: number): boolean =>
  known.epoch < epoch || (known.epoch === epoch && known.endedAt === null && known.version <= version);

interface Count extends Record<string, SqlStorageValue> {
  readonly n: number;
}

interface ListedRow extends Record<string, SqlStorageValue> {
  readonly app: string;
  readonly kind: string;
  readonly epoch: string;
  readonly createdAt: number | null;
  readonly version: number;
  readonly lastChangeAt: number | null;
}
