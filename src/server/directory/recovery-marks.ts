import type { MarkStep, RecoveryMark } from '../rpc/recovery.ts';

const TABLE = 'CREATE TABLE IF NOT EXISTS recoveries (app TEXT PRIMARY KEY, mark TEXT) WITHOUT ROWID';

/** The applications of an owner that are being recovered by the platform [L19]. */
export class RecoveryMarks {
  readonly #storage: SqlStorage;

  constructor(storage: SqlStorage) {
    this.#storage = storage;
  }

  /** @returns the mark after the step. Reading writes nothing: most owners never have one */
  take(app: string, step: MarkStep): RecoveryMark | undefined {
    if (step.kind === 'set') {
      this.#storage.exec(TABLE);
      this.#storage.exec('INSERT OR REPLACE INTO recoveries VALUES (?, ?)', app, JSON.stringify(step.mark));
    }
    const mark = this.#find(app);
    if (step.kind !== 'clear' || mark?.epoch !== step.epoch) return mark;
    this.#storage.exec('DELETE FROM recoveries WHERE app = ?', app);
    return undefined;
  }

  #find(app: string): RecoveryMark | undefined {
    const table = this.#storage.exec("SELECT 1 FROM sqlite_master WHERE name = 'recoveries'").toArray();
    if (table.length === 0) return undefined;
    const [row] = this.#storage.exec<{ mark: string }>('SELECT mark FROM recoveries WHERE app = ?', app).toArray();
    return row === undefined ? undefined : (JSON.parse(row.mark) as RecoveryMark);
  }
}
