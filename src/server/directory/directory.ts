import { DurableObject } from 'cloudflare:workers';
import type { ListedApplication, Summary } from '../../protocol/answers.ts';
import type { DirectoryApi } from '../rpc/messages.ts';

/** An ended application is remembered this long, in case that news of its life still arrives. */
const ENDED_MS_MAX = 86_400_000;

const LISTING = `CREATE TABLE IF NOT EXISTS listing (app TEXT PRIMARY KEY, epoch TEXT, kind TEXT, createdAt INTEGER,
  version INTEGER, lastChangeAt INTEGER, endedAt INTEGER) WITHOUT ROWID`;

/** The newest epoch that the directory knows of an application; ended when `endedAt` is set, ms since 1970. */
interface Known extends Record<string, SqlStorageValue> {
  readonly epoch: string;
  readonly version: number;
  readonly endedAt: number | null;
}

/**
 * The list of one owner's applications [L4]: one object for each owner. It answers by itself, without waking an
 * application: each tells it of its beginning and its end, with the epoch, and now and then of its version. News may
 * arrive late and in any order.
 */
export class Directory extends DurableObject implements DirectoryApi {
  tell({ app, epoch, kind, createdAt, version, lastChangeAt }: Summary): void {
    this.#sql(LISTING);
    const known = this.#known(app);
    const isOld = known !== undefined && (known.endedAt === null ? known.epoch > epoch : known.epoch === epoch);
    if (isOld || (known?.epoch === epoch && known.version > version)) return;
    this.#sql(
      'INSERT OR REPLACE INTO listing VALUES (?, ?, ?, ?, ?, ?, NULL)',
      app,
      epoch,
      kind,
      createdAt ?? null,
      version,
      lastChangeAt,
    );
    this.#forgetName(app);
  }

  end(app: string, epoch: string): void {
    this.#sql(LISTING);
    const known = this.#known(app);
    // The end of an epoch before the one that is listed.
    if (known !== undefined && known.endedAt === null && known.epoch > epoch) return;
    const now = Date.now();
    this.#sql('INSERT OR REPLACE INTO listing VALUES (?, ?, NULL, NULL, 0, NULL, ?)', app, epoch, now);
    this.#sql('DELETE FROM listing WHERE endedAt < ?', now - ENDED_MS_MAX);
    this.#forgetName(app);
  }

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

  add(app: string): void {
    this.#sql('CREATE TABLE IF NOT EXISTS applications (app TEXT PRIMARY KEY) WITHOUT ROWID');
    this.#sql('INSERT OR IGNORE INTO applications VALUES (?)', app);
  }

  remove(app: string): void {
    this.#forgetName(app);
  }

  list(after: string, limit: number): string[] {
    if (!this.#exists('applications')) return [];
    const statement = 'SELECT app FROM applications WHERE app > ? ORDER BY app LIMIT ?';
    return this.#sql<{ app: string }>(statement, after, limit).map(({ app }) => app);
  }

  #known(app: string): Known | undefined {
    return this.#sql<Known>('SELECT epoch, version, endedAt FROM listing WHERE app = ?', app)[0];
  }

  /** Older deployments kept names alone. */
  #forgetName(app: string): void {
    if (this.#exists('applications')) this.#sql('DELETE FROM applications WHERE app = ?', app);
  }

  /** Reading the list of an unknown owner must not create storage for it. */
  #exists(table: 'listing' | 'applications'): boolean {
    return this.#sql('SELECT 1 FROM sqlite_master WHERE name = ?', table).length > 0;
  }

  #sql<Row extends Record<string, SqlStorageValue>>(statement: string, ...bindings: SqlStorageValue[]): Row[] {
    return this.ctx.storage.sql.exec<Row>(statement, ...bindings).toArray();
  }
}

interface ListedRow extends Record<string, SqlStorageValue> {
  readonly app: string;
  readonly kind: string;
  readonly epoch: string;
  readonly createdAt: number | null;
  readonly version: number;
  readonly lastChangeAt: number | null;
}
