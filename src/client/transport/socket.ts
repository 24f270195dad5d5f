import { type ClientFrame, PING, PONG, type ServerFrame, SOCKET_PROTOCOL } from '../../protocol/frames.ts';
import type { Receipt, Ticket } from '../../protocol/receipt.ts';
import type { Version } from '../../protocol/version.ts';
import type { Environment, SocketEvent, SocketLike } from '../platform/environment.ts';
import type { Http } from '../platform/http-client.ts';
import { ownProblem } from '../platform/problem-error.ts';
import { Alarm } from '../platform/timer.ts';
import type { Tokens } from '../platform/tokens.ts';
import type { Present } from '../presence/peers.ts';
import type { Flight } from '../push/push-request.ts';
import type { Answered } from '../push/push-result.ts';
import { type Live, type LiveEvents, OPEN_TIMEOUT_MS } from './live-transport.ts';
import { SocketPush } from './socket-push.ts';
import { readHeaders, readingOf } from './state-response.ts';
import type { Watcher } from './transport-events.ts';

/** Silence after which the other end is asked whether it is there, and how long it may take to say so. */
const PING_AFTER_MS = 20_000;
const PONG_WITHIN_MS = 10_000;
/** A new token is sent this long before the old one ends. */
const RENEW_MS = 30_000;
/** Where tokens live shorter than that, or come old from a cache, they are not asked for all the time. */
const RENEW_AFTER_MS = 10_000;
const RESYNC_TIMEOUT_MS = 30_000;

export interface SocketOptions {
  readonly http: Http;
  readonly tokens: Tokens;
  readonly environment: Environment;
  readonly watcher: Watcher;
  readonly events: LiveEvents;
  /** Outcomes of changes that were acknowledged before. */
  readonly outcomes: (tickets: readonly Ticket[]) => void;
  readonly peers: (frame: ServerFrame & { readonly type: 'presence' }) => void;
}

/** State and pushes on one socket [W]. */
export class Socket implements Live {
  readonly transport = 'socket';
  readonly #options: SocketOptions;
  /** Until it is open: how long that may take. Then: how long it has been silent. */
  readonly #pulse: Alarm;
  readonly #renewal: Alarm;
  readonly #pushed: SocketPush;
  #socket: SocketLike | undefined;
  #token: string | undefined;
  #at: Version | undefined;
  #attempt = 0;

  constructor(options: SocketOptions) {
    this.#options = options;
    this.#pulse = new Alarm(options.environment);
    this.#renewal = new Alarm(options.environment);
    this.#pushed = new SocketPush(options.environment);
  }

  open(): void {
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#at = undefined;
    this.#pulse.set(OPEN_TIMEOUT_MS, () => this.#options.events.failed(TIMEOUT));
    this.#options.tokens.get().then(
      (token) => {
        if (attempt === this.#attempt) this.#connect(token);
      },
      () => {
        if (attempt === this.#attempt) this.#options.events.failed(NO_TOKEN);
      },
    );
  }

  shut(): void {
    this.#attempt += 1;
    this.#pulse.clear();
    this.#renewal.clear();
    this.#pushed.end();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    for (const [type, listener] of this.#listeners) socket.removeEventListener(type, listener);
    socket.close();
  }

  /** While a late answer may still come, pushes go over HTTP: client and n say which is which to the server. */
  get push(): Live['push'] {
    return this.#pushed.isFree ? this.#push : undefined;
  }

  readonly #push = (flight: Flight, controller: AbortController): Promise<Answered> => {
    const changes = flight.entries.map(({ name, args }) => ({ name, args }));
    const answered = this.#pushed.begin(flight, controller);
    this.#send({ type: 'batch', client: flight.client, n: flight.n, changes });
    return answered;
  };

  readonly present = (present: Present): void => {
    this.#send({ type: 'presence', ...present });
  };

  #connect(token: string | undefined): void {
    const { WebSocket: Constructor } = this.#options.environment;
    if (Constructor === undefined) return;
    const socket = new Constructor(this.#options.http.base.replace(/^http/, 'ws').concat('/socket'), [SOCKET_PROTOCOL]);
    this.#socket = socket;
    this.#token = token;
    for (const [type, listener] of this.#listeners) socket.addEventListener(type, listener);
  }

  readonly #listeners: readonly (readonly [type: string, listener: (event: SocketEvent) => void])[] = [
    ['open', () => this.#begin()],
    ['message', ({ data }) => this.#hear(data)],
    // An `error` tells nothing; the close that follows it ends the socket.
    ['close', ({ code = 1006, reason = '' }) => this.#closed(code, reason)],
  ];

  #begin(): void {
    if (this.#token !== undefined) this.#send({ type: 'auth', token: this.#token });
    this.#subscribe();
  }

  #subscribe(): void {
    const known = this.#options.watcher.confirmed();
    this.#at = known && { epoch: known.epoch, version: known.version };
    this.#send(this.#at === undefined ? { type: 'subscribe' } : { type: 'subscribe', known: this.#at });
  }

  #send(frame: ClientFrame): void {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(frame));
  }

  #closed(code: number, reason: string): void {
    const { events, tokens } = this.#options;
    if (code === 4401) tokens.spoil();
    events.failed(ownProblem('socket-closed', Math.max(0, code - 4000), 'The socket was closed', `${code} ${reason}`));
  }

  #hear(data: unknown): void {
    this.#options.watcher.answered();
    if (this.#at !== undefined) this.#listen();
    if (typeof data !== 'string' || data === PONG) return;
    this.#take(JSON.parse(data) as ServerFrame);
  }

  #listen(): void {
    this.#pulse.set(PING_AFTER_MS, () => {
      if (this.#socket?.readyState === 1) this.#socket.send(PING);
      this.#pulse.set(PONG_WITHIN_MS, () => this.#options.events.failed(TIMEOUT));
    });
  }

  #take(frame: ServerFrame): void {
    switch (frame.type) {
      case 'authorized':
        this.#renewBefore(frame.expires);
        return;
      case 'current':
      case 'state':
      case 'patch':
      case 'gone':
      case 'resync':
        this.#takeState(frame);
        return;
      case 'receipts':
        this.#settle(frame.receipts);
        return;
      case 'outcomes':
        this.#settle(frame.outcomes);
        this.#options.outcomes(frame.outcomes);
        return;
      case 'refused':
        this.#pushed.refused(frame);
        return;
      case 'presence':
        this.#options.peers(frame);
        return;
      case 'mark':
        this.#send({ type: 'ack', mark: frame.mark });
        return;
      // Every mark is answered at once, so what is unacknowledged is on its way.
      case 'paused':
      // This client does not ask for it.
      case 'cost':
        return;
      case 'error':
        this.#options.watcher.failed(frame.problem);
        return;
      default:
        // A newer server's frame: what it is for, the next states tell.
        frame satisfies never;
    }
  }

  #settle(receipts: readonly (Receipt | Ticket)[]): void {
    const epoch = this.#at?.epoch;
    if (epoch !== undefined) this.#pushed.taken(epoch, receipts);
  }

  #takeState(frame: ServerFrame & { readonly type: 'current' | 'state' | 'patch' | 'gone' | 'resync' }): void {
    switch (frame.type) {
      case 'current':
      case 'gone':
        this.#reach(frame, 'old');
        return;
      case 'state':
        this.#reach(frame, this.#options.watcher.see({ ...frame, kind: 'state' }));
        return;
      case 'patch':
        this.#step(frame);
        return;
      case 'resync':
        void this.#resync();
        return;
      default:
        frame satisfies never;
    }
  }

  #step({ to, from = to - 1, patch }: ServerFrame & { readonly type: 'patch' }): void {
    const at = this.#at;
    // From somewhere else: says once more what is known, and is told the way from there [W6].
    if (at?.version !== from) {
      this.#subscribe();
      return;
    }
    const seen = this.#options.watcher.see({ kind: 'patch', epoch: at.epoch, from, to, patch });
    this.#reach({ epoch: at.epoch, version: to }, seen);
  }

  #reach({ epoch, version }: Version, seen: string): void {
    if (seen === 'broken') {
      this.#at = undefined;
      this.#send({ type: 'subscribe' });
      return;
    }
    this.#at = { epoch, version };
    this.#listen();
    this.#options.events.opened();
  }

  /** Too much for a socket: takes it over HTTP, and goes on from there [W11]. */
  async #resync(): Promise<void> {
    const { http, watcher, events } = this.#options;
    const attempt = this.#attempt;
    const headers = readHeaders(watcher.confirmed(), 0);
    const call = { path: '/state', headers, controller: new AbortController(), timeoutMs: RESYNC_TIMEOUT_MS };
    const reading = readingOf(await http.call(call));
    if (attempt !== this.#attempt) return;
    const seen = reading.kind === 'sighting' ? watcher.see(reading.sighting) : 'old';
    if (reading.kind === 'failed' || seen === 'broken') {
      events.failed(undefined);
      return;
    }
    this.#subscribe();
  }

  #renewBefore(expires: number | undefined): void {
    const { environment, tokens } = this.#options;
    if (expires === undefined || !tokens.isRenewable) return;
    this.#renewal.set(
      Math.max(RENEW_AFTER_MS, expires * 1_000 - environment.now() - RENEW_MS),
      () => void this.#renew(),
    );
  }

  /** Where no token is to be had, the server closes the socket in time [W12]; that is noticed. */
  async #renew(): Promise<void> {
    const attempt = this.#attempt;
    this.#options.tokens.spoil();
    const token = await this.#options.tokens.get().catch(() => undefined);
    if (token !== undefined && attempt === this.#attempt) this.#send({ type: 'auth', token });
  }
}

const TIMEOUT = ownProblem('timeout', 0, 'The server does not answer', 'The socket was silent for too long.');
const NO_TOKEN = ownProblem('no-token', 401, 'There is no token', 'The function that brings tokens has failed.');
