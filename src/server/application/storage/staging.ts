import type { ClientCounter } from '../../../core/drain/sequence.ts';
import { insertChanges, setSpent } from './accepted-rows.ts';
import { type ApplicationRow, insertApplicationRow } from './application-row.ts';
import { type Chunk, createChunks, insertChunks } from './chunks.ts';
import type { Database } from './database.ts';
import { type DrainRow, insertDrain } from './drain-rows.ts';
import { adoptStagedLog, createLog, dropLog, LOG_TABLES, type Segments, STAGED_LOG } from './log.ts';
import { createRejections, insertRejection, type Rejection } from './rejections.ts';
import { counterText, createSegments, type Header, insertHeader, type StoredForgotten } from './segment.ts';
import type { AcceptedRow } from './stored-change.ts';

// An import is written into tables of its own while it is read, and checked. Only when it is whole, one transaction drops
// the tables of the application and gives their names to these. Whatever they hold, dropping a table costs no rows and
// renaming one costs six (measured).

const TABLES = { chunks: 'staged_chunks', rejections: 'staged_rejections' } as const;

/** Rows that are written with the cost of an import: that of its last change, and the header. */
const ROWS_AT_THE_END = 2;

/** The content of an import, before it takes the place of the application. */
export class Staging {
  readonly #database: Database;
  /** Seq of the last change; undefined without one. */
  #accepted: number | undefined;

  /** Begins with empty tables: an instance that has ended during an import may have left some. */
  constructor(database: Database) {
    this.#database = database;
    this.drop();
    createChunks(database, TABLES.chunks);
    createRejections(database, TABLES.rejections);
    createLog(database, STAGED_LOG);
  }

  addState(text: string): Chunk[] {
    return insertChunks(this.#database, text, TABLES.chunks);
  }

  addCounters(counters: ReadonlyMap<string, ClientCounter>): Chunk[] {
    return insertChunks(this.#database, counterText(counters), TABLES.chunks);
  }

  addForgotten(forgotten: StoredForgotten): Chunk[] {
    return insertChunks(this.#database, JSON.stringify(forgotten), TABLES.chunks);
  }

  addRejection(rejection: Rejection): void {
    insertRejection(this.#database, rejection, TABLES.rejections);
  }

  addAccepted(row: AcceptedRow): void {
    insertChanges(this.#database, STAGED_LOG, { ...row, spent: [] });
    this.#accepted = row.last;
  }

  addDrain(drain: DrainRow): void {
    insertDrain(this.#database, STAGED_LOG, drain);
  }

  /** Corrects the size that the state has after a slice: a cold start relies on that of the last one. */
  correctWeight(version: number, weight: number): void {
    this.#database.run(`UPDATE drains_${STAGED_LOG} SET weight = ? WHERE version = ?`, weight, version);
  }

  /**
   * Replaces the application by what is staged. Call inside a transaction.
   *
   * @param replaced the application's segments; undefined when it does not exist
   */
  adopt(replaced: Segments | undefined, row: ApplicationRow, header: Header): void {
    const database = this.#database;
    if (replaced !== undefined) dropApplication(database, replaced);
    for (const [name, staged] of Object.entries(TABLES)) database.run(`ALTER TABLE ${staged} RENAME TO ${name}`);
    adoptStagedLog(database, row.segment);
    createSegments(database);
    insertApplicationRow(database, row);
    const spent = database.usage.snapshot(ROWS_AT_THE_END);
    if (this.#accepted !== undefined) setSpent(database, row.segment, this.#accepted, spent);
    insertHeader(database, row.segment, { ...header, spent });
  }

  /** Drops what is staged. */
  drop(): void {
    const names = [...Object.values(TABLES), ...LOG_TABLES.map((table) => `${table}_${STAGED_LOG}`)];
    for (const name of names) this.#database.run(`DROP TABLE IF EXISTS ${name}`);
  }
}

const dropApplication = (database: Database, { oldest, segment }: Segments): void => {
  for (let each = oldest; each <= segment; each += 1) dropLog(database, each);
  for (const table of ['application', 'rejections', 'segments', 'chunks']) database.run(`DROP TABLE ${table}`);
};
