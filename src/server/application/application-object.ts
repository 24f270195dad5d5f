import { DurableObject } from 'cloudflare:workers';
import type { Definition } from '../../core/definition.ts';
import { applicationNamed } from '../../protocol/ids.ts';
import { WHO_HEADER, type Who } from '../access/who.ts';
import type * as Message from '../rpc/messages.ts';
import {
  type PackedPush,
  type PackedPushAnswer,
  type PackedRead,
  type PackedReadAnswer,
  packPushAnswer,
  packReadAnswer,
  type RemoteApplication,
  unpackPush,
  unpackRead,
} from '../rpc/packing.ts';
import { Application } from './application.ts';
import { Budget } from './cost/budget.ts';
import { Tally } from './cost/usage-meter.ts';
import { Engine } from './engine.ts';
import type { ApplicationEnvironment } from './environment.ts';
import { Streams } from './live/event-streams.ts';
import { Conversation } from './live/frame-handler.ts';
import { Sockets } from './live/sockets.ts';
import { Updates } from './live/update-cache.ts';

/** One application as the platform calls it: by RPC, by messages of its sockets, by alarm. All of it is counted [C1]. */
export abstract class ApplicationObject extends DurableObject<ApplicationEnvironment> implements RemoteApplication {
  readonly #tally: Tally;
  readonly #engine: Engine;
  readonly #application: Application;
  readonly #sockets: Sockets;
  readonly #conversation: Conversation;
  /** The state's version now. */
  readonly #version = (): number => this.#engine.look()?.version ?? 0;

  constructor(
    ctx: DurableObjectState,
    env: ApplicationEnvironment,
    deployment: { readonly definitions: ReadonlyMap<string, Definition>; readonly firstKind: string },
  ) {
    super(ctx, env);
    const { storage } = ctx;
    const hasSurvived = ctx.getWebSockets().length > 0;
    const tally = new Tally(new Budget(env));
    // Looked at when it is needed: an alarm after an eviction may not know it, and a constructor must not throw.
    const identity = () => applicationNamed(ctx.id.name ?? '');
    const engine = new Engine({ storage, tally, identity, directory: env.DIRECTORY, hasSurvived, ...deployment });
    const updates = new Updates(engine.database);
    const streams = new Streams({ updates, sync: () => storage.sync(), hold: () => tally.hold() });
    const sockets = new Sockets({ host: ctx, updates, look: () => engine.look() });
    for (const watcher of [streams, sockets]) engine.watch(watcher);
    this.#tally = tally;
    this.#engine = engine;
    this.#sockets = sockets;
    this.#application = new Application({ definitions: deployment.definitions, identity, engine, streams });
    this.#conversation = new Conversation({ identity, engine, sockets, access: env });
  }

  push(packed: PackedPush): Promise<PackedPushAnswer> {
    return this.#counted(async (api) => packPushAnswer(await api.push(unpackPush(packed))));
  }

  read(packed: PackedRead): Promise<PackedReadAnswer> {
    return this.#counted(async (api) => packReadAnswer(await api.read(unpackRead(packed))));
  }

  stream(message: Message.StreamMessage): Promise<Message.StreamAnswer> {
    return this.#counted((api) => api.stream(message));
  }

  ticket(client: string, n: number): Promise<Message.TicketAnswer> {
    return this.#counted((api) => api.ticket(client, n));
  }

  create(kind: string, user: string): Promise<Message.CreateAnswer> {
    return this.#counted((api) => api.create(kind, user));
  }

  info(): Promise<Message.TextAnswer> {
    return this.#counted((api) => api.info());
  }

  summary(): Promise<Message.Summary | undefined> {
    return this.#counted((api) => api.summary());
  }

  log(page: { readonly after: number; readonly limit?: number }): Promise<Message.TextAnswer> {
    return this.#counted((api) => api.log(page));
  }

  rejections(): Promise<Message.TextAnswer> {
    return this.#counted((api) => api.rejections());
  }

  retry(seq: number): Promise<Message.ReceiptAnswer> {
    return this.#counted((api) => api.retry(seq));
  }

  discard(seq: number): Promise<Message.Done> {
    return this.#counted((api) => api.discard(seq));
  }

  exportBackup(): Promise<Message.ExportAnswer> {
    return this.#counted((api) => api.exportBackup());
  }

  importBackup(user: string, stream: ReadableStream): Promise<Message.CreateAnswer> {
    return this.#counted((api) => api.importBackup(user, stream));
  }

  destroy(): Promise<Message.Done> {
    return this.#counted((api) => api.destroy());
  }

  /** The handshake of a socket. The Worker has checked everything, and says on whose behalf it comes. */
  override fetch(request: Request): Response {
    this.#tally.request();
    const who = JSON.parse(request.headers.get(WHO_HEADER) ?? '') as Who;
    const opened = this.#sockets.open(who, this.#version);
    return 'name' in opened
      ? Response.json(opened, { status: 503 })
      : new Response(null, { status: 101, webSocket: opened });
  }

  override webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): void {
    this.#tally.message();
    const socket = this.#sockets.of(ws, this.#version);
    if (socket !== undefined) this.#conversation.hear(socket, message);
  }

  override webSocketClose(ws: WebSocket): void {
    this.#sockets.forget(ws, this.#version);
    try {
      // The closing has two halves (RFC 6455, 5.5.1); without ours the client waits until it gives up.
      ws.close(1000);
    } catch {
      // We closed it ourselves.
    }
  }

  override webSocketError(ws: WebSocket): void {
    this.#sockets.forget(ws, this.#version);
  }

  override async alarm(): Promise<void> {
    this.#tally.alarm();
    const release = this.#tally.hold();
    await this.#engine.onAlarm().finally(release);
  }

  async #counted<Answer>(work: (application: Application) => Promise<Answer>): Promise<Answer> {
    this.#tally.request();
    const release = this.#tally.hold();
    try {
      return await work(this.#application);
    } finally {
      release();
    }
  }
}
