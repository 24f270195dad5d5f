import type { BackupFinding, BackupPage, KeptBackup } from '../../protocol/backup-answers.ts';
import { manifestKey } from './write-backup.ts';

const TABLES = [
  `CREATE TABLE IF NOT EXISTS backups (id INTEGER PRIMARY KEY AUTOINCREMENT, application TEXT, at INTEGER, epoch TEXT,
    version INTEGER, bytes INTEGER, sha256 TEXT, key TEXT)`,
  'CREATE INDEX IF NOT EXISTS backups_of ON backups (application, at)',
  // Keys to be removed from the store: of backups that have expired, and of those that were begun and did not end.
  'CREATE TABLE IF NOT EXISTS garbage (key TEXT PRIMARY KEY) WITHOUT ROWID',
  // What the newest verification of a backup has found, and since when all have found the same [K6].
  'CREATE TABLE IF NOT EXISTS findings (backup INTEGER PRIMARY KEY, finding TEXT, verifiedAt INTEGER, since INTEGER)',
];

/** The complete backups, and what is to be removed from the store: rows of the object that makes them. */
export class Catalog {
  readonly #storage: DurableObjectStorage;
  #isReady: boolean = false;
  /** The backup that is being made. */
  #making: { readonly application: string; readonly keys: readonly string[]; isPurged: boolean } | undefined;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** The backup of an application that was made last. Not by its time: a clock may have been put back since. */
  newest(application: string): KeptBackup | undefined {
    return this.#select('WHERE application = ? ORDER BY id DESC LIMIT 1', application)[0];
  }

  find(id: number): KeptBackup | undefined {
    return this.#select('WHERE id = ?', id)[0];
  }

  /** Of an application, as they were made: the oldest first. */
  of(application: string): KeptBackup[] {
    return this.#select('WHERE application = ? ORDER BY id', application);
  }

  /** Those of an application that are known to be broken or missing since a time. */
  lost(application: string, since: number): KeptBackup[] {
    return this.#select("WHERE application = ? AND finding <> 'whole' AND since <= ? ORDER BY id", application, since);
  }

  /** @param application undefined: of all */
  page(application: string | undefined, after: number, limit: number): BackupPage {
    const entries =
      application === undefined
        ? this.#select('WHERE id > ? ORDER BY id LIMIT ?', after, limit)
        : this.#select('WHERE application = ? AND id > ? ORDER BY id LIMIT ?', application, after, limit);
    const last = entries.at(-1);
    return entries.length < limit || last === undefined ? { entries } : { entries, next: last.id };
  }

  /** The next application with backups, after one, in order: it costs one row, however many backups there are. */
  nextApplication(after: string): string | undefined {
    const statement = 'SELECT application FROM backups WHERE application > ? ORDER BY application LIMIT 1';
    return this.#all<{ application: string }>(statement, after)[0]?.application;
  }

  /** Begins a backup, before its application is asked for anything: a purge that comes from then on is heard of. */
  begin(application: string): void {
    this.#making = { application, keys: [], isPurged: false };
  }

  /** Notes the keys of the backup before anything is written under them: should this instance end, they are removed. */
  write(keys: readonly string[]): void {
    if (this.#making !== undefined) this.#making = { ...this.#making, keys };
    this.#discard(keys);
  }

  /** A backup is being made no longer. */
  end(): void {
    this.#making = undefined;
  }

  #discard(keys: readonly string[]): void {
    for (const key of keys) this.#run('INSERT OR REPLACE INTO garbage VALUES (?)', key);
  }

  /**
   * A backup is complete: from now on it counts, and its keys stay.
   *
   * @throws Error when its application was purged meanwhile
   */
  complete(
    { application, at, epoch, version, bytes, sha256, key }: Omit<KeptBackup, 'id'>,
    keys: readonly string[],
  ): void {
    if (this.#making?.isPurged === true) throw new Error('the application was purged while its backup was made');
    this.#storage.transactionSync(() => {
      const statement = `INSERT INTO backups (application, at, epoch, version, bytes, sha256, key)
        VALUES (?, ?, ?, ?, ?, ?, ?)`;
      this.#run(statement, application, at, epoch, version, bytes, sha256, key);
      this.removed(keys);
    });
  }

  /** Stores what a verification has found. */
  verified(id: number, finding: BackupFinding, at: number): void {
    const statement = `INSERT INTO findings VALUES (?1, ?2, ?3, ?3) ON CONFLICT (backup) DO UPDATE SET
      since = iif(findings.finding = ?2, findings.since, ?3), finding = ?2, verifiedAt = ?3`;
    this.#run(statement, id, finding, at);
  }

  /** A backup counts no more; its keys are to be removed. */
  expire({ id }: KeptBackup, keys: readonly string[]): void {
    this.#storage.transactionSync(() => {
      this.#run('DELETE FROM backups WHERE id = ?', id);
      this.#run('DELETE FROM findings WHERE backup = ?', id);
      this.#discard(keys);
    });
  }

  /** No backup of an application counts any more, nor will one that is being made; their keys are to be removed [L17]. */
  purge(application: string): void {
    if (this.#making?.application === application) this.#making.isPurged = true;
    for (const kept of this.of(application)) this.expire(kept, [kept.key, manifestKey(kept.key)]);
  }

  /** The garbage of an application, without what is being written: that is removed after it. */
  garbageOf(application: string, limit: number): string[] {
    const prefix = `${application}/`;
    const statement = 'SELECT key FROM garbage WHERE substr(key, 1, length(?1)) = ?1 LIMIT ?2';
    const writing = this.#making?.keys ?? [];
    return this.#all<{ key: string }>(statement, prefix, limit + writing.length)
      .map(({ key }) => key)
      .filter((key) => !writing.includes(key))
      .slice(0, limit);
  }

  /** Any of it: keys that cannot be removed must not be the first ones each time. */
  garbage(limit: number): string[] {
    const statement = 'SELECT key FROM garbage ORDER BY random() LIMIT ?';
    return this.#all<{ key: string }>(statement, limit).map(({ key }) => key);
  }

  removed(keys: readonly string[]): void {
    for (const key of keys) this.#run('DELETE FROM garbage WHERE key = ?', key);
  }

  #select(clause: string, ...bindings: SqlStorageValue[]): KeptBackup[] {
    const statement = `SELECT backups.*, finding, verifiedAt FROM backups LEFT JOIN findings ON backup = id ${clause}`;
    return this.#all<StoredBackup>(statement, ...bindings).map(({ finding, verifiedAt, ...kept }) =>
      finding === null || verifiedAt === null ? kept : { ...kept, finding, verifiedAt },
    );
  }

  #all<Row extends object>(statement: string, ...bindings: SqlStorageValue[]): Row[] {
    this.#prepare();
    return this.#storage.sql.exec(statement, ...bindings).toArray() as unknown as Row[];
  }

  #run(statement: string, ...bindings: SqlStorageValue[]): void {
    this.#prepare();
    this.#storage.sql.exec(statement, ...bindings);
  }

  #prepare(): void {
    if (!this.#isReady) for (const table of TABLES) this.#storage.sql.exec(table);
    this.#isReady = true;
  }
}

type StoredBackup = Omit<KeptBackup, 'finding' | 'verifiedAt'> & {
  readonly finding: BackupFinding | null;
  readonly verifiedAt: number | null;
};

/** Whether no verification has found that a backup is broken or missing. */
export const isSound = ({ finding = 'whole' }: KeptBackup): boolean => finding === 'whole';
