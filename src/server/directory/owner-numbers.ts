import { OWNER_REPORT_MS, OWNER_REPORTS_SPACING_MS, OWNERS_NAMED_MAX } from '../../protocol/operating-limits.ts';
import { NO_NUMBERS, type Numbers, newest, withChanged } from '../rpc/numbers.ts';
import type { RegistryNumbers } from '../rpc/registry.ts';

const TABLES = [
  'CREATE TABLE IF NOT EXISTS numbers (number INTEGER PRIMARY KEY, owner TEXT UNIQUE, numbers TEXT, waitingSince INTEGER)',
  'CREATE INDEX IF NOT EXISTS waiting ON numbers (waitingSince) WHERE waitingSince IS NOT NULL',
];

/** The row of the sum over all owners. No owner has this name. */
const TOTAL = '';
const TOTAL_NUMBER = 0;

/** The sums of each owner and of all, as the registry stores them. Owners are numbered in the order of their first report. */
export class OwnerNumbers {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Takes the numbers of an owner, and adds to the total what is new in them. */
  take(owner: string, reported: Numbers): void {
    for (const statement of TABLES) this.#sql.exec(statement);
    const known = this.#read(owner);
    const numbers = newest(known?.numbers ?? NO_NUMBERS, reported);
    const total = withChanged(this.#read(TOTAL)?.numbers ?? NO_NUMBERS, known?.numbers ?? NO_NUMBERS, numbers);
    this.#store(TOTAL_NUMBER, TOTAL, { ...total, waitingSince: null });
    this.#store(known?.number ?? this.#count + 1, owner, numbers);
  }

  /** The pause between two reports of an owner, ms. With many owners each tells less often. */
  get pause(): number {
    return this.#hasTable ? Math.max(OWNER_REPORT_MS, this.#count * OWNER_REPORTS_SPACING_MS) : OWNER_REPORT_MS;
  }

  /** Reads a bounded number of rows, however many owners there are. */
  get all(): RegistryNumbers {
    if (!this.#hasTable) return { total: NO_NUMBERS, owners: [], others: NO_NUMBERS };
    const named = 'SELECT number, owner, numbers FROM numbers WHERE number BETWEEN 1 AND ? ORDER BY number';
    const rows = this.#sql.exec<NumbersRow>(named, OWNERS_NAMED_MAX).toArray();
    const owners = rows.map(({ owner, numbers }) => ({ owner, numbers: JSON.parse(numbers) as Numbers }));
    const total = this.#read(TOTAL)?.numbers ?? NO_NUMBERS;
    const others = owners.reduce((rest, { numbers }) => withChanged(rest, numbers, NO_NUMBERS), total);
    return {
      total: { ...total, waitingSince: this.#waitingSince(TOTAL_NUMBER) },
      owners,
      others: { ...others, waitingSince: this.#waitingSince(OWNERS_NAMED_MAX) },
    };
  }

  /** Of the owners with a higher number. Reads the rows of those that have something queued. */
  #waitingSince(number: number): number | null {
    const statement = 'SELECT min(waitingSince) AS since FROM numbers WHERE waitingSince IS NOT NULL AND number > ?';
    return this.#sql.exec<{ since: number | null }>(statement, number).one().since;
  }

  /** Number of owners that were ever registered. Reads one row. */
  get #count(): number {
    return (
      this.#sql.exec<{ last: number | null }>('SELECT max(number) AS last FROM numbers').one().last ?? TOTAL_NUMBER
    );
  }

  #read(owner: string): { readonly number: number; readonly numbers: Numbers } | undefined {
    const statement = 'SELECT number, owner, numbers FROM numbers WHERE owner = ?';
    const [row] = this.#sql.exec<NumbersRow>(statement, owner).toArray();
    return row && { number: row.number, numbers: JSON.parse(row.numbers) as Numbers };
  }

  #store(number: number, owner: string, numbers: Numbers): void {
    const statement = `INSERT INTO numbers VALUES (?, ?, ?, ?)
      ON CONFLICT (number) DO UPDATE SET numbers = excluded.numbers, waitingSince = excluded.waitingSince`;
    this.#sql.exec(statement, number, owner, JSON.stringify(numbers), numbers.waitingSince);
  }

  get #hasTable(): boolean {
    return this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'numbers'").toArray().length > 0;
  }
}

interface NumbersRow extends Record<string, SqlStorageValue> {
  readonly number: number;
  readonly owner: string;
  readonly numbers: string;
}
