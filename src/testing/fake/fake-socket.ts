import type { SocketConstructor, SocketEvent, SocketLike } from '../../client/platform/environment.ts';
import { type ClientFrame, type Peer, PING, PONG, type ServerFrame, TOKEN_PROTOCOL } from '../../protocol/frames.ts';
import { PRESENCE_TTL_S_DEFAULT } from '../../protocol/limits.ts';
import { problem, problemBody } from '../../protocol/problems.ts';
import type { Version } from '../../protocol/version.ts';
import type { FakeApplication } from './fake-application.ts';
import type { FakeNetwork, Lane } from './fake-network.ts';
import type { FakePage } from './fake-page.ts';
import { ANONYMOUS, type FakeSender, senderOfToken } from './fake-token.ts';
import type { Gate } from './gate.ts';
import { partUpdate } from './part-update.ts';

/** What the sockets of a fake server have in common. */
export interface SocketServer {
  readonly application: FakeApplication;
  readonly network: FakeNetwork;
  readonly gate: Gate;
  /** Those that are open. */
  readonly sockets: Set<FakeSocket>;
  readonly newId: () => string;
}

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 3;
/** The code of a connection that broke (RFC 6455, 7.1.5). */
const ABNORMAL_CLOSURE = 1006;

/** A `WebSocket` to a fake server [W]. */
export class FakeSocket implements SocketLike {
  readyState: number = CONNECTING;
  readonly #server: SocketServer;
  readonly #sender: FakeSender;
  readonly #id: string;
  readonly #up: Lane;
  readonly #down: Lane;
  readonly #listeners = new Map<string, Set<(event: SocketEvent) => void>>();
  /** The version that was sent last; undefined without a subscription. */
  #sent: Version | undefined;
  /** The part that it follows; '' for the whole state. */
  #path = '';
  #presence: Peer | undefined;
  #unfollow: () => void = () => undefined;

  constructor(server: SocketServer, page: FakePage, protocols: readonly string[]) {
    this.#server = server;
    this.#id = server.newId();
    const offered = protocols.find((each) => each.startsWith(TOKEN_PROTOCOL));
    this.#sender = offered === undefined ? ANONYMOUS : senderOfToken(offered.slice(TOKEN_PROTOCOL.length));
    this.#up = server.network.lane();
    this.#down = server.network.lane();
    this.#up(() => this.#down(() => (page.isOnline ? this.#open() : this.cut())));
  }

  addEventListener(type: string, listener: (event: SocketEvent) => void): void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
  }

  removeEventListener(type: string, listener: (event: SocketEvent) => void): void {
    this.#listeners.get(type)?.delete(listener);
  }

  send(text: string): void {
    this.#up(() => {
      if (this.readyState === OPEN) this.#receive(text);
    });
  }

  close(): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.#unfollow();
    this.#server.sockets.delete(this);
    if (this.#presence !== undefined) this.#showPresence({ ...this.#presence, data: null });
  }

  /** The connection breaks. */
  cut(): void {
    if (this.readyState === CLOSED) return;
    this.close();
    this.#emit('close', { code: ABNORMAL_CLOSURE, reason: '' });
  }

  #open(): void {
    if (this.readyState !== CONNECTING) return;
    this.readyState = OPEN;
    this.#server.sockets.add(this);
    this.#unfollow = this.#server.application.onChange(() => this.#follow());
    this.#emit('open', {});
    this.#send({ type: 'authorized', role: 'admin' });
  }

  #emit(type: string, event: SocketEvent): void {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) listener(event);
  }

  #send(frame: ServerFrame): void {
    this.#deliver(JSON.stringify(frame));
  }

  #deliver(data: string): void {
    this.#down(() => {
      if (this.readyState === OPEN) this.#emit('message', { data });
    });
  }

  #receive(text: string): void {
    if (text === PING) this.#deliver(PONG);
    else this.#handle(JSON.parse(text) as ClientFrame);
  }

  #handle(frame: ClientFrame): void {
    switch (frame.type) {
      case 'subscribe':
        this.#send({ type: 'definition', version: this.#server.application.definition.version });
        this.#path = frame.path ?? '';
        this.#sendUpdate(frame.known, { type: 'current', ...this.#server.application.current });
        return;
      case 'unsubscribe':
        this.#sent = undefined;
        return;
      case 'batch':
        this.#push(frame);
        return;
      case 'presence':
        this.#joinPresence(frame);
        return;
      case 'auth':
      case 'ack':
        return;
      case 'push':
        this.#send({
          type: 'error',
          problem: problemBody(problem('invalid-frame', 'A fake server takes batches only.')),
        });
        return;
      default:
        frame satisfies never;
    }
  }

  #follow(): void {
    if (this.#sent !== undefined) this.#sendUpdate(this.#sent, undefined);
  }

  /** @param otherwise the frame to send when there is nothing new */
  #sendUpdate(known: Version | undefined, otherwise: ServerFrame | undefined): void {
    const { application } = this.#server;
    const { current } = application;
    const update = this.#path === '' ? application.updateFrom(known) : partUpdate(application, this.#path, known);
    this.#sent = current;
    if (update.kind === 'gone') this.#send({ type: 'gone', ...current });
    else if (update.kind === 'full') this.#send({ type: 'state', ...current, state: update.state });
    else if (update.kind === 'patch') {
      this.#send({ type: 'patch', from: update.from, to: current.version, patch: update.patch });
    } else if (otherwise !== undefined) this.#send(otherwise);
  }

  #push({ client, n, changes, kind, atomic, match, cost }: ClientFrame & { readonly type: 'batch' }): void {
    const { application, gate } = this.#server;
    const refusal = gate.refusal(kind);
    const answer = refusal
      ? { kind: 'refused' as const, problem: refusal }
      : application.push({ ...this.#sender, client, n, changes, atomic, match });
    if (answer.kind === 'accepted' && cost) this.#send({ type: 'cost', client, n, ...NO_COST });
    if (answer.kind === 'accepted') this.#send({ type: 'outcomes', outcomes: answer.tickets });
    else this.#send({ type: 'refused', client, n, problem: problemBody(answer.problem) });
  }

  /** Shows the presence to the others, and all others to this one [W15]. */
  #joinPresence({ data, ttl = PRESENCE_TTL_S_DEFAULT }: ClientFrame & { readonly type: 'presence' }): void {
    this.#showPresence({ peer: this.#id, user: this.#sender.user, data, ttl });
    const peers = [...this.#server.sockets].flatMap((socket) => socket.#presence ?? []);
    this.#send({ type: 'presence', self: this.#id, peers: peers.filter((peer) => peer.data !== null) });
  }

  #showPresence(peer: Peer): void {
    this.#presence = peer;
    for (const socket of this.#server.sockets) {
      if (socket !== this && socket.#presence !== undefined) socket.#send({ type: 'presence', peers: [peer] });
    }
  }
}

/** A fake server stores nothing. */
const NO_COST = { rowsRead: 0, rowsWritten: 0, storedBytes: 0, microdollars: 0 } as const;

/** The `WebSocket` of a page. */
export const socketConstructor = (server: SocketServer, page: FakePage): SocketConstructor =>
  class extends FakeSocket {
    constructor(_url: string, protocols: string[]) {
      super(server, page, protocols);
      page.sockets.add(this);
    }
  };
