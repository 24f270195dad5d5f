import { DurableObject } from 'cloudflare:workers';
import type { DirectoryApi } from '../rpc/messages.ts';

/**
 * The list of one owner's applications [L4]: one object for each owner. It is written only when an application is
 * created or deleted, and holds names alone.
 */
export class Directory extends DurableObject implements DirectoryApi {
  add(app: string): void {
    this.#create();
    this.ctx.storage.sql.exec('INSERT OR IGNORE INTO applications VALUES (?)', app);
  }

  remove(app: string): void {
    if (this.#exists()) this.ctx.storage.sql.exec('DELETE FROM applications WHERE app = ?', app);
  }

  list(after: string, limit: number): string[] {
    if (!this.#exists()) return [];
    const statement = 'SELECT app FROM applications WHERE app > ? ORDER BY app LIMIT ?';
    const rows = this.ctx.storage.sql.exec<{ app: string }>(statement, after, limit).toArray();
    return rows.map(({ app }) => app);
  }

  #create(): void {
    this.ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS applications (app TEXT PRIMARY KEY) WITHOUT ROWID');
  }

  /** Reading the list of an unknown owner must not create storage for it. */
  #exists(): boolean {
    return this.ctx.storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'applications'").toArray().length > 0;
  }
}
