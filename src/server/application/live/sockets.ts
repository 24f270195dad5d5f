import type { Slice } from '../../../core/drain/drain-slice.ts';
import { DeliveryThrottle } from '../../../core/limits/delivery-throttle.ts';
import type { ServerFrame } from '../../../protocol/frames.ts';
import { PING, PONG } from '../../../protocol/frames.ts';
import {
  AUTH_DEADLINE_MS,
  SOCKET_CREDIT_MAX,
  SOCKETS_MAX,
  THROTTLED_AUDIENCE_MIN,
  UNACKNOWLEDGED_MAX,
  UNAUTHENTICATED_SOCKETS_MAX,
} from '../../../protocol/limits.ts';
import { type Problem, problem } from '../../../protocol/problems.ts';
import type { AuthenticatedIdentity, SocketIdentity } from '../../access/socket-identity.ts';
import type { LoadedState } from '../state/loaded-state.ts';
import type { StateListener } from '../state/state-listener.ts';
import type { Attachment } from './attachment.ts';
import { OutcomeRouter } from './outcome-router.ts';
import { Presence } from './presence.ts';
import { Socket } from './socket.ts';
import type { Update, UpdateCache } from './update-cache.ts';

/** The platform's side of hibernating sockets. */
export type SocketHost = Pick<DurableObjectState, 'acceptWebSocket' | 'getWebSockets' | 'setWebSocketAutoResponse'>;

export interface SocketsOptions {
  readonly host: SocketHost;
  readonly updates: UpdateCache;
  /** The application as it is now; undefined when there is none. */
  readonly current: () => LoadedState | undefined;
}

/** The sockets of one application. They outlive this object's memory, so all that matters stands in attachments [W14]. */
export class Sockets implements StateListener {
  readonly outcomes = new OutcomeRouter();
  readonly presence = new Presence(() => this.#sockets?.values() ?? []);
  readonly #host: SocketHost;
  readonly #updates: UpdateCache;
  readonly #current: () => LoadedState | undefined;
  /** Undefined until the sockets of an earlier life have been taken up. */
  #sockets: Map<WebSocket, Socket> | undefined;
  readonly #throttle = new DeliveryThrottle();
  /** Whether a crowd may be told at once, or hears of what happens meanwhile in one step, later. */
  #pace: 'ready' | 'resting' | 'behind' = 'ready';

  constructor({ host, updates, current }: SocketsOptions) {
    this.#host = host;
    this.#updates = updates;
    this.#current = current;
    host.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
  }

  get size(): number {
    return this.#sockets?.size ?? this.#host.getWebSockets().length;
  }

  /** The answer to a handshake, or why there is no socket [W17]. */
  open(identity: SocketIdentity, version: () => number): WebSocket | Problem {
    const sockets = this.#restored(version);
    const unauthenticated = identity.kind === 'guest' ? this.#unauthenticated().length : 0;
    if (sockets.size >= SOCKETS_MAX || unauthenticated >= UNAUTHENTICATED_SOCKETS_MAX) {
      return problem('unavailable', 'Too many sockets.', { retryAfter: 10 });
    }
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.#host.acceptWebSocket(ours);
    const attachment: Attachment = { peer: crypto.randomUUID(), identity, clients: [] };
    const socket = this.#add(sockets, ours, { attachment, current: 0 });
    socket.saveAttachment({});
    if (identity.kind === 'known') socket.send(authorizedFrame(identity));
    else setTimeout(() => this.#closeUnauthenticated(), AUTH_DEADLINE_MS);
    return theirs;
  }

  /**
   * The socket a message came from.
   *
   * @param version tells the state's version now
   */
  of(ws: WebSocket, version: () => number): Socket | undefined {
    return this.#restored(version).get(ws);
  }

  /** Call once it is closed. */
  remove(ws: WebSocket, version: () => number): void {
    const socket = this.of(ws, version);
    if (socket === undefined) return;
    this.#sockets?.delete(ws);
    this.outcomes.remove(socket);
    this.presence.remove(socket);
  }

  /** Delivers a step to everybody who follows, and outcomes after it [W10]. */
  onCommit(loaded: LoadedState, slice: Slice | undefined): void {
    const sockets = this.#restored(() => slice?.base ?? loaded.version);
    if (this.#pace === 'ready') this.#deliverAll(sockets, loaded);
    else this.#pace = 'behind';
    const now = Date.now();
    if (slice !== undefined)
      this.outcomes.route(slice, loaded.lastDrain?.problems ?? {}, (socket) => this.#deliver(socket, loaded, now));
  }

  /** Measures how long a crowd keeps the object from everything else, and rests accordingly [W5]. */
  #deliverAll(sockets: ReadonlyMap<WebSocket, Socket>, loaded: LoadedState): void {
    const begun = Date.now();
    for (const socket of sockets.values()) this.#deliver(socket, loaded, begun);
    if (sockets.size < THROTTLED_AUDIENCE_MIN) return;
    this.#pace = 'resting';
    // The clock may stand still while JavaScript runs: only the next turn knows how long it took. A timer also keeps
    // the object from falling asleep while somebody is behind.
    setTimeout(() => this.#rest(this.#throttle.pauseAfter(Date.now() - begun)), 0);
  }

  #rest(pauseMs: number): void {
    if (pauseMs > 0) setTimeout(() => this.#rest(0), pauseMs);
    else this.#resume();
  }

  #resume(): void {
    const isBehind = this.#pace === 'behind';
    this.#pace = 'ready';
    const loaded = isBehind ? this.#current() : undefined;
    if (loaded !== undefined)
      this.#deliverAll(
        this.#restored(() => loaded.version),
        loaded,
      );
  }

  /** Brings one socket to the present. */
  catchUp(socket: Socket, loaded: LoadedState): void {
    const { subscription } = socket;
    const update = subscription === undefined ? undefined : this.#updates.next(loaded, subscription);
    if (update !== undefined) socket.sendUpdate(frameOf(update));
  }

  onDeleted(): void {
    for (const socket of this.#restored(() => 0).values()) socket.close('unknown-application');
  }

  /** Takes up the sockets of an earlier life. All of them had been told everything up to the version it ended at. */
  #restored(version: () => number): Map<WebSocket, Socket> {
    if (this.#sockets !== undefined) return this.#sockets;
    this.#sockets = new Map();
    const survivors = this.#host.getWebSockets();
    const current = survivors.length === 0 ? 0 : version();
    for (const ws of survivors) {
      const attachment = ws.deserializeAttachment() as Attachment | null;
      if (attachment !== null) this.outcomes.bindAll(this.#add(this.#sockets, ws, { attachment, current }));
    }
    return this.#sockets;
  }

  #deliver(socket: Socket, loaded: LoadedState, now: number): void {
    if (socket.isExpired(now)) socket.refuse(expiredToken());
    else if (socket.isLost(now)) socket.close('too-slow');
    else if (!socket.isPaused) this.catchUp(socket, loaded);
  }

  #add(
    sockets: Map<WebSocket, Socket>,
    ws: WebSocket,
    { attachment, current }: { readonly attachment: Attachment; readonly current: number },
  ): Socket {
    const socket = new Socket({ ws, attachment, current, limit: () => this.#limit() });
    sockets.set(ws, socket);
    return socket;
  }

  /** Each gets its share of what may wait in all of them. */
  #limit(): number {
    return Math.min(SOCKET_CREDIT_MAX, Math.floor(UNACKNOWLEDGED_MAX / Math.max(1, this.size)));
  }

  #unauthenticated(): Socket[] {
    return [...(this.#sockets?.values() ?? [])].filter(({ identity }) => identity.kind === 'guest');
  }

  #closeUnauthenticated(): void {
    const now = Date.now();
    for (const socket of this.#unauthenticated()) {
      if (socket.identity.kind === 'guest' && now >= socket.identity.until) socket.close('unauthorized');
    }
  }
}

export const authorizedFrame = (identity: AuthenticatedIdentity): ServerFrame => ({
  type: 'authorized',
  role: identity.role,
  ...(identity.expires === undefined ? {} : { expires: identity.expires }),
});

export const expiredToken = (): Problem => problem('unauthorized', 'The token has expired.');

/** One text for all sockets that are sent the same. */
const frames = new WeakMap<Update, string>();

const frameOf = (update: Update): string => {
  const known = frames.get(update);
  if (known !== undefined) return known;
  const frame = printFrame(update);
  frames.set(update, frame);
  return frame;
};

const printFrame = (update: Update): string => {
  const { epoch, version } = update.version;
  switch (update.kind) {
    case 'patch':
      return `{"type":"patch",${from(update.from, version)}"to":${version},"patch":${update.text}}`;
    case 'state':
      return `{"type":"state","epoch":"${epoch}","version":${version},"state":${update.text}}`;
    case 'gone':
      return `{"type":"gone","epoch":"${epoch}","version":${version}}`;
    default:
      return update satisfies never;
  }
};

/** In most frames it would say what is plain: these bytes go to each reader. */
const from = (told: number, version: number): string => (told === version - 1 ? '' : `"from":${told},`);
