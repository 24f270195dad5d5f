import type { DeletedApplication } from '../../protocol/answers.ts';
import { RETAINED_BYTES_PER_OWNER_MAX, RETAINED_PER_OWNER_MAX } from '../../protocol/deletion-limits.ts';
import type { RetainedReport } from '../rpc/retained.ts';
import { ENDED_MS_MAX } from './application-list.ts';

const TABLES = [
  `CREATE TABLE IF NOT EXISTS retained (app TEXT, epoch TEXT, kind TEXT, deletedAt INTEGER, until INTEGER, bytes INTEGER,
    PRIMARY KEY (app, epoch)) WITHOUT ROWID`,
  'CREATE TABLE IF NOT EXISTS retained_reports (app TEXT PRIMARY KEY, revision INTEGER) WITHOUT ROWID',
];

/** The deleted applications of one owner that are kept, as their objects tell it [L18]. */
export class RetainedList {
  readonly #storage: SqlStorage;

  constructor(storage: SqlStorage) {
    this.#storage = storage;
  }

  /** Takes what is kept of one name. Older news than known is ignored. */
  take(app: string, { revision, entries }: RetainedReport): void {
    for (const table of TABLES) this.#sql(table);
    const known = this.#sql<{ revision: number }>('SELECT revision FROM retained_reports WHERE app = ?', app)[0];
    if (known !== undefined && known.revision >= revision) return;
    this.#sql('DELETE FROM retained WHERE app = ? OR until <= ?', app, Date.now());
    for (const { epoch, kind, deletedAt, until, bytes } of entries)
      this.#sql('INSERT INTO retained VALUES (?, ?, ?, ?, ?, ?)', app, epoch, kind, deletedAt, until, bytes);
    // Also of a name that has none left: an earlier report may still be under way. A revision is a time.
    this.#sql('INSERT OR REPLACE INTO retained_reports VALUES (?, ?)', app, revision);
    const old = 'DELETE FROM retained_reports WHERE revision < ? AND app NOT IN (SELECT app FROM retained)';
    this.#sql(old, Date.now() - ENDED_MS_MAX);
  }

  /** It was ended. Its object tells the same. */
  remove({ app, epoch }: Pick<DeletedApplication, 'app' | 'epoch'>): void {
    this.#sql('DELETE FROM retained WHERE app = ? AND epoch = ?', app, epoch);
  }

  /** By name and epoch. */
  get entries(): DeletedApplication[] {
    const statement =
      'SELECT app, kind, epoch, deletedAt, until, bytes FROM retained WHERE until > ? ORDER BY app, epoch';
    return this.#exists ? this.#sql<Row>(statement, Date.now()) : [];
  }

  /** The oldest ones that are beyond the owner's share, in number or in bytes. */
  get surplus(): DeletedApplication[] {
    const newestFirst = this.entries.sort((one, another) => another.deletedAt - one.deletedAt);
    let bytes = 0;
    return newestFirst.filter((each, index) => {
      bytes += each.bytes;
      return index >= RETAINED_PER_OWNER_MAX || bytes > RETAINED_BYTES_PER_OWNER_MAX;
    });
  }

  /** Reading the list of an unknown owner must not create storage for it. */
  get #exists(): boolean {
    return this.#sql("SELECT 1 FROM sqlite_master WHERE name = 'retained'").length > 0;
  }

  #sql<R extends Record<string, SqlStorageValue>>(statement: string, ...bindings: SqlStorageValue[]): R[] {
    return this.#storage.exec<R>(statement, ...bindings).toArray();
  }
}

type Row = DeletedApplication & Record<string, SqlStorageValue>;
