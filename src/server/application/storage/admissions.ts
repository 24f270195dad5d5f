import { ADMISSIONS_MAX } from '../../../protocol/access-limits.ts';
import type { Database } from './database.ts';

/** A subject that may use the application, as its directory said [A12]. */
export interface StoredAdmission {
  /** The role that was told to the directory. */
  readonly role: string;
  /** Tokens issued before this time are revoked, seconds since 1970; 0 while none are. */
  readonly revokedBefore: number;
  /** The directory tells of revocations until then, ms since 1970. */
  readonly until: number;
  /** The time at which the directory was asked, ms since 1970. */
  readonly requestedAt: number;
}

interface AdmissionRow extends StoredAdmission, Record<string, SqlStorageValue> {}

const TABLE = `CREATE TABLE IF NOT EXISTS admissions (subject TEXT PRIMARY KEY, role TEXT, revokedBefore INTEGER,
  until INTEGER, requestedAt INTEGER) WITHOUT ROWID`;

/** Forgets all admissions: each subject's directory is asked again. Call inside a transaction. */
export const dropAdmissions = (database: Database): void => database.run('DROP TABLE IF EXISTS admissions');

/** The admissions in the database. Each can be lost without harm: the subject's directory is then asked again. */
export class Admissions {
  readonly #database: Database;
  /** Number of rows; undefined before they were counted. */
  #count: number | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  find(subject: string): StoredAdmission | undefined {
    if (!this.#exists('admissions')) return undefined;
    const statement = 'SELECT role, revokedBefore, until, requestedAt FROM admissions WHERE subject = ?';
    return this.#database.first<AdmissionRow>(statement, subject);
  }

  /** Whether the application exists: nobody makes tables for one that does not. */
  get canStore(): boolean {
    return this.#exists('application');
  }

  /** Stores an admission, if the application still exists. */
  store(subject: string, { role, revokedBefore, until, requestedAt }: StoredAdmission): void {
    if (!this.canStore) return;
    this.#database.transact(() => {
      if (this.#size() >= ADMISSIONS_MAX) this.#database.run('DROP TABLE admissions');
      this.#database.run(TABLE);
      const statement = 'INSERT OR REPLACE INTO admissions VALUES (?, ?, ?, ?, ?)';
      this.#database.run(statement, subject, role, revokedBefore, until, requestedAt);
    });
    // A replaced row is counted twice: the table is emptied a little early.
    this.#count = this.#size() + 1;
  }

  revoke(subject: string, before: number): void {
    if (!this.#exists('admissions')) return;
    const statement = 'UPDATE admissions SET revokedBefore = MAX(revokedBefore, ?) WHERE subject = ?';
    this.#database.transact(() => this.#database.run(statement, before, subject));
  }

  /** Counted once, when a first row is stored. */
  #size(): number {
    const exists = this.#exists('admissions');
    if (!exists) this.#count = 0;
    this.#count ??= this.#database.first<{ count: number }>('SELECT COUNT(*) AS count FROM admissions')?.count ?? 0;
    return this.#count;
  }

  #exists(table: 'admissions' | 'application'): boolean {
    return this.#database.first('SELECT 1 FROM sqlite_master WHERE name = ?', table) !== undefined;
  }
}
