import { DurableObject } from 'cloudflare:workers';

/** Which applications an owner has: one object per owner, written only when one is created or deleted [L4]. */
export class Directory extends DurableObject {
  /** Idempotent: an application reports itself until this has succeeded once. */
  add(app: string): void {
    this.#create();
    this.ctx.storage.sql.exec('INSERT OR IGNORE INTO applications VALUES (?)', app);
  }

  remove(app: string): void {
    if (this.#exists()) this.ctx.storage.sql.exec('DELETE FROM applications WHERE app = ?', app);
  }

  /** Names after `after` in order, at most `limit`. */
  list(after: string, limit: number): string[] {
    if (!this.#exists()) return [];
    const statement = 'SELECT app FROM applications WHERE app > ? ORDER BY app LIMIT ?';
    const rows = this.ctx.storage.sql.exec<{ app: string }>(statement, after, limit).toArray();
    return rows.map(({ app }) => app);
  }

  #create(): void {
    this.ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS applications (app TEXT PRIMARY KEY) WITHOUT ROWID');
  }

  /** Asking about an owner must not create storage for it. */
  #exists(): boolean {
    return this.ctx.storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'applications'").toArray().length > 0;
  }
}
