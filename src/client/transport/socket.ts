import { type ClientFrame, PING, PONG, type ServerFrame } from '../../protocol/frames.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import type { Receipt, Ticket } from '../../protocol/receipt.ts';
import type { Environment, SocketEvent, SocketLike } from '../platform/environment.ts';
import type { HttpClient } from '../platform/http-client.ts';
import { clientProblem, namedProblem, nameOf } from '../platform/problem-error.ts';
import type { Tokens } from '../platform/tokens.ts';
import type { OwnPresence } from '../presence/peers.ts';
import { type PushRequest, sentChanges } from '../push/push-request.ts';
import type { PushResponse } from '../push/push-response.ts';
import type { LiveEvents, LiveTransport } from './live-transport.ts';
import { isOffered, readRefusal, subprotocols } from './socket-handshake.ts';
import { SocketHeartbeat } from './socket-heartbeat.ts';
import { SocketPush } from './socket-push.ts';
import { SocketSubscription } from './socket-subscription.ts';
import { TokenRenewal } from './token-renewal.ts';
import type { TransportListener } from './transport-events.ts';

/** The close code of a connection that broke without a close frame (RFC 6455, 7.1.5). */
const ABNORMAL_CLOSURE = 1006;
/** Close codes are this much above the HTTP status of their reason [W16]. */
const CLOSE_CODE_BASE = 4_000;

export interface SocketOptions {
  readonly http: HttpClient;
  readonly tokens: Tokens;
  readonly environment: Environment;
  readonly listener: TransportListener;
  readonly events: LiveEvents;
  /** Called with outcomes of changes that were acknowledged before. */
  readonly onOutcomes: (tickets: readonly Ticket[]) => void;
  readonly onPeers: (frame: ServerFrame & { readonly type: 'presence' }) => void;
}

/** State and pushes on one WebSocket [W]. */
export class Socket implements LiveTransport {
  readonly name = 'socket';
  readonly #options: SocketOptions;
  readonly #heartbeat: SocketHeartbeat;
  readonly #renewal: TokenRenewal;
  readonly #subscription: SocketSubscription;
  readonly #awaitedPush: SocketPush;
  #socket: SocketLike | undefined;
  #token: string | undefined;
  /** The last socket that has opened. */
  #opened: SocketLike | undefined;
  /** What the server has said last of this socket: mostly the reason for which it closes it. */
  #problem: ProblemBody | undefined;
  /** Counts the sockets: what belongs to an earlier one is ignored. */
  #attempt = 0;

  constructor(options: SocketOptions) {
    const { http, tokens, environment, listener, events } = options;
    this.#options = options;
    this.#heartbeat = new SocketHeartbeat(environment, {
      sendPing: () => this.#sendText(PING),
      onTimeout: () => events.onFailure(TIMEOUT),
    });
    this.#renewal = new TokenRenewal(tokens, environment, (token) => {
      this.#token = token;
      this.#send({ type: 'auth', token });
    });
    this.#subscription = new SocketSubscription({
      http,
      listener,
      send: (frame) => this.#send(frame),
      onFollowing: () => {
        this.#heartbeat.reset();
        events.onOpen();
      },
      onFailure: () => events.onFailure(undefined),
    });
    this.#awaitedPush = new SocketPush(environment);
  }

  open(): void {
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#heartbeat.expectOpen();
    this.#options.tokens.get().then(
      (token) => {
        if (attempt === this.#attempt) this.#connect(token);
      },
      () => {
        if (attempt === this.#attempt) this.#options.events.onFailure(this.#options.tokens.failure);
      },
    );
  }

  close(): void {
    this.#attempt += 1;
    this.#heartbeat.stop();
    this.#renewal.stop();
    this.#subscription.stop();
    this.#awaitedPush.fail();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    for (const [type, listener] of this.#listeners) socket.removeEventListener(type, listener);
    socket.close();
  }

  /** Undefined while a late answer may come or the socket is closing: pushes go over HTTP, where each has its answer. */
  get push(): LiveTransport['push'] {
    return this.#awaitedPush.isFree && this.#socket?.readyState === 1 ? this.#push : undefined;
  }

  readonly #push = (request: PushRequest, controller: AbortController): Promise<PushResponse> => {
    const changes = sentChanges(request);
    // Before the push: its pong does not wait for a long one to be sent.
    this.#heartbeat.check();
    const answer = this.#awaitedPush.begin(request, controller);
    const { client, n, isAtomic, match, cost } = request;
    const { kind } = this.#options.http;
    const extras = {
      ...(isAtomic && { atomic: true }),
      ...(match !== undefined && { match: match === '*' ? ('*' as const) : [match] }),
      ...(cost && { cost }),
      ...(kind !== undefined && { kind }),
    };
    this.#send({ type: 'batch', client, n, changes, ...extras });
    return answer;
  };

  check(): void {
    this.#heartbeat.check();
  }

  readonly setPresence = (presence: OwnPresence): void => {
    this.#send({ type: 'presence', ...presence });
  };

  #connect(token: string | undefined): void {
    const { environment, http } = this.#options;
    const { WebSocket: Constructor } = environment;
    if (Constructor === undefined) return;
    const socket = new Constructor(http.base.replace(/^http/, 'ws').concat('/socket'), subprotocols(token));
    this.#socket = socket;
    this.#token = token;
    this.#problem = undefined;
    for (const [type, listener] of this.#listeners) socket.addEventListener(type, listener);
  }

  readonly #listeners: readonly (readonly [type: string, listener: (event: SocketEvent) => void])[] = [
    ['open', () => this.#onOpen()],
    ['message', ({ data }) => this.#onMessage(data)],
    // An `error` event carries no reason; the `close` that follows it ends the socket.
    ['close', ({ code = ABNORMAL_CLOSURE, reason = '' }) => this.#onClose(code, reason)],
  ];

  #onOpen(): void {
    this.#opened = this.#socket;
    if (this.#token !== undefined && !isOffered(this.#token)) this.#send({ type: 'auth', token: this.#token });
    this.#subscription.subscribe();
  }

  #onClose(code: number, reason: string): void {
    const { events, http, tokens } = this.#options;
    const status = Math.max(0, code - CLOSE_CODE_BASE);
    if (status === 401) tokens.invalidate(this.#token);
    const problem =
      this.#problem?.status === status ? this.#problem : closeProblem(status, `${code} ${reason}`, reason);
    if (this.#opened === this.#socket || !isOffered(this.#token)) {
      events.onFailure(problem);
      return;
    }
    const attempt = this.#attempt;
    void readRefusal(http).then((refusal) => {
      if (attempt === this.#attempt) events.onFailure(refusal ?? problem);
    });
  }

  #onMessage(data: unknown): void {
    this.#options.listener.onReachable();
    if (this.#subscription.version !== undefined) this.#heartbeat.reset();
    if (typeof data !== 'string' || data === PONG) return;
    this.#handleFrame(JSON.parse(data) as ServerFrame);
  }

  #handleFrame(frame: ServerFrame): void {
    switch (frame.type) {
      case 'authorized':
        this.#renewal.schedule(frame.expires, this.#token);
        return;
      case 'definition':
        this.#options.listener.onDefinition?.(frame.version);
        this.#options.events.onQueue(frame);
        return;
      case 'queue':
        this.#options.events.onQueue(frame);
        return;
      case 'current':
      case 'state':
      case 'patch':
      case 'gone':
      case 'resync':
        this.#subscription.handle(frame);
        return;
      case 'receipts':
        this.#acknowledge(frame.receipts);
        return;
      case 'outcomes':
        this.#acknowledge(frame.outcomes);
        this.#options.onOutcomes(frame.outcomes);
        return;
      case 'refused':
        this.#awaitedPush.onRefused(frame);
        return;
      case 'presence':
        this.#options.onPeers(frame);
        return;
      case 'mark':
        this.#send({ type: 'ack', mark: frame.mark });
        return;
      // Each mark is acknowledged at once, so nothing has to be done: the acknowledgement is on its way.
      case 'paused':
        return;
      case 'cost':
        this.#awaitedPush.onCost(frame);
        return;
      case 'error':
        this.#onError(frame.problem);
        return;
      default:
        // A frame of a newer server: the states after it contain its effect.
        frame satisfies never;
    }
  }

  #onError(problem: ProblemBody): void {
    const { events, listener } = this.#options;
    this.#problem = problem;
    this.#awaitedPush.abandon();
    // There is nothing to follow: a socket opens also with an application that does not exist.
    if (nameOf(problem) === 'unknown-application') events.onFailure(problem);
    else listener.onProblem(problem);
  }

  #acknowledge(receipts: readonly (Receipt | Ticket)[]): void {
    const epoch = this.#subscription.version?.epoch;
    if (epoch !== undefined) this.#awaitedPush.onReceipts(epoch, receipts);
  }

  #send(frame: ClientFrame): void {
    this.#sendText(JSON.stringify(frame));
  }

  #sendText(text: string): void {
    if (this.#socket?.readyState === 1) this.#socket.send(text);
  }
}

/** A close code of the server's own names its problem [W16]. */
const closeProblem = (status: number, detail: string, name: string): ProblemBody =>
  status < 400 || name === ''
    ? clientProblem('socket-closed', status, 'The socket was closed', detail)
    : namedProblem(name, status, detail);

const TIMEOUT = clientProblem('timeout', 0, 'The server does not answer', 'The socket was silent for too long.');
