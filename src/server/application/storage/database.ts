import { describeError, log } from '../../logging/log.ts';
import type { UsageMeter } from '../cost/usage-meter.ts';
import { SegmentPins } from './segment-pins.ts';

type Value = SqlStorageValue;

/** Rows read at once by `each`. A row has at most 1.7 MB, so a page stays well below the object's 128 MB of memory. */
const PAGE_ROWS = 16;

/**
 * The object's SQLite database. Counts every row that is read or written. All writes go through `transact`: a handler
 * that throws does not roll back earlier statements by itself.
 */
export class Database {
  readonly usage: UsageMeter;
  /** Segments that must not be dropped now. */
  readonly pins = new SegmentPins();
  /** Values beside the tables. */
  readonly kv: SyncKvStorage;
  readonly #storage: DurableObjectStorage;
  readonly #name: () => string;

  /** @param name `owner/app` for log lines */
  constructor(storage: DurableObjectStorage, usage: UsageMeter, name: () => string) {
    this.#storage = storage;
    this.kv = storage.kv;
    this.usage = usage;
    this.#name = name;
  }

  /** Size of all tables on disk, in bytes. */
  get bytes(): number {
    return this.#storage.sql.databaseSize;
  }

  /** All rows. Reads them at once: an open cursor would lock its table, which then could not be dropped. */
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
   * Reads page by page, so that a caller may stop early.
   *
   * @param statement has two parameters: the key after which a page begins, and its number of rows
   * @param pageRows rows of a page, all in memory at once
   */
  *each<Row extends Record<string, Value>>(
    statement: string,
    after: number,
    keyOf: (row: Row) => number,
    pageRows = PAGE_ROWS,
  ): Generator<Row> {
    let page = this.all<Row>(statement, after, pageRows);
    for (;;) {
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < pageRows) return;
      page = this.all<Row>(statement, keyOf(last), pageRows);
    }
  }

  run(statement: string, ...bindings: Value[]): void {
    const cursor = this.#storage.sql.exec(statement, ...bindings);
    this.usage.read(cursor.rowsRead);
    this.usage.wrote(cursor.rowsWritten);
  }

  /**
   * Sets the alarm, as part of the writes of this turn; billed like a row. Not awaited: when it fails, the output gate
   * breaks and no answer of this turn leaves.
   */
  setAlarm(time: number): void {
    this.usage.wrote(1);
    this.#storage.setAlarm(time).catch((error: unknown) => {
      log('error', 'the alarm was not set', { application: this.#name(), ...describeError(error) });
    });
  }

  /** Runs writes in one transaction: all or nothing [D6]. The type refuses an async function. */
  transact<T>(write: () => T extends Promise<unknown> ? never : T): T {
    return this.#storage.transactionSync(write) as T;
  }
}
