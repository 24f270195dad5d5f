import { DurableObject } from 'cloudflare:workers';
import {
  DurableObjectSqliteSyncWrapper,
  SQLiteSyncStorage,
  TLSocketRoom,
  type TLSyncSqliteWrapper,
} from '@tldraw/sync-core';
import { firstItems } from '../items.ts';
import { type Item, recordId, schema } from './tldraw-schema.ts';

/** Each push is one transaction; each socket is sent what it missed at most 60 times a second. */
export class Party extends DurableObject<unknown> {
  readonly #room: TLSocketRoom<Item>;

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env);
    const sql = new DurableObjectSqliteSyncWrapper(state.storage) as TLSyncSqliteWrapper;
    // A snapshot would replace what is stored.
    const begun = SQLiteSyncStorage.hasBeenInitialized(sql);
    const storage = new SQLiteSyncStorage<Item>(begun ? { sql } : { sql, snapshot: firstSnapshot() });
    this.#room = new TLSocketRoom<Item>({ storage, schema });
  }

  override fetch(): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    // The room keeps its sessions in memory and listens to their sockets itself.
    server.accept();
    this.#room.handleSocketConnect({ sessionId: crypto.randomUUID(), socket: server });
    return new Response(null, { status: 101, webSocket: client });
  }
}

const firstSnapshot = () => ({
  documents: Object.values(firstItems()).map((item, index) => ({
    state: { ...item, id: recordId(index), typeName: 'item' as const },
    lastChangedClock: 0,
  })),
  schema: schema.serialize(),
});

interface Env {
  readonly Party: DurableObjectNamespace<Party>;
}

export default {
  fetch: (request: Request, env: Env): Response | Promise<Response> =>
    request.headers.get('Upgrade') === 'websocket'
      ? env.Party.getByName('board').fetch(request)
      : new Response('nothing here', { status: 404 }),
};
