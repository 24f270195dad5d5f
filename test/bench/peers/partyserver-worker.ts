import { type Connection, routePartykitRequest, Server } from 'partyserver';
import { firstItems } from '../items.ts';

/** Each change is one row written, and one message to everybody. */
export class Party extends Server {
  static override options = { hibernate: true };

  override onStart(): void {
    const { sql } = this.ctx.storage;
    sql.exec('CREATE TABLE IF NOT EXISTS items (name TEXT PRIMARY KEY, json TEXT) WITHOUT ROWID');
    for (const [name, item] of Object.entries(firstItems()))
      sql.exec('INSERT OR IGNORE INTO items VALUES (?, ?)', name, JSON.stringify(item));
  }

  override onConnect(connection: Connection): void {
    const rows = this.ctx.storage.sql.exec<{ name: string; json: string }>('SELECT * FROM items').toArray();
    connection.send(
      JSON.stringify({ state: Object.fromEntries(rows.map(({ name, json }) => [name, JSON.parse(json)])) }),
    );
  }

  override onMessage(_: Connection, message: string): void {
    const { item, value } = JSON.parse(message) as { item: string; value: number };
    const { sql } = this.ctx.storage;
    const { json } = sql.exec<{ json: string }>('SELECT json FROM items WHERE name = ?', item).one();
    sql.exec('UPDATE items SET json = ? WHERE name = ?', JSON.stringify({ ...JSON.parse(json), value }), item);
    this.broadcast(message);
  }
}

export default {
  fetch: async (request: Request, env: Record<string, unknown>): Promise<Response> =>
    (await routePartykitRequest(request, env)) ?? new Response('nothing here', { status: 404 }),
};
