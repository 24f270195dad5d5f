import { AUDIT_ACTS_MAX, AUDIT_READS_MAX } from '../../protocol/access-limits.ts';
import type { AuditEntry, AuditedRead, AuditedUse, AuditPage, CountedReads } from '../../protocol/operator-answers.ts';
import type { AuditApi } from '../rpc/audit.ts';
import { type ActRow, actorColumns, entryOf, pageOf, type ReadRow } from './audit-rows.ts';
import { AuditShares } from './audit-shares.ts';

const HOUR_MS = 3_600_000;

const ACTS = `CREATE TABLE IF NOT EXISTS acts (id INTEGER PRIMARY KEY, at INTEGER, subject TEXT, secret TEXT, what TEXT,
  target TEXT, request TEXT, outcome INTEGER)`;
const READS = `CREATE TABLE IF NOT EXISTS reads (id INTEGER PRIMARY KEY, at INTEGER, until INTEGER, subject TEXT,
  secret TEXT, what TEXT, target TEXT, request TEXT, outcome INTEGER, count INTEGER, hour INTEGER, same TEXT)`;
/** Finds the row of this hour without a look at all of them. */
const READS_INDEX = 'CREATE UNIQUE INDEX IF NOT EXISTS reads_of_an_hour ON reads (hour, same)';

type Values = SqlStorageValue[];

/** The rows of an audit log [A11] in the storage of a directory. Acts and reads have bounds apart: reads push out no act. */
export class AuditLog implements AuditApi {
  readonly #sql: SqlStorage;
  readonly #shares: AuditShares;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#shares = new AuditShares(sql, AUDIT_ACTS_MAX);
  }

  beginAct({ actor, what, target, request }: AuditEntry): number {
    this.#run(ACTS);
    this.#shares.prepare();
    const columns = actorColumns(actor);
    const [row] = this.#run<{ id: number }>(
      'INSERT INTO acts (at, subject, secret, what, target, request) VALUES (?, ?, ?, ?, ?, ?) RETURNING id',
      Date.now(),
      ...columns,
      what,
      target ?? null,
      request,
    );
    const id = row?.id ?? 0;
    this.#shares.added(id, ...columns);
    return id;
  }

  endAct(id: number, outcome: number): void {
    this.#run('UPDATE acts SET outcome = ? WHERE id = ?', outcome, id);
  }

  countRead({ actor, what, target, request }: AuditEntry<AuditedRead>, outcome: number): void {
    this.#run(READS);
    this.#run(READS_INDEX);
    const now = Date.now();
    const hour = Math.floor(now / HOUR_MS);
    const same = JSON.stringify([actor, what, target, outcome]);
    const counted = this.#run<{ id: number }>(
      'UPDATE reads SET count = count + 1, until = ?, request = ? WHERE hour = ? AND same = ? RETURNING id',
      now,
      request,
      hour,
      same,
    );
    if (counted.length > 0) return;
    const [row] = this.#run<{ id: number }>(
      `INSERT INTO reads (at, until, subject, secret, what, target, request, outcome, count, hour, same)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?) RETURNING id`,
      now,
      now,
      ...actorColumns(actor),
      what,
      target ?? null,
      request,
      outcome,
      hour,
      same,
    );
    this.#run('DELETE FROM reads WHERE id <= ?', (row?.id ?? 0) - AUDIT_READS_MAX);
  }

  acts(after: number, limit: number): AuditPage<AuditedUse> {
    if (!this.#exists('acts')) return { entries: [] };
    const rows = this.#run<ActRow>('SELECT * FROM acts WHERE id > ? ORDER BY id LIMIT ?', after, limit);
    const entries = rows.map(({ id, at, outcome, ...row }) => ({
      id,
      at,
      ...entryOf<AuditedUse['what']>(row),
      outcome,
    }));
    return pageOf(entries, limit);
  }

  reads(after: number, limit: number): AuditPage<CountedReads> {
    if (!this.#exists('reads')) return { entries: [] };
    const rows = this.#run<ReadRow>('SELECT * FROM reads WHERE id > ? ORDER BY id LIMIT ?', after, limit);
    const entries = rows.map(({ id, at, until, outcome, count, ...row }) => {
      return { id, at, until, ...entryOf<AuditedRead>(row), outcome, count };
    });
    return pageOf(entries, limit);
  }

  /** Reading a log in which nothing was written must not create storage. */
  #exists(table: 'acts' | 'reads'): boolean {
    return this.#run('SELECT 1 FROM sqlite_master WHERE name = ?', table).length > 0;
  }

  #run<Row extends Record<string, SqlStorageValue>>(statement: string, ...values: Values): Row[] {
    return this.#sql.exec<Row>(statement, ...values).toArray();
  }
}
