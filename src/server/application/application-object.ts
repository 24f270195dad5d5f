import { DurableObject } from 'cloudflare:workers';
import type { Definition } from '../../core/definition.ts';
import { ProblemError, problemIn } from '../../core/json/problem-error.ts';
import type { Summary } from '../../protocol/answers.ts';
import { applicationNamed } from '../../protocol/ids.ts';
import { PROBLEMS, type Problem } from '../../protocol/problems.ts';
import { missingBindings } from '../access/bindings.ts';
import { IDENTITY_HEADER, type SocketIdentity } from '../access/socket-identity.ts';
import { describeError, log } from '../logging/log.ts';
import type { DiffAnswer, PastPoint } from '../rpc/lifecycle-messages.ts';
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
import { requestCost, SubjectRates } from './cost/subject-rates.ts';
import { UsageMeter } from './cost/usage-meter.ts';
import { Engine } from './engine.ts';
import type { ApplicationEnvironment } from './environment.ts';
import { Lifecycle } from './lifecycle.ts';
import { EventStreams } from './live/event-streams.ts';
import { FrameHandler } from './live/frame-handler.ts';
import { refuseSocket } from './live/socket.ts';
import { Sockets } from './live/sockets.ts';
import { UpdateCache } from './live/update-cache.ts';

/** The Durable Object of one application: the platform calls it by RPC, socket message and alarm. Counts all calls [C1]. */
export abstract class ApplicationObject extends DurableObject<ApplicationEnvironment> implements RemoteApplication {
  readonly #usage: UsageMeter;
  readonly #engine: Engine;
  readonly #application: Application;
  readonly #lifecycle: Lifecycle;
  readonly #sockets: Sockets;
  readonly #frames: FrameHandler;
  /** `owner/app` for log lines. Never throws. */
  readonly #name: () => string;
  /** The current version of the state. */
  readonly #version = (): number => this.#engine.begin()?.version ?? 0;

  constructor(
    ctx: DurableObjectState,
    env: ApplicationEnvironment,
    deployment: { readonly definitions: ReadonlyMap<string, Definition>; readonly firstKind: string },
  ) {
    super(ctx, env);
    const { storage } = ctx;
    const hasSurvived = ctx.getWebSockets().length > 0;
    const usage = new UsageMeter(new Budget(env, missingBindings(env, ['DIRECTORY'])?.problem), new SubjectRates(env));
    // Read only when needed: after an eviction an alarm may not know the name, and a constructor must not throw.
    const identity = () => applicationNamed(ctx.id.name ?? '');
    const name = () => ctx.id.name ?? 'unknown';
    const { DIRECTORY: directory } = env;
    const engine = new Engine({ storage, usage, identity, name, directory, hasSurvived, ...deployment });
    const updates = new UpdateCache(engine.database);
    const streams = new EventStreams({
      name,
      updates,
      sync: () => storage.sync(),
      trackActive: () => usage.trackActive(),
    });
    const sockets = new Sockets({ host: ctx, updates, current: () => engine.current() });
    engine.listen(streams, sockets);
    this.#usage = usage;
    this.#name = name;
    this.#engine = engine;
    this.#sockets = sockets;
    const { definitions } = deployment;
    this.#lifecycle = new Lifecycle({ definitions, identity, engine });
    this.#application = new Application({ definitions, identity, engine, streams, info: () => this.#lifecycle.info() });
    this.#frames = new FrameHandler({ identity, name, application: engine, sockets, access: env, rates: usage.rates });
  }

  push(packed: PackedPush): Promise<PackedPushAnswer> {
    const message = unpackPush(packed);
    const length = message.changes.reduce((sum, { args }) => sum + args.length, 0);
    return this.#limited(message.user, requestCost(length), async (api) => packPushAnswer(await api.push(message)));
  }

  read(packed: PackedRead, user = ''): Promise<PackedReadAnswer> {
    return this.#limited(user, 1, async (api) => packReadAnswer(await api.read({ ...unpackRead(packed), user })));
  }

  stream(message: Message.StreamMessage): Promise<Message.StreamAnswer> {
    return this.#limited(message.user, 1, (api) => api.stream(message));
  }

  ticket(client: string, n: number, user?: string): Promise<Message.TicketAnswer> {
    return this.#limited(user, 1, (api) => api.ticket(client, n));
  }

  create(kind: string, user: string): Promise<Message.CreateAnswer> {
    return this.#limited(user, 1, (api) => api.create(kind, user));
  }

  info(user?: string): Promise<Message.TextAnswer> {
    return this.#limited(user, 1, (api) => api.info());
  }

  summary(): Promise<Summary | undefined> {
    return this.#metered((api) => api.summary());
  }

  log(page: { readonly after: number; readonly limit?: number }, user?: string): Promise<Message.TextAnswer> {
    return this.#limited(user, 1, (api) => api.log(page));
  }

  rejections(user?: string): Promise<Message.TextAnswer> {
    return this.#limited(user, 1, (api) => api.rejections());
  }

  retry(seq: number, user?: string): Promise<Message.ReceiptAnswer> {
    return this.#limited(user, 1, (api) => api.retry(seq));
  }

  discard(seq: number, user?: string): Promise<Message.Done> {
    return this.#limited(user, 1, (api) => api.discard(seq));
  }

  exportBackup(user?: string): Promise<Message.ExportAnswer> {
    return this.#limited(user, 1, () => this.#lifecycle.exportBackup());
  }

  importBackup(user: string, stream: ReadableStream<Uint8Array>): Promise<Message.CreateAnswer> {
    return this.#limited(user, 1, () => this.#lifecycle.importBackup(user, stream));
  }

  restore(point: PastPoint, user: string): Promise<Message.CreateAnswer> {
    return this.#limited(user, 1, () => this.#lifecycle.restore(point, user));
  }

  restoreBackup(user: string, stream: ReadableStream<Uint8Array>): Promise<Message.CreateAnswer> {
    return this.#limited(user, 1, () => this.#lifecycle.restoreBackup(user, stream));
  }

  diff(from: PastPoint, to: PastPoint | undefined, user: string): Promise<DiffAnswer> {
    return this.#limited(user, 1, () => this.#lifecycle.diff(from, to));
  }

  openFork(point: PastPoint | undefined, user: string): Promise<Message.ExportAnswer> {
    return this.#limited(user, 1, () => this.#lifecycle.openFork(point));
  }

  createFork(user: string, stream: ReadableStream<Uint8Array>): Promise<Message.CreateAnswer> {
    return this.#limited(user, 1, () => this.#lifecycle.createFork(user, stream));
  }

  destroy(user?: string): Promise<Message.Done> {
    return this.#limited(user, 1, () => this.#lifecycle.destroy());
  }

  /** Handles the handshake of a socket. The Worker has checked it, and names the identity in a header. */
  override fetch(request: Request): Response {
    this.#usage.request();
    this.#closeExpired();
    const identity = JSON.parse(request.headers.get(IDENTITY_HEADER) ?? '') as SocketIdentity;
    const opened = this.#refuseRate(identity) ?? this.#open(identity);
    return 'name' in opened
      ? Response.json(opened, { status: PROBLEMS[opened.name][0] })
      : new Response(null, { status: 101, webSocket: opened });
  }

  #open(identity: SocketIdentity): WebSocket | Problem {
    try {
      return this.#sockets.open(identity, this.#version);
    } catch (error) {
      return problemIn(error);
    }
  }

  override webSocketMessage(ws: WebSocket, message: string | ArrayBuffer): void {
    this.#usage.message();
    try {
      const socket = this.#sockets.of(ws, this.#version);
      this.#closeExpired();
      if (socket !== undefined) this.#frames.handle(socket, message);
    } catch (error) {
      refuseSocket(ws, problemIn(error));
    }
  }

  override webSocketClose(ws: WebSocket): void {
    this.#forget(ws);
    try {
      // A close needs a close frame from both sides (RFC 6455, 5.5.1); without ours the client waits until it gives up.
      ws.close(1000);
    } catch {
      // The server has closed it before.
    }
  }

  override webSocketError(ws: WebSocket): void {
    this.#forget(ws);
  }

  #forget(ws: WebSocket): void {
    try {
      this.#sockets.remove(ws, this.#version);
    } catch (error) {
      // There is no room for the state [B3]: nothing is known of the socket, so nothing is to be forgotten.
      problemIn(error);
    }
  }

  override async alarm(): Promise<void> {
    this.#usage.alarm();
    const release = this.#usage.trackActive();
    await this.#engine.onAlarm().finally(release);
    this.#closeExpired();
  }

  /** Best effort: no call fails because of it [W12]. */
  #closeExpired(): void {
    try {
      this.#sockets.closeExpired(Date.now(), this.#version);
    } catch (error) {
      // There is no room for the state [B3].
      if (error instanceof ProblemError) return;
      log('error', 'expired sockets could not be closed', { application: this.#name(), ...describeError(error) });
    }
  }

  #refuseRate(identity: SocketIdentity): Problem | undefined {
    return identity.kind === 'known' ? this.#usage.rates.take(identity.subject, 1) : undefined;
  }

  /** Like `#metered`, within the rate of the subject [F4]. */
  async #limited<Answer>(
    user: string | undefined,
    cost: number,
    work: (application: Application) => Promise<Answer>,
  ): Promise<Answer | Message.Refusal> {
    const problem = this.#usage.rates.take(user ?? '', cost);
    if (problem === undefined) return this.#metered(work);
    return this.#metered(async (): Promise<Message.Refusal> => ({ kind: 'refused', problem }));
  }

  async #metered<Answer>(work: (application: Application) => Promise<Answer>): Promise<Answer> {
    this.#usage.request();
    this.#closeExpired();
    const release = this.#usage.trackActive();
    try {
      return await work(this.#application);
    } finally {
      release();
    }
  }
}
