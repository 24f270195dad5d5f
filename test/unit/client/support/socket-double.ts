import type { SocketConstructor, SocketEvent } from '../../../../src/client/platform/environment.ts';
import type { ClientFrame, ServerFrame } from '../../../../src/protocol/frames.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import type { PatchOperation } from '../../../../src/protocol/patch.ts';
import type { Version } from '../../../../src/protocol/version.ts';
import type { Clock } from './clock.ts';
import { receiptOf, type ServerDouble } from './server.ts';

/** The faults of a socket. */
export interface SocketFaults {
  readonly random?: () => number;
  readonly isDead?: () => boolean;
  readonly counts?: { cuts: number; live: number };
  /** Sockets that were opened, newest last. */
  readonly opened?: SocketDouble[];
  /** The probability that the connection is cut instead of a frame. */
  readonly cut?: number;
  /** Opens, and never sends a frame. */
  readonly isMute?: boolean;
  readonly expires?: number;
  /** Whether the handshake is refused: the socket closes before it has opened, and no reason is told. */
  readonly isRefused?: (socket: SocketDouble) => boolean;
}

/** A socket to the server double, with the interface of `WebSocket`. */
export class SocketDouble {
  readyState = 0;
  readonly listeners = new Map<string, (event: SocketEvent) => void>();
  /** The frames that the client has sent. */
  readonly received: (ClientFrame | string)[] = [];
  isSilent = false;
  readonly url: string;
  readonly protocols: readonly string[];
  readonly #server: ServerDouble;
  readonly #clock: Clock;
  readonly #faults: SocketFaults;
  /** The version that the client has been sent. */
  #sent: Version | undefined;
  /** The client id of the pushes on this socket. */
  #pushedAs: string | undefined;
  /** Outcomes up to this seq have been sent. */
  #outcomesTo = 0;

  constructor(server: ServerDouble, clock: Clock, faults: SocketFaults, url: string, protocols: readonly string[]) {
    this.#server = server;
    this.#clock = clock;
    this.#faults = faults;
    this.url = url;
    this.protocols = protocols;
    faults.opened?.push(this);
    clock.setTimer(5, () => {
      if (this.readyState !== 0 || faults.isDead?.()) return;
      if (faults.isRefused?.(this)) {
        this.cut();
        return;
      }
      this.readyState = 1;
      server.watchers.add(this.#watch);
      this.listeners.get('open')?.({});
      this.sendFrame({
        type: 'authorized',
        role: 'writer',
        ...(faults.expires === undefined ? {} : { expires: faults.expires }),
      });
    });
  }

  addEventListener(type: string, listener: (event: SocketEvent) => void): void {
    this.listeners.set(type, listener);
  }

  removeEventListener(type: string): void {
    this.listeners.delete(type);
  }

  send(text: string): void {
    this.received.push(text === 'ping' ? text : (JSON.parse(text) as ClientFrame));
    if (this.isSilent || this.#faults.isMute) return;
    this.#clock.setTimer(5, () => this.#handle(text));
  }

  close(): void {
    this.#server.watchers.delete(this.#watch);
    this.readyState = 3;
  }

  /** The connection breaks. */
  cut(code = 1006, reason = ''): void {
    if (this.readyState === 3) return;
    this.close();
    this.listeners.get('close')?.({ code, reason });
  }

  sendFrame(frame: ServerFrame): void {
    const { random, cut = 0, isDead, counts, isMute } = this.#faults;
    if (isMute || this.isSilent) return;
    this.#clock.setTimer(5, () => {
      if (this.readyState !== 1 || isDead?.()) return;
      if (random !== undefined && random() < cut) {
        if (counts) counts.cuts += 1;
        this.cut();
      } else this.listeners.get('message')?.({ data: JSON.stringify(frame) });
    });
  }

  readonly #watch = (): void => {
    if (this.#sent === undefined) return;
    this.#follow();
    for (const { seq, client, ticket } of this.#server.log) {
      if (seq <= this.#outcomesTo || client !== this.#pushedAs || ticket.status === 'queued') continue;
      this.sendFrame({ type: 'outcomes', outcomes: [ticket] });
      this.#outcomesTo = seq;
    }
  };

  /** Sends one step to the present version. */
  #follow(): void {
    const { epoch, version } = this.#server;
    const sent = this.#sent;
    if (sent !== undefined && sent.epoch === epoch && sent.version === version) return;
    const patch = sent?.epoch === epoch ? this.#server.patchFrom(sent.version) : undefined;
    if (patch !== undefined && sent !== undefined) {
      this.sendFrame({ type: 'patch', from: sent.version, to: version, patch: JSON.parse(patch) as PatchOperation[] });
    } else this.sendFrame({ type: 'state', epoch, version, state: this.#server.state });
    this.#sent = { epoch, version };
  }

  #handle(text: string): void {
    if (this.readyState !== 1) return;
    if (text === 'ping') {
      this.listeners.get('message')?.({ data: 'pong' });
      return;
    }
    const frame = JSON.parse(text) as ClientFrame;
    if (frame.type === 'subscribe') this.#subscribe(frame.known);
    if (frame.type === 'batch') this.#push(frame);
    if (frame.type === 'presence')
      this.sendFrame({
        type: 'presence',
        self: 'me',
        peers: [{ peer: 'me', user: 'alice', data: frame.data, ttl: 30 }],
      });
  }

  #subscribe(known: Version | undefined): void {
    const { epoch, version } = this.#server;
    if (this.#faults.counts) this.#faults.counts.live += 1;
    this.sendFrame({ type: 'definition', version: this.#server.deployed });
    this.#sent = known?.epoch === epoch && known.version <= version ? known : { epoch: '', version: 0 };
    if (this.#sent.epoch === epoch && this.#sent.version === version)
      this.sendFrame({ type: 'current', epoch, version });
    else this.#follow();
  }

  #push({ client, n, changes, atomic, match }: ClientFrame & { readonly type: 'batch' }): void {
    const before = this.#pushedAs;
    this.#pushedAs = undefined;
    const result = this.#server.push(
      client,
      n,
      changes.map(({ name, args = {} }) => ({ name, args: args as Json })),
      { atomic, match: match === '*' ? undefined : match },
    );
    this.#pushedAs = client;
    if (before === undefined) this.#outcomesTo = this.#server.head;
    // A frame that breaks the rules for JSON or shape is answered before anybody knows whose it is [W4].
    if (result.kind === 'refused' && result.problem.type.endsWith(':invalid-change'))
      this.sendFrame({ type: 'error', problem: result.problem });
    else if (result.kind === 'refused') this.sendFrame({ type: 'refused', client, n, problem: result.problem });
    else if (result.accepted.every(({ ticket }) => ticket.status !== 'queued')) {
      this.sendFrame({ type: 'outcomes', outcomes: result.accepted.map(({ ticket }) => ticket) });
      this.#outcomesTo = Math.max(this.#outcomesTo, ...result.accepted.map(({ seq }) => seq));
    } else this.sendFrame({ type: 'receipts', receipts: result.accepted.map(receiptOf) });
  }
}

/** A `WebSocket` class for one server double. */
export const socketTo = (server: ServerDouble, clock: Clock, faults: SocketFaults = {}): SocketConstructor => {
  const withDefaults = { cut: faults.random === undefined ? 0 : 0.04, ...faults };
  return class extends SocketDouble {
    constructor(url: string, protocols: readonly string[]) {
      super(server, clock, withDefaults, url, protocols);
    }
  };
};
