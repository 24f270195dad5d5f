const TABLES = [
  'CREATE TABLE IF NOT EXISTS actors (actor TEXT PRIMARY KEY, acts INTEGER) WITHOUT ROWID',
  'CREATE INDEX IF NOT EXISTS actors_by_acts ON actors (acts)',
  // Finds the oldest act of an actor without a look at others.
  'CREATE INDEX IF NOT EXISTS acts_of_actor ON acts (json_array(subject, secret))',
];

/**
 * How many acts of an audit log each actor has [A11]: rows beside the table `acts`. In a full log the oldest act goes of
 * the actor that has most, so whoever repeats acts pushes out its own, never those of others.
 */
export class AuditShares {
  readonly #sql: SqlStorage;
  readonly #max: number;
  #isReady: boolean = false;

  /** @param max acts in the log */
  constructor(sql: SqlStorage, max: number) {
    this.#sql = sql;
    this.#max = max;
  }

  /** Before an act is written. Counts once those that an earlier version has written: 100,000 rows at most. */
  prepare(): void {
    if (this.#isReady) return;
    const isNew = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'actors'").toArray().length === 0;
    for (const table of TABLES) this.#sql.exec(table);
    if (isNew) this.#sql.exec('INSERT INTO actors SELECT json_array(subject, secret), COUNT(*) FROM acts GROUP BY 1');
    this.#isReady = true;
  }

  /** Counts an act that was written, and lets one go when the log has more than it may. */
  added(id: number, subject: string | null, secret: string | null): void {
    const statement = `INSERT INTO actors VALUES (json_array(?, ?), 1) ON CONFLICT (actor) DO UPDATE SET acts = acts + 1`;
    this.#sql.exec(statement, subject, secret);
    if (this.#isOverfull(id)) this.#dropOne();
  }

  /**
   * Until the log is full for the first time the ids have no gap, and from then on it stays full: for each act one goes.
   * So the first and the last id tell whether it is.
   */
  #isOverfull(id: number): boolean {
    const { first } = this.#sql.exec<{ first: number }>('SELECT MIN(id) AS first FROM acts').one();
    return id - first >= this.#max;
  }

  #dropOne(): void {
    const { actor } = this.#sql.exec<{ actor: string }>('SELECT actor FROM actors ORDER BY acts DESC LIMIT 1').one();
    const oldest = 'SELECT id FROM acts WHERE json_array(subject, secret) = ? ORDER BY id LIMIT 1';
    this.#sql.exec(`DELETE FROM acts WHERE id = (${oldest})`, actor);
    this.#sql.exec('UPDATE actors SET acts = acts - 1 WHERE actor = ?', actor);
    this.#sql.exec('DELETE FROM actors WHERE actor = ? AND acts = 0', actor);
  }
}
