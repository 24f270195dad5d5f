import type { Database } from './database.ts';

/** A migration that has taken effect. */
export interface MigrationRow {
  /** The first version of the new shape. */
  readonly version: number;
  /** Its place in the log: behind the changes that were queued when the deployment asked for it. */
  readonly seq: number;
}

// A table of its own, made with the first migration: earlier deployments read and write the others by their columns. They
// do not drop it with what an import replaces, so each row names its epoch.

/** Records a migration, and forgets those that the log no longer holds. Call inside the transaction that commits it. */
export const insertMigration = (
  database: Database,
  epoch: string,
  { version, seq }: MigrationRow,
  logStart: number,
): void => {
  database.run('CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, seq INTEGER, epoch TEXT)');
  database.run('DELETE FROM migrations WHERE epoch <> ? OR seq <= ?', epoch, logStart);
  database.run('INSERT OR REPLACE INTO migrations VALUES (?, ?, ?)', version, seq, epoch);
};

/** The migrations with a seq after `after`, in order. */
export const migrationsAfter = (database: Database, epoch: string, after: number): MigrationRow[] => {
  const table = database.first("SELECT 1 AS here FROM sqlite_master WHERE name = 'migrations'");
  if (table === undefined) return [];
  const statement = 'SELECT version, seq FROM migrations WHERE epoch = ? AND seq > ? ORDER BY version';
  return database.all<{ version: number; seq: number }>(statement, epoch, after);
};

/** Takes the migrations of an epoch over into another one, which goes on with its log. */
export const renameMigrations = (database: Database, epoch: string, next: string): void => {
  const table = database.first("SELECT 1 AS here FROM sqlite_master WHERE name = 'migrations'");
  if (table !== undefined) database.run('UPDATE migrations SET epoch = ? WHERE epoch = ?', next, epoch);
};
