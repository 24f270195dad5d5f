import type { Slice } from '../../../core/drain/drain-slice.ts';
import { holderToDisplace } from '../../../core/limits/slots.ts';
import { PING, PONG } from '../../../protocol/frames.ts';
import { DISPLACED_RETRY_S, SOCKET_CREDIT_MAX, SOCKETS_MAX, UNACKNOWLEDGED_MAX } from '../../../protocol/limits.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import { passOf, type SocketIdentity } from '../../access/socket-identity.ts';
import { revokedToken } from '../admission/revoked-token.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { StateListener } from '../state/state-listener.ts';
import { type Attachment, readAttachment } from './attachment.ts';
import { OutcomeRouter } from './outcome-router.ts';
import { Presence } from './presence.ts';
import type { QueueNotice } from './queue-notices.ts';
import { refuseSocket, Socket } from './socket.ts';
import { authorizedFrame, expiredToken } from './socket-auth.ts';
import { SocketDelivery, type SocketDeliveryOptions } from './socket-delivery.ts';

/** The platform's side of hibernating sockets. */
export type SocketHost = Pick<DurableObjectState, 'acceptWebSocket' | 'getWebSockets' | 'setWebSocketAutoResponse'>;

export interface SocketsOptions extends SocketDeliveryOptions {
  readonly host: SocketHost;
  /** Called for each frame that is sent. */
  readonly onSent?: () => void;
}

/** The open sockets of one application. They survive hibernation: everything that matters is in their attachments [W14]. */
export class Sockets implements StateListener {
  readonly outcomes = new OutcomeRouter();
  readonly presence = new Presence(() => this.#sockets?.values() ?? []);
  readonly #host: SocketHost;
  readonly #delivery: SocketDelivery;
  readonly #onSent: (() => void) | undefined;
  /** Undefined until the sockets of the previous instance have been restored. */
  #sockets: Map<WebSocket, Socket> | undefined;
  /** No token expires before this time, ms since 1970. */
  #nextExpiry = Number.POSITIVE_INFINITY;

  constructor(options: SocketsOptions) {
    this.#host = options.host;
    this.#onSent = options.onSent;
    this.#delivery = new SocketDelivery(options);
    this.#host.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
  }

  get size(): number {
    return this.#sockets?.size ?? this.#host.getWebSockets().length;
  }

  /**
   * Opens a socket [W17].
   *
   * @param version returns the current version of the state
   * @returns the client's end, or the reason why the socket is refused
   */
  open(identity: SocketIdentity, version: () => number): WebSocket | Problem {
    const sockets = this.#restored(version);
    if (sockets.size >= SOCKETS_MAX && identity.kind === 'known') this.#displaceFor(identity.subject);
    if (sockets.size >= SOCKETS_MAX) return problem('unavailable', 'Too many sockets.', { retryAfter: 10 });
    const { 0: client, 1: server } = new WebSocketPair();
    this.#host.acceptWebSocket(server);
    const attachment: Attachment = { peer: crypto.randomUUID(), identity, clients: [] };
    const socket = this.#add(sockets, server, { attachment, current: 0 });
    socket.saveAttachment({});
    socket.send(authorizedFrame(identity));
    return client;
  }

  /**
   * The socket that a message came from.
   *
   * @param version returns the current version of the state
   */
  of(ws: WebSocket, version: () => number): Socket | undefined {
    return this.#restored(version).get(ws);
  }

  /**
   * Closes the sockets whose tokens have expired [W12]. Whoever wakes the object calls it: idle sockets wake nobody.
   *
   * @param version returns the current version of the state
   */
  closeExpired(now: number, version: () => number): void {
    const sockets = this.#restored(version);
    if (now < this.#nextExpiry) return;
    this.#nextExpiry = Number.POSITIVE_INFINITY;
    for (const socket of [...sockets.values()]) {
      // A token that is being checked was sent in time, and renews the socket [W12].
      if (socket.isExpired(now) && socket.backlog === undefined) this.#end(socket, expiredToken());
      else this.noteExpiry(socket.identity);
    }
  }

  /**
   * Closes the sockets of a subject whose tokens were issued before a time, seconds since 1970 [A13]. Sockets of the
   * previous instance are closed without being restored: a revocation loads no state.
   */
  closeRevoked(subject: string, before: number): void {
    const isRevoked = (identity: SocketIdentity): boolean =>
      identity.subject === subject && identity.expires !== undefined && (identity.issuedAt ?? 0) < before;
    this.#closeWhere(isRevoked, revokedToken());
  }

  /** Closes the sockets without a token: the application is not public any more [A15]. */
  closeStrangers(): void {
    this.#closeWhere(
      ({ isStranger }) => isStranger === true,
      problem('unauthorized', 'A token is needed from now on.'),
    );
  }

  #closeWhere(matches: (identity: SocketIdentity) => boolean, reason: Problem): void {
    for (const socket of [...(this.#sockets?.values() ?? [])]) if (matches(socket.identity)) this.#end(socket, reason);
    if (this.#sockets !== undefined) return;
    for (const ws of this.#host.getWebSockets()) {
      const attachment = readAttachment(ws);
      if (attachment !== undefined && matches(attachment.identity)) refuseSocket(ws, reason);
    }
  }

  /** The subjects and tokens of all sockets, each once. Restores none. */
  identities(): readonly SocketIdentity[] {
    const open = this.#host.getWebSockets().flatMap((ws) => readAttachment(ws)?.identity ?? []);
    return [...new Map(open.map((identity) => [`${passOf(identity)} ${identity.subject}`, identity])).values()];
  }

  /** Call when a socket got an identity: it has to be closed when its token expires. */
  noteExpiry(identity: SocketIdentity): void {
    if (identity.kind === 'known' && identity.expires !== undefined)
      this.#nextExpiry = Math.min(this.#nextExpiry, identity.expires * 1_000);
  }

  /** Call after the socket was closed. */
  remove(ws: WebSocket, version: () => number): void {
    const socket = this.of(ws, version);
    if (socket !== undefined) this.#forget(socket);
  }

  /** Delivers a step to all subscribers, and the outcomes after it [W10]. */
  onCommit(loaded: LoadedState, slice: Slice | undefined): void {
    const sockets = this.#restored(() => slice?.base ?? loaded.version);
    this.#delivery.deliverStep(sockets, loaded);
    if (slice === undefined) return;
    const now = Date.now();
    const problems = loaded.lastDrain?.problems ?? {};
    this.outcomes.route(slice, problems, (socket) => this.#delivery.deliver(socket, loaded, now));
  }

  /** Tells all subscribers of the queue, also while they are paused [W18]. */
  tellQueue({ frame }: QueueNotice): void {
    const now = Date.now();
    // Those of the previous instance were restored by the step before.
    for (const socket of this.#sockets?.values() ?? [])
      if (socket.subscription !== undefined && !socket.isExpired(now)) socket.sendText(frame);
  }

  /** Brings one socket to the current version. */
  catchUp(socket: Socket, loaded: LoadedState): void {
    this.#delivery.catchUp(socket, loaded);
  }

  onDeleted(): void {
    for (const socket of this.#restored(() => 0).values()) socket.close('unknown-application');
  }

  /** All sockets. Restores those of the previous instance first, which had sent them everything up to its last version. */
  #restored(version: () => number): Map<WebSocket, Socket> {
    if (this.#sockets !== undefined) return this.#sockets;
    const hibernated = this.#host.getWebSockets();
    // Throws when the state cannot be loaded [B3]: then the sockets are restored another time.
    const current = hibernated.length === 0 ? 0 : version();
    this.#sockets = new Map();
    for (const ws of hibernated) {
      const attachment = readAttachment(ws);
      if (attachment !== undefined) this.outcomes.bindAll(this.#add(this.#sockets, ws, { attachment, current }));
    }
    return this.#sockets;
  }

  #add(
    sockets: Map<WebSocket, Socket>,
    ws: WebSocket,
    { attachment, current }: { readonly attachment: Attachment; readonly current: number },
  ): Socket {
    const socket = new Socket({ ws, attachment, current, limit: () => this.#limit(), onSent: this.#onSent });
    sockets.set(ws, socket);
    this.noteExpiry(attachment.identity);
    return socket;
  }

  /** Closes the newest socket of the subject that has most, if the newcomer's subject has not got its share [F3]. */
  #displaceFor(newcomer: string): void {
    const known = [...(this.#sockets?.values() ?? [])].filter(({ identity }) => identity.kind === 'known');
    const counts = new Map<string, number>();
    for (const socket of known) counts.set(socket.subject, (counts.get(socket.subject) ?? 0) + 1);
    const holder = holderToDisplace(counts, newcomer);
    const displaced = known.findLast(({ subject }) => subject === holder);
    if (displaced !== undefined) this.#end(displaced, DISPLACED);
  }

  /** Closes a socket and forgets it at once: its place is free, whether or not its client answers the close. */
  #end(socket: Socket, reason: Problem): void {
    socket.refuse(reason);
    this.#forget(socket);
  }

  #forget(socket: Socket): void {
    this.#sockets?.delete(socket.ws);
    this.outcomes.remove(socket);
    this.presence.remove(socket);
  }

  /** Characters that may be unacknowledged in one socket: its share of what may be in all of them [W11]. */
  #limit(): number {
    return Math.min(SOCKET_CREDIT_MAX, Math.floor(UNACKNOWLEDGED_MAX / Math.max(1, this.size)));
  }
}

const DISPLACED = problem('displaced', 'Another subject has fewer sockets here and needed one.', {
  retryAfter: DISPLACED_RETRY_S,
});
