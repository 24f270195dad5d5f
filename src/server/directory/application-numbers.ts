import { ASK_AFTER_MS, ASK_UNTIL_MS } from '../../protocol/operating-limits.ts';
import { COUNTERS, NO_NUMBERS, type Numbers, newest, USAGE_COUNTERS, withChanged } from '../rpc/numbers.ts';

const NUMBERS = `CREATE TABLE IF NOT EXISTS numbers (app TEXT PRIMARY KEY, numbers TEXT, changedAt INTEGER,
  askAt INTEGER) WITHOUT ROWID`;

/** The row of what deleted applications have counted. No application has this name. */
const DELETED = '';

/** What an owner's applications have told last, and when to ask one that may have more to tell, ms since 1970. */
export class ApplicationNumbers {
  readonly #sql: SqlStorage;
  /** Of all, without `waitingSince`; undefined until they are read. */
  #sum: Numbers | undefined;
  /** `waitingSince` of those that have something queued. */
  readonly #waiting = new Map<string, number>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Takes what an application tells. If it has done something, it is asked again later. @returns whether it has */
  take(app: string, reported: Numbers, now: number): boolean {
    const known = this.#known(app);
    const numbers = newest(known, reported);
    const isChanged = !isSame(known, numbers);
    this.#replace(app, known, numbers);
    this.#store(app, numbers, now, isChanged ? now + ASK_AFTER_MS : null);
    return isChanged;
  }

  /** Keeps what a deleted application has counted. */
  end(app: string): void {
    const known = this.#known(app);
    if (known === NO_NUMBERS) return;
    const counted = { ...NO_NUMBERS, counters: known.counters };
    this.#replace(app, known, counted);
    this.#store(DELETED, withChanged(this.#known(DELETED), NO_NUMBERS, counted), 0, null);
    this.#sql.exec('DELETE FROM numbers WHERE app = ?', app);
  }

  /** Takes over what an application had counted before it was deleted: the sum stays as it is. */
  resume(app: string, counters: readonly number[]): void {
    const counted = { ...NO_NUMBERS, counters };
    const before = this.#known(app);
    this.#replace(app, before, withChanged(before, NO_NUMBERS, counted));
    this.#replace(DELETED, counted, NO_NUMBERS);
    this.#store(DELETED, withChanged(this.#known(DELETED), counted, NO_NUMBERS), 0, null);
    this.#store(app, withChanged(before, NO_NUMBERS, counted), Date.now(), null);
  }

  /** The applications that are to be asked by now: `limit` at most. */
  due(now: number, limit: number): string[] {
    if (!this.#hasTable) return [];
    const statement = 'SELECT app FROM numbers WHERE askAt <= ? ORDER BY askAt LIMIT ?';
    return this.#sql
      .exec<{ app: string }>(statement, now, limit)
      .toArray()
      .map(({ app }) => app);
  }

  /** When the next one is to be asked, ms since 1970; undefined when none is. */
  get nextDue(): number | undefined {
    if (!this.#hasTable) return undefined;
    return this.#sql.exec<{ at: number | null }>('SELECT min(askAt) AS at FROM numbers').one().at ?? undefined;
  }

  /** It did not answer: it is asked again, as long as its last news are younger than ASK_UNTIL_MS. */
  failed(app: string, now: number): void {
    const statement = 'UPDATE numbers SET askAt = CASE WHEN changedAt > ? THEN ? END WHERE app = ?';
    this.#sql.exec(statement, now - ASK_UNTIL_MS, now + ASK_AFTER_MS, app);
  }

  /** It is not asked any more. */
  settle(app: string): void {
    this.#sql.exec('UPDATE numbers SET askAt = NULL WHERE app = ?', app);
  }

  /** The sum of all. */
  get sum(): Numbers {
    const { sum, waiting } = this.#readSum();
    let since = Number.POSITIVE_INFINITY;
    // Not as arguments of one call: there may be a hundred thousand.
    for (const each of waiting.values()) since = Math.min(since, each);
    return { ...sum, waitingSince: Number.isFinite(since) ? since : null };
  }

  #readSum(): { readonly sum: Numbers; readonly waiting: ReadonlyMap<string, number> } {
    if (this.#sum === undefined) {
      this.#sum = NO_NUMBERS;
      const rows = this.#hasTable ? this.#sql.exec<NumbersRow>('SELECT app, numbers FROM numbers') : [];
      for (const { app, numbers } of rows) this.#replace(app, NO_NUMBERS, JSON.parse(numbers) as Numbers);
    }
    return { sum: this.#sum, waiting: this.#waiting };
  }

  /** Replaces a part of the sum; one that was not read yet will be. */
  #replace(app: string, from: Numbers, to: Numbers): void {
    if (this.#sum === undefined) return;
    this.#sum = withChanged(this.#sum, from, to);
    if (to.waitingSince === null) this.#waiting.delete(app);
    else this.#waiting.set(app, to.waitingSince);
  }

  #store(app: string, numbers: Numbers, changedAt: number, askAt: number | null): void {
    this.#sql.exec(NUMBERS);
    this.#sql.exec(
      'INSERT OR REPLACE INTO numbers VALUES (?, ?, ?, ?)',
      app,
      JSON.stringify(numbers),
      changedAt,
      askAt,
    );
  }

  #known(app: string): Numbers {
    const rows = this.#hasTable
      ? this.#sql.exec<NumbersRow>('SELECT app, numbers FROM numbers WHERE app = ?', app)
      : [];
    for (const { numbers } of rows) return JSON.parse(numbers) as Numbers;
    return NO_NUMBERS;
  }

  /** Reading the numbers of an unknown owner must not create storage for it. */
  get #hasTable(): boolean {
    return this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'numbers'").toArray().length > 0;
  }
}

interface NumbersRow extends Record<string, SqlStorageValue> {
  readonly app: string;
  readonly numbers: string;
}

/**
 * Whether nothing has happened in between that is worth to ask for more. To ask is a request, which is counted; and an
 * application that is polled now and then would be asked for ever.
 */
const isSame = (a: Numbers, b: Numbers): boolean => JSON.stringify(steps(a)) === JSON.stringify(steps(b));

const steps = ({ counters, gauges, waitingSince }: Numbers) => [
  counters.slice(USAGE_COUNTERS.length, COUNTERS.indexOf('reads200')),
  gauges,
  waitingSince,
];
