import { type ClientFrame, PING, PONG, type ServerFrame, SOCKET_PROTOCOL } from '../../protocol/frames.ts';
import type { Receipt, Ticket } from '../../protocol/receipt.ts';
import type { Version } from '../../protocol/version.ts';
import type { Environment, SocketEvent, SocketLike } from '../platform/environment.ts';
import type { HttpClient } from '../platform/http-client.ts';
import { clientProblem } from '../platform/problem-error.ts';
import { Timer } from '../platform/timer.ts';
import type { Tokens } from '../platform/tokens.ts';
import type { OwnPresence } from '../presence/peers.ts';
import type { PushRequest } from '../push/push-request.ts';
import type { PushResponse } from '../push/push-result.ts';
import { type LiveEvents, type LiveTransport, OPEN_TIMEOUT_MS } from './live-transport.ts';
import { SocketPush } from './socket-push.ts';
import { parsePollResponse, pollHeaders } from './state-response.ts';
import type { TransportListener } from './transport-events.ts';

/** Silence after which the other end is asked whether it is there, and how long it may take to say so. */
const PING_AFTER_MS = 20_000;
const PONG_WITHIN_MS = 10_000;
/** A new token is sent this long before the old one ends. */
const RENEW_MS = 30_000;
/** Where tokens live shorter than that, or come old from a cache, they are not asked for all the time. */
const RENEW_AFTER_MS = 10_000;
const RESYNC_TIMEOUT_MS = 30_000;

export interface SocketOptions {
  readonly http: HttpClient;
  readonly tokens: Tokens;
  readonly environment: Environment;
  readonly listener: TransportListener;
  readonly events: LiveEvents;
  /** Outcomes of changes that were acknowledged before. */
  readonly outcomes: (tickets: readonly Ticket[]) => void;
  readonly peers: (frame: ServerFrame & { readonly type: 'presence' }) => void;
}

/** State and pushes on one socket [W]. */
export class Socket implements LiveTransport {
  readonly name = 'socket';
  readonly #options: SocketOptions;
  /** Until it is open: how long that may take. Then: how long it has been silent. */
  readonly #heartbeat: Timer;
  readonly #renewal: Timer;
  readonly #awaitedPush: SocketPush;
  #socket: SocketLike | undefined;
  #token: string | undefined;
  #version: Version | undefined;
  #attempt = 0;

  constructor(options: SocketOptions) {
    this.#options = options;
    this.#heartbeat = new Timer(options.environment);
    this.#renewal = new Timer(options.environment);
    this.#awaitedPush = new SocketPush(options.environment);
  }

  open(): void {
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#version = undefined;
    this.#heartbeat.set(OPEN_TIMEOUT_MS, () => this.#options.events.onFailure(TIMEOUT));
    this.#options.tokens.get().then(
      (token) => {
        if (attempt === this.#attempt) this.#connect(token);
      },
      () => {
        if (attempt === this.#attempt) this.#options.events.onFailure(NO_TOKEN);
      },
    );
  }

  close(): void {
    this.#attempt += 1;
    this.#heartbeat.clear();
    this.#renewal.clear();
    this.#awaitedPush.fail();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    for (const [type, listener] of this.#listeners) socket.removeEventListener(type, listener);
    socket.close();
  }

  /** While a late answer may still come, pushes go over HTTP: client and n say which is which to the server. */
  get push(): LiveTransport['push'] {
    return this.#awaitedPush.isFree ? this.#push : undefined;
  }

  readonly #push = (request: PushRequest, controller: AbortController): Promise<PushResponse> => {
    const changes = request.entries.map(({ name, args }) => ({ name, args }));
    const answered = this.#awaitedPush.begin(request, controller);
    this.#send({ type: 'batch', client: request.client, n: request.n, changes });
    return answered;
  };

  readonly setPresence = (presence: OwnPresence): void => {
    this.#send({ type: 'presence', ...presence });
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
    ['open', () => this.#authenticate()],
    ['message', ({ data }) => this.#onMessage(data)],
    // An `error` tells nothing; the close that follows it ends the socket.
    ['close', ({ code = 1006, reason = '' }) => this.#closed(code, reason)],
  ];

  #authenticate(): void {
    if (this.#token !== undefined) this.#send({ type: 'auth', token: this.#token });
    this.#subscribe();
  }

  #subscribe(): void {
    const known = this.#options.listener.confirmed();
    this.#version = known && { epoch: known.epoch, version: known.version };
    this.#send(this.#version === undefined ? { type: 'subscribe' } : { type: 'subscribe', known: this.#version });
  }

  #send(frame: ClientFrame): void {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(frame));
  }

  #closed(code: number, reason: string): void {
    const { events, tokens } = this.#options;
    if (code === 4401) tokens.invalidate();
    events.onFailure(
      clientProblem('socket-closed', Math.max(0, code - 4000), 'The socket was closed', `${code} ${reason}`),
    );
  }

  #onMessage(data: unknown): void {
    this.#options.listener.onReachable();
    if (this.#version !== undefined) this.#resetHeartbeat();
    if (typeof data !== 'string' || data === PONG) return;
    this.#handleFrame(JSON.parse(data) as ServerFrame);
  }

  #resetHeartbeat(): void {
    this.#heartbeat.set(PING_AFTER_MS, () => {
      if (this.#socket?.readyState === 1) this.#socket.send(PING);
      this.#heartbeat.set(PONG_WITHIN_MS, () => this.#options.events.onFailure(TIMEOUT));
    });
  }

  #handleFrame(frame: ServerFrame): void {
    switch (frame.type) {
      case 'authorized':
        this.#renewBefore(frame.expires);
        return;
      case 'current':
      case 'state':
      case 'patch':
      case 'gone':
      case 'resync':
        this.#handleStateFrame(frame);
        return;
      case 'receipts':
        this.#settle(frame.receipts);
        return;
      case 'outcomes':
        this.#settle(frame.outcomes);
        this.#options.outcomes(frame.outcomes);
        return;
      case 'refused':
        this.#awaitedPush.refused(frame);
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
        this.#options.listener.onProblem(frame.problem);
        return;
      default:
        // A newer server's frame: what it is for, the next states tell.
        frame satisfies never;
    }
  }

  #settle(receipts: readonly (Receipt | Ticket)[]): void {
    const epoch = this.#version?.epoch;
    if (epoch !== undefined) this.#awaitedPush.acknowledged(epoch, receipts);
  }

  #handleStateFrame(frame: ServerFrame & { readonly type: 'current' | 'state' | 'patch' | 'gone' | 'resync' }): void {
    switch (frame.type) {
      case 'current':
      case 'gone':
        this.#advanceTo(frame, 'stale');
        return;
      case 'state':
        this.#advanceTo(frame, this.#options.listener.onUpdate({ ...frame, kind: 'state' }));
        return;
      case 'patch':
        this.#applyPatch(frame);
        return;
      case 'resync':
        void this.#resync();
        return;
      default:
        frame satisfies never;
    }
  }

  #applyPatch({ to, from = to - 1, patch }: ServerFrame & { readonly type: 'patch' }): void {
    const at = this.#version;
    // From somewhere else: says once more what is known, and is told the way from there [W6].
    if (at?.version !== from) {
      this.#subscribe();
      return;
    }
    const seen = this.#options.listener.onUpdate({ kind: 'patch', epoch: at.epoch, from, to, patch });
    this.#advanceTo({ epoch: at.epoch, version: to }, seen);
  }

  #advanceTo({ epoch, version }: Version, seen: string): void {
    if (seen === 'gap') {
      this.#version = undefined;
      this.#send({ type: 'subscribe' });
      return;
    }
    this.#version = { epoch, version };
    this.#resetHeartbeat();
    this.#options.events.onOpen();
  }

  /** Too much for a socket: takes it over HTTP, and goes on from there [W11]. */
  async #resync(): Promise<void> {
    const { http, listener, events } = this.#options;
    const attempt = this.#attempt;
    const headers = pollHeaders(listener.confirmed(), 0);
    const call = { path: '/state', headers, controller: new AbortController(), timeoutMs: RESYNC_TIMEOUT_MS };
    const result = parsePollResponse(await http.call(call));
    if (attempt !== this.#attempt) return;
    const seen = result.kind === 'sighting' ? listener.onUpdate(result.update) : 'stale';
    if (result.kind === 'failed' || seen === 'gap') {
      events.onFailure(undefined);
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
    this.#options.tokens.invalidate();
    const token = await this.#options.tokens.get().catch(() => undefined);
    if (token !== undefined && attempt === this.#attempt) this.#send({ type: 'auth', token });
  }
}

const TIMEOUT = clientProblem('timeout', 0, 'The server does not answer', 'The socket was silent for too long.');
const NO_TOKEN = clientProblem('no-token', 401, 'There is no token', 'The function that brings tokens has failed.');
