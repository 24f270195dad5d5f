import { describeError, log } from '../../logging/log.ts';
import type { UsageMeter } from '../cost/usage-meter.ts';

type Value = SqlStorageValue;

/** Rows of at most 1.7 MB each: a page stays well below the object's memory. */
const PAGE_ROWS = 16;

/**
 * The object's SQLite, with every row counted. All writes go through `transact`: a handler that throws does not
 * roll back earlier statements by itself, and the type refuses an await inside.
 */
export class Database {
  readonly usage: UsageMeter;
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage, usage: UsageMeter) {
    this.#storage = storage;
    this.usage = usage;
  }

  /** Bytes on disk, all tables. */
  get bytes(): number {
    return this.#storage.sql.databaseSize;
  }

  /** Reads everything: a cursor left open would lock its table against being dropped. */
  all<Row extends Record<string, Value>>(statement: string, ...bindings: Value[]): Row[] {
    const cursor = this.#storage.sql.exec<Row>(statement, ...bindings);
    const rows = cursor.toArray();
    this.usage.read(cursor.rowsRead);
    return rows;
  }

  first<Row extends Record<string, Value>>(statement: string, ...bindings: Value[]): Row | undefined {
    return this.all<Row>(statement, ...bindings)[0];
  }

  /**
   * Reads page by page, so that a caller may stop early. The statement has two parameters: the key that the page
   * comes after, and how many rows.
   */
  *each<Row extends Record<string, Value>>(
    statement: string,
    after: number,
    keyOf: (row: Row) => number,
  ): Generator<Row> {
    let page = this.all<Row>(statement, after, PAGE_ROWS);
    for (;;) {
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_ROWS) return;
      page = this.all<Row>(statement, keyOf(last), PAGE_ROWS);
    }
  }

  run(statement: string, ...bindings: Value[]): void {
    const cursor = this.#storage.sql.exec(statement, ...bindings);
    this.usage.read(cursor.rowsRead);
    this.usage.wrote(cursor.rowsWritten);
  }

  /**
   * Part of the same turn's writes, and billed like a row. Nobody awaits it: when it fails the output gate breaks, and
   * no answer of this turn leaves.
   */
  setAlarm(time: number): void {
    this.usage.wrote(1);
    this.#storage.setAlarm(time).catch((error: unknown) => log('error', 'the alarm was not set', describeError(error)));
  }

  /** All or nothing, and synchronous: state changes in one place and at one moment [D6]. */
  transact<T>(write: () => T extends Promise<unknown> ? never : T): T {
    return this.#storage.transactionSync(write) as T;
  }
}
