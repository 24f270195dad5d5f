import type { OwnerReport, RegisteredOwner } from '../rpc/registry.ts';
import { ENDED_MS_MAX } from './application-list.ts';

const OWNERS = `CREATE TABLE IF NOT EXISTS owners (owner TEXT PRIMARY KEY, applications INTEGER, lastChangeAt INTEGER,
  reportedAt INTEGER) WITHOUT ROWID`;

/** The owners that have applications, as the registry stores them. */
export class OwnerList {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Takes what an owner's directory tells. @returns whether it is newer than what is known */
  report({ owner, applications, lastChangeAt, at }: OwnerReport): boolean {
    this.#sql.exec(OWNERS);
    const [known] = this.#sql.exec<{ reportedAt: number }>('SELECT reportedAt FROM owners WHERE owner = ?', owner);
    if (known !== undefined && known.reportedAt > at) return false;
    // An owner without applications is remembered for some time, in case that an earlier report still arrives.
    const ended = 'DELETE FROM owners WHERE applications = 0 AND reportedAt < ?';
    if (applications === 0) this.#sql.exec(ended, Date.now() - ENDED_MS_MAX);
    this.#sql.exec('INSERT OR REPLACE INTO owners VALUES (?, ?, ?, ?)', owner, applications, lastChangeAt, at);
    return true;
  }

  /** Up to `limit` owners after `after`, in order. */
  page(after: string, limit: number): RegisteredOwner[] {
    if (!this.#hasOwners) return [];
    const statement =
      'SELECT owner, applications, lastChangeAt, reportedAt AS at FROM owners WHERE owner > ? AND applications > 0 ORDER BY owner LIMIT ?';
    return this.#sql.exec<OwnerRow>(statement, after, limit).toArray();
  }

  get #hasOwners(): boolean {
    return this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'owners'").toArray().length > 0;
  }
}

interface OwnerRow extends Record<string, SqlStorageValue> {
  readonly owner: string;
  readonly applications: number;
  readonly lastChangeAt: number | null;
  readonly at: number;
}
