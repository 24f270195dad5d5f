import type { SharedApplication } from '../../protocol/operator-answers.ts';
import { encodeOwner } from '../../protocol/owners.ts';
import type { SubjectUse } from '../rpc/subjects.ts';

const USES = `CREATE TABLE IF NOT EXISTS uses (application TEXT PRIMARY KEY, role TEXT, until INTEGER, usedAt INTEGER,
  pending INTEGER) WITHOUT ROWID`;
const REVOCATION = 'CREATE TABLE IF NOT EXISTS revocation (id INTEGER PRIMARY KEY, before INTEGER, retryAt INTEGER)';

/** Clocks of two objects differ by less. */
const CLOCK_TOLERANCE_MS = 60_000;

interface UseRow extends Record<string, SqlStorageValue> {
  readonly application: string;
  readonly role: string;
  readonly usedAt: number;
}

/** The rows about a subject: the applications that it has used, and its revocation [A12] [A14]. */
export class SubjectUses {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Tokens issued before this time are revoked, seconds since 1970; 0 while none are. */
  get revokedBefore(): number {
    return this.#revocation()?.before ?? 0;
  }

  /** The time at which applications are to be told again, ms since 1970; undefined when all were told. */
  get retryAt(): number | undefined {
    return this.#revocation()?.retryAt ?? undefined;
  }

  /** @param time undefined when all were told */
  setRetryAt(time: number | undefined): void {
    this.#run('UPDATE revocation SET retryAt = ?', time ?? null);
  }

  add({ application, role, until }: SubjectUse): void {
    this.#run(USES);
    const statement = `INSERT INTO uses VALUES (?1, ?2, ?3, ?4, NULL) ON CONFLICT (application)
      DO UPDATE SET role = ?2, until = MAX(until, ?3), usedAt = ?4`;
    this.#run(statement, application, role, until, Date.now());
  }

  /** Revokes tokens, and notes every application that has to be told. A time that is not later than the present one changes nothing. */
  revoke(before: number): void {
    if (before <= this.revokedBefore) return;
    this.#run(REVOCATION);
    this.#run('INSERT INTO revocation VALUES (1, ?1, NULL) ON CONFLICT (id) DO UPDATE SET before = ?1', before);
    if (this.#exists('uses')) this.#run('UPDATE uses SET pending = 1 WHERE until > ?', Date.now() - CLOCK_TOLERANCE_MS);
  }

  /** Up to `limit` applications that are still to be told. */
  pending(limit: number): string[] {
    if (!this.#exists('uses')) return [];
    const statement = 'SELECT application FROM uses WHERE pending = 1 AND until > ? LIMIT ?';
    return this.#run<UseRow>(statement, Date.now() - CLOCK_TOLERANCE_MS, limit).map(({ application }) => application);
  }

  notified(application: string): void {
    this.#run('UPDATE uses SET pending = NULL WHERE application = ?', application);
  }

  /** Up to `limit` applications of others after `after`, in order. @param owner the subject, whose own are left out */
  shared(owner: string, after: string, limit: number): SharedApplication[] {
    if (!this.#exists('uses')) return [];
    const own = `${encodeOwner(owner)}/`;
    const statement = `SELECT application, role, usedAt FROM uses WHERE application > ? AND substr(application, 1, ?) != ?
      ORDER BY application LIMIT ?`;
    return this.#run<UseRow>(statement, after, own.length, own, limit).map(({ application, role, usedAt }) => ({
      application,
      role,
      usedAt,
    }));
  }

  #revocation(): { readonly before: number; readonly retryAt: number | null } | undefined {
    return this.#exists('revocation')
      ? this.#run<RevocationRow>('SELECT before, retryAt FROM revocation')[0]
      : undefined;
  }

  /** Asking about an unknown subject must not create storage for it. */
  #exists(table: 'uses' | 'revocation'): boolean {
    return this.#run('SELECT 1 FROM sqlite_master WHERE name = ?', table).length > 0;
  }

  #run<Row extends Record<string, SqlStorageValue>>(statement: string, ...values: SqlStorageValue[]): Row[] {
    return this.#sql.exec<Row>(statement, ...values).toArray();
  }
}

interface RevocationRow extends Record<string, SqlStorageValue> {
  readonly before: number;
  readonly retryAt: number | null;
}
