import { DurableObject } from 'cloudflare:workers';
import { firstItems } from './items.ts';

// The runtime's limit: what a Worker and an object can do when they do nothing but this one thing. No routing, no
// tokens, no checks, no counters, no reducers: whatever ours takes more than this is what those cost.

interface Waiting {
  readonly text: string;
  readonly done: (seq: number) => void;
}

const STATE = JSON.stringify({ items: firstItems() });

const CHUNK = 500_000;

/** Inserts, alone or in groups; answers; broadcasts. */
export class Bare extends DurableObject {
  #group: Waiting[] = [];
  #replies: ((text: string) => void)[] = [];
  #seq = 0;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as Cloudflare.Env);
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, text TEXT)');
  }

  /** One row, one answer. */
  insert(text: string): number {
    this.#seq += 1;
    this.ctx.storage.sql.exec('INSERT OR REPLACE INTO log VALUES (?, ?)', this.#seq, text);
    return this.#seq;
  }

  /** One row for all that arrive within a turn of the event loop. */
  group(text: string): Promise<number> {
    return new Promise((done) => this.#collect({ text, done }));
  }

  /** 10 kB, each for itself. */
  state(): string {
    return STATE;
  }

  /** 10 kB, answered together. */
  stateTogether(): Promise<string> {
    return new Promise((resolve) => {
      if (this.#replies.length === 0) {
        setTimeout(() => {
          const replies = this.#replies;
          this.#replies = [];
          for (const reply of replies) reply(STATE);
        }, 0);
      }
      this.#replies.push(resolve);
    });
  }

  /** Puts a state on disk in chunks, as a row has no room for more. */
  keep(text: string): void {
    const { sql } = this.ctx.storage;
    sql.exec('CREATE TABLE chunks (chunk INTEGER PRIMARY KEY, text TEXT)');
    for (let at = 0; at < text.length; at += CHUNK)
      sql.exec('INSERT INTO chunks VALUES (?, ?)', at / CHUNK, text.slice(at, at + CHUNK));
  }

  /** Reads it back. */
  wake(): string {
    const rows = this.ctx.storage.sql.exec<{ text: string }>('SELECT text FROM chunks ORDER BY chunk').toArray();
    return typeof JSON.parse(rows.map(({ text }) => text).join(''));
  }

  override fetch(): Response {
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.ctx.acceptWebSocket(ours);
    return new Response(null, {
      status: 101,
      webSocket: theirs,
      headers: { 'Sec-WebSocket-Protocol': 'changebucket.v1' },
    });
  }

  /** A push is acknowledged when its group is durable, and broadcast to those who follow. */
  override webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): void {
    const text = String(message);
    if (text.includes('"subscribe"')) ws.serializeAttachment('follows');
    else this.#collect(this.#pushed(ws, text));
  }

  #pushed(ws: WebSocket, text: string): Waiting {
    return {
      text,
      done: (seq) => {
        ws.send(`{"type":"outcomes","outcomes":[{"seq":${seq}}]}`);
        const frame = `{"type":"patch","from":${seq - 1},"to":${seq},"patch":[{${text.slice(text.indexOf('"args"'), -1)}}]}`;
        for (const each of this.ctx.getWebSockets()) if (each.deserializeAttachment() === 'follows') each.send(frame);
      },
    };
  }

  #collect(waiting: Waiting): void {
    if (this.#group.length === 0) setTimeout(() => this.#flush(), 0);
    this.#group.push(waiting);
  }

  #flush(): void {
    const group = this.#group;
    this.#group = [];
    const first = this.#seq + 1;
    this.#seq += group.length;
    const texts = group.map(({ text }) => text).join('\n');
    this.ctx.storage.sql.exec('INSERT OR REPLACE INTO log VALUES (?, ?)', this.#seq, texts);
    for (const [index, { done }] of group.entries()) done(first + index);
  }
}

type Stub = DurableObjectStub & Pick<Bare, 'insert' | 'group' | 'state' | 'stateTogether' | 'keep' | 'wake'>;

const answerOf = async (request: Request, bare: Stub): Promise<Response> => {
  const { pathname } = new URL(request.url);
  if (pathname === '/constant') return new Response('{"status":"ok"}');
  if (pathname === '/socket') return bare.fetch(request);
  if (pathname === '/insert') return Response.json({ seq: await bare.insert(await request.text()) }, { status: 202 });
  if (pathname === '/group') return Response.json({ seq: await bare.group(await request.text()) }, { status: 202 });
  if (pathname === '/keep') return new Response(String(await bare.keep(await request.text())));
  if (pathname === '/wake') return new Response(await bare.wake());
  if (pathname === '/state') return new Response(await bare.state());
  if (pathname === '/304') return new Response(null, { status: (await bare.stateTogether()) === '' ? 500 : 304 });
  return new Response(await bare.stateTogether());
};

export default {
  fetch: (request: Request, env: { readonly BARE: DurableObjectNamespace }): Promise<Response> =>
    answerOf(request, env.BARE.getByName(request.url.split('?app=')[1] ?? 'bare') as unknown as Stub),
};
