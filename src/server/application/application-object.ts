import { DurableObject } from 'cloudflare:workers';
import { problemIn } from '../../core/json/problem-error.ts';
import type { RejectionFilter } from '../../protocol/change-filter.ts';
import { PROBLEMS, type Problem } from '../../protocol/problems.ts';
import { IDENTITY_HEADER, passOf, type SocketIdentity } from '../access/socket-identity.ts';
import { withRequest } from '../logging/current-request.ts';
import type { Bytes, DiffAnswer, PastPoint } from '../rpc/lifecycle-messages.ts';
import type * as Message from '../rpc/messages.ts';
import type { NumberedSummary } from '../rpc/numbers.ts';
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
import type { Pending, PlatformPoint, RecoverAnswer } from '../rpc/recovery.ts';
import { REQUEST_HEADER } from '../rpc/request-header.ts';
import type { Admission } from './admission/admission.ts';
import { AdmittedCalls } from './admitted-calls.ts';
import type { Application } from './application.ts';
import { assemble, type Deployment } from './assemble.ts';
import { requestCost } from './cost/subject-rates.ts';
import type { UsageMeter } from './cost/usage-meter.ts';
import type { Engine } from './engine.ts';
import type { ApplicationEnvironment } from './environment.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { FrameHandler } from './live/frame-handler.ts';
import { refuseSocket } from './live/socket.ts';
import type { Sockets } from './live/sockets.ts';
import { countRead } from './read/count-read.ts';

/** The Durable Object of one application: the platform calls it by RPC, socket message and alarm. Counts all calls [C1]. */
export abstract class ApplicationObject extends DurableObject<ApplicationEnvironment> implements RemoteApplication {
  readonly #usage: UsageMeter;
  readonly #engine: Engine;
  readonly #application: Application;
  readonly #lifecycle: Lifecycle;
  readonly #sockets: Sockets;
  readonly #frames: FrameHandler;
  readonly #admission: Admission;
  readonly #calls: AdmittedCalls;
  /** The current version of the state. */
  readonly #version = (): number => this.#engine.begin()?.version ?? 0;

  constructor(ctx: DurableObjectState, env: ApplicationEnvironment, deployment: Deployment) {
    super(ctx, env);
    const parts = assemble(ctx, env, deployment);
    this.#usage = parts.usage;
    this.#engine = parts.engine;
    this.#application = parts.application;
    this.#lifecycle = parts.lifecycle;
    this.#sockets = parts.sockets;
    this.#frames = parts.frames;
    this.#admission = parts.admission;
    const name = () => ctx.id.name ?? 'unknown';
    this.#calls = new AdmittedCalls({ ...parts, version: this.#version, name });
  }

  push(packed: PackedPush, pass?: string): Promise<PackedPushAnswer> {
    const message = unpackPush(packed);
    const length = message.changes.reduce((sum, { args }) => sum + args.length, 0);
    const cost = requestCost(length);
    return this.#calls.admitted(
      [message.user, pass, message.request],
      async () => packPushAnswer(await this.#application.push(message)),
      cost,
    );
  }

  read(packed: PackedRead, user = '', ...rest: Message.Credentials): Promise<PackedReadAnswer> {
    return this.#calls.admitted<PackedReadAnswer>([user, ...rest], async () => {
      const message = unpackRead(packed);
      // That of the moment in which the token was let in: it may be revoked while the answer is made [S13].
      const { generation } = this.#admission;
      const answer = await this.#application.read({ ...message, user });
      countRead(this.#usage.operations, answer, message.wait !== undefined);
      // Its token may have been revoked while it waited [A13].
      const refusal = message.wait === undefined ? undefined : await this.#admission.check(user, rest[0]);
      if (refusal !== undefined) return { kind: 'refused', problem: refusal };
      return packReadAnswer(answer.kind === 'refused' ? answer : { ...answer, generation });
    });
  }

  stream(message: Message.StreamMessage): Promise<Message.StreamAnswer> {
    return this.#calls.admitted([message.user ?? '', message.pass, message.request], () =>
      this.#application.stream(message),
    );
  }

  ticket(client: string, n: number, ...sender: Message.SenderArguments): Promise<Message.TicketAnswer> {
    return this.#calls.admitted(sender, () => this.#application.ticket(client, n));
  }

  create(kind: string, user: string, ...rest: Message.Credentials): Promise<Message.CreateAnswer> {
    return this.#calls.admitted([user, ...rest], () => this.#application.create(kind, user));
  }

  info(...sender: Message.SenderArguments): Promise<Message.TextAnswer> {
    return this.#calls.admitted(sender, () => this.#application.info());
  }

  summary(): Promise<NumberedSummary | undefined> {
    return this.#calls.metered(() => this.#application.summary());
  }

  log(page: Message.LogPageRequest, ...sender: Message.SenderArguments): Promise<Message.TextAnswer> {
    return this.#calls.admitted(sender, () => this.#application.log(page));
  }

  rejections(user = '', pass?: string, filter?: RejectionFilter, request?: string): Promise<Message.TextAnswer> {
    return this.#calls.admitted([user, pass, request], () => this.#application.rejections(user, pass, filter));
  }

  retry(seq: number, ...sender: Message.SenderArguments): Promise<Message.ReceiptAnswer> {
    return this.#calls.admitted(sender, () => this.#application.retry(seq));
  }

  discard(seq: number, ...sender: Message.SenderArguments): Promise<Message.Done> {
    return this.#calls.admitted(sender, () => this.#application.discard(seq));
  }

  exportBackup(...sender: Message.SenderArguments): Promise<Message.ExportAnswer> {
    return this.#calls.admitted(sender, () => this.#lifecycle.exportBackup(sender[0] ?? ''));
  }

  importBackup(user: string, stream: Bytes, ...rest: Message.Credentials): Promise<Message.CreateAnswer> {
    return this.#calls.admitted([user, ...rest], () => this.#lifecycle.importBackup(user, stream));
  }

  restore(point: PastPoint, user: string, ...rest: Message.Credentials): Promise<Message.CreateAnswer> {
    return this.#calls.admitted([user, ...rest], () => this.#lifecycle.restore(point, user));
  }

  restoreBackup(user: string, stream: Bytes, ...rest: Message.Credentials): Promise<Message.CreateAnswer> {
    return this.#calls.admitted([user, ...rest], () => this.#lifecycle.restoreBackup(user, stream));
  }

  recover(point: PlatformPoint, user: string, ...rest: Message.Credentials): Promise<RecoverAnswer> {
    return this.#calls.admitted([user, ...rest], () => this.#lifecycle.recover(point, user));
  }

  recovered(): Promise<Message.CreateAnswer | Pending> {
    return this.#calls.metered(() => this.#lifecycle.recovered());
  }

  diff(from: PastPoint, to: PastPoint | undefined, user: string, ...rest: Message.Credentials): Promise<DiffAnswer> {
    return this.#calls.admitted([user, ...rest], () => this.#lifecycle.diff(from, to));
  }

  openFork(point: PastPoint | undefined, user: string, ...rest: Message.Credentials): Promise<Message.ExportAnswer> {
    return this.#calls.admitted([user, ...rest], () => this.#lifecycle.openFork(point, user));
  }

  createFork(user: string, stream: Bytes, ...rest: Message.Credentials): Promise<Message.CreateAnswer> {
    return this.#calls.admitted([user, ...rest], () => this.#lifecycle.createFork(user, stream));
  }

  destroy(...sender: Message.SenderArguments): Promise<Message.Done> {
    return this.#calls.admitted(sender, () => this.#lifecycle.destroy());
  }

  purge(...sender: Message.SenderArguments): Promise<Message.Done> {
    return this.#calls.admitted(sender, () => this.#lifecycle.purge());
  }

  undelete(epoch: string | undefined, user: string, ...rest: Message.Credentials): Promise<Message.CreateAnswer> {
    return this.#calls.admitted([user, ...rest], () => this.#lifecycle.undelete(epoch));
  }

  endRetained(epochs: readonly string[]): Promise<void> {
    return this.#calls.metered(() => this.#lifecycle.endRetained(epochs));
  }

  setPublic(isPublic: boolean, ...sender: Message.SenderArguments): Promise<Message.Done> {
    return this.#calls.admitted(sender, async () => this.#lifecycle.setPublic(isPublic));
  }

  /** Refuses the tokens of a subject that were issued before a time, seconds since 1970, and ends what they have opened [A13]. */
  async revoke(subject: string, before: number): Promise<void> {
    this.#usage.request();
    this.#admission.revoke(subject, before);
  }

  /** Handles the handshake of a socket. The Worker has checked it, and names the identity in a header. */
  override async fetch(request: Request): Promise<Response> {
    this.#usage.request();
    this.#calls.closeExpired();
    const identity = JSON.parse(request.headers.get(IDENTITY_HEADER) ?? '') as SocketIdentity;
    const rate = identity.kind === 'known' ? this.#usage.rates.take(identity.subject, 1) : undefined;
    const id = request.headers.get(REQUEST_HEADER) ?? undefined;
    const check = () => this.#admission.check(identity.subject, passOf(identity), 'socket');
    const refusal = rate ?? (await withRequest(id, check));
    const opened = refusal ?? withRequest(id, () => this.#open(identity));
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
      this.#calls.closeExpired();
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
      this.#engine.listing.onReaders();
    } catch (error) {
      // There is no room for the state [B3]: nothing is known of the socket, so nothing is to be forgotten.
      problemIn(error);
    }
  }

  override async alarm(): Promise<void> {
    this.#usage.alarm();
    const release = this.#usage.trackActive();
    await this.#engine.onAlarm().finally(release);
    this.#calls.closeExpired();
  }
}
