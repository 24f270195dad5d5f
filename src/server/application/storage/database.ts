/** Rows the application has read and written since it woke, alarms set included: what Cloudflare bills. */
export interface RowCounts {
  read: number;
  written: number;
}

type Value = SqlStorageValue;

/**
 * The object's SQLite, with every row counted. All writes go through `transact`: a handler that throws does not
 * roll back earlier statements by itself, and the type refuses an await inside.
 */
export class Database {
  readonly rows: RowCounts = { read: 0, written: 0 };
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Bytes on disk, all tables. */
  get bytes(): number {
    return this.#storage.sql.databaseSize;
  }

  all<Row extends Record<string, Value>>(statement: string, ...bindings: Value[]): Row[] {
    return [...this.each<Row>(statement, ...bindings)];
  }

  first<Row extends Record<string, Value>>(statement: string, ...bindings: Value[]): Row | undefined {
    return this.all<Row>(statement, ...bindings)[0];
  }

  /** Reads row by row, so that a caller may stop early. */
  *each<Row extends Record<string, Value>>(statement: string, ...bindings: Value[]): Generator<Row> {
    const cursor = this.#storage.sql.exec<Row>(statement, ...bindings);
    try {
      yield* cursor;
    } finally {
      this.rows.read += cursor.rowsRead;
    }
  }

  run(statement: string, ...bindings: Value[]): void {
    const cursor = this.#storage.sql.exec(statement, ...bindings);
    this.rows.read += cursor.rowsRead;
    this.rows.written += cursor.rowsWritten;
  }

  /** Part of the same turn's writes, and billed like a row. Nobody awaits it: the output gate does. */
  setAlarm(time: number): void {
    this.rows.written += 1;
    void this.#storage.setAlarm(time);
  }

  /** All or nothing, and synchronous: state changes in one place and at one moment [D6]. */
  transact<T>(write: () => T extends Promise<unknown> ? never : T): T {
    return this.#storage.transactionSync(write) as T;
  }
}
