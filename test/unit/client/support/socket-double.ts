import type { SocketConstructor, SocketEvent } from '../../../../src/client/platform/environment.ts';
import type { ClientFrame, ServerFrame } from '../../../../src/protocol/frames.ts';
import type { Json } from '../../../../src/protocol/json.ts';
import type { PatchOperation } from '../../../../src/protocol/patch.ts';
import type { Version } from '../../../../src/protocol/version.ts';
import type { Clock } from './clock.ts';
import { receiptOf, type ServerDouble } from './server.ts';

export interface SocketTrouble {
  readonly random?: () => number;
  readonly isDead?: () => boolean;
  readonly told?: { cuts: number; live: number };
  /** Sockets that were opened, newest last. */
  readonly opened?: SocketDouble[];
  /** The chance that a frame is the last one. */
  readonly cut?: number;
  /** Never answers anything from the start. */
  readonly isMute?: boolean;
  readonly expires?: number;
}

/** A socket to the server double, as a browser's `WebSocket`. */
export class SocketDouble {
  readyState = 0;
  readonly listeners = new Map<string, (event: SocketEvent) => void>();
  /** What the client has sent. */
  readonly heard: (ClientFrame | string)[] = [];
  isSilent = false;
  readonly url: string;
  readonly protocols: readonly string[];
  readonly #server: ServerDouble;
  readonly #clock: Clock;
  readonly #trouble: SocketTrouble;
  #at: Version | undefined;
  #pushedAs: string | undefined;
  #toldTo = 0;

  constructor(server: ServerDouble, clock: Clock, trouble: SocketTrouble, url: string, protocols: readonly string[]) {
    this.#server = server;
    this.#clock = clock;
    this.#trouble = trouble;
    this.url = url;
    this.protocols = protocols;
    trouble.opened?.push(this);
    clock.after(5, () => {
      if (this.readyState !== 0 || trouble.isDead?.()) return;
      this.readyState = 1;
      server.watchers.add(this.#watch);
      this.listeners.get('open')?.({});
      this.tell({
        type: 'authorized',
        role: 'writer',
        ...(trouble.expires === undefined ? {} : { expires: trouble.expires }),
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
    this.heard.push(text === 'ping' ? text : (JSON.parse(text) as ClientFrame));
    if (this.isSilent || this.#trouble.isMute) return;
    this.#clock.after(5, () => this.#take(text));
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

  tell(frame: ServerFrame): void {
    const { random, cut = 0, isDead, told, isMute } = this.#trouble;
    if (isMute || this.isSilent) return;
    this.#clock.after(5, () => {
      if (this.readyState !== 1 || isDead?.()) return;
      if (random !== undefined && random() < cut) {
        if (told) told.cuts += 1;
        this.cut();
      } else this.listeners.get('message')?.({ data: JSON.stringify(frame) });
    });
  }

  readonly #watch = (): void => {
    if (this.#at === undefined) return;
    this.#follow();
    for (const { seq, client, ticket } of this.#server.log) {
      if (seq <= this.#toldTo || client !== this.#pushedAs || ticket.status === 'queued') continue;
      this.tell({ type: 'outcomes', outcomes: [ticket] });
      this.#toldTo = seq;
    }
  };

  /** One step to the present. */
  #follow(): void {
    const { epoch, version } = this.#server;
    const at = this.#at;
    if (at !== undefined && at.epoch === epoch && at.version === version) return;
    const patch = at?.epoch === epoch ? this.#server.patchFrom(at.version) : undefined;
    if (patch !== undefined && at !== undefined) {
      this.tell({ type: 'patch', from: at.version, to: version, patch: JSON.parse(patch) as PatchOperation[] });
    } else this.tell({ type: 'state', epoch, version, state: this.#server.state });
    this.#at = { epoch, version };
  }

  #take(text: string): void {
    if (this.readyState !== 1) return;
    if (text === 'ping') {
      this.listeners.get('message')?.({ data: 'pong' });
      return;
    }
    const frame = JSON.parse(text) as ClientFrame;
    if (frame.type === 'subscribe') this.#subscribe(frame.known);
    if (frame.type === 'batch') this.#push(frame);
    if (frame.type === 'presence')
      this.tell({ type: 'presence', self: 'me', peers: [{ peer: 'me', user: 'alice', data: frame.data, ttl: 30 }] });
  }

  #subscribe(known: Version | undefined): void {
    const { epoch, version } = this.#server;
    if (this.#trouble.told) this.#trouble.told.live += 1;
    this.#at = known?.epoch === epoch && known.version <= version ? known : { epoch: '', version: 0 };
    if (this.#at.epoch === epoch && this.#at.version === version) this.tell({ type: 'current', epoch, version });
    else this.#follow();
  }

  #push({ client, n, changes }: ClientFrame & { readonly type: 'batch' }): void {
    const before = this.#pushedAs;
    this.#pushedAs = undefined;
    const taken = this.#server.push(
      client,
      n,
      changes.map(({ name, args = {} }) => ({ name, args: args as Json })),
    );
    this.#pushedAs = client;
    if (before === undefined) this.#toldTo = this.#server.head;
    if (taken.kind === 'refused') this.tell({ type: 'refused', client, n, problem: taken.problem });
    else if (taken.accepted.every(({ ticket }) => ticket.status !== 'queued')) {
      this.tell({ type: 'outcomes', outcomes: taken.accepted.map(({ ticket }) => ticket) });
      this.#toldTo = Math.max(this.#toldTo, ...taken.accepted.map(({ seq }) => seq));
    } else this.tell({ type: 'receipts', receipts: taken.accepted.map(receiptOf) });
  }
}

/** A constructor, as `WebSocket` is one. */
export const socketTo = (server: ServerDouble, clock: Clock, trouble: SocketTrouble = {}): SocketConstructor => {
  const usual = { cut: trouble.random === undefined ? 0 : 0.04, ...trouble };
  return class extends SocketDouble {
    constructor(url: string, protocols: readonly string[]) {
      super(server, clock, usual, url, protocols);
    }
  };
};
