import { PRESENCE_TTL_S_DEFAULT } from '../../protocol/limits.ts';
import type { Waiting } from '../../protocol/position.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import { LIVE_BACKOFF, retryDelay } from '../platform/backoff.ts';
import { Timer } from '../platform/timer.ts';
import { mergePeers, NO_PEERS, type OwnPresence, type Peers } from '../presence/peers.ts';
import type { TransportName } from '../state/status.ts';
import {
  CONNECTION_TRANSITIONS,
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionState,
} from './connection-states.ts';
import type { LiveTransport } from './live-transport.ts';
import type { LiveTransportOptions } from './live-transports.ts';
import { Poller, type PollerOptions } from './poller.ts';
import type { Transport, TransportContext } from './transport.ts';
import type { TransportListener } from './transport-events.ts';

/**
 * When a live transport has failed, the first poll comes within so many ms: a socket mostly breaks together with all
 * others of its server.
 */
const FALLBACK_SPREAD_MS = 2_000;

/** The options of `LiveWithPollingFallback`. */
export interface LiveWithFallbackOptions extends PollerOptions {
  readonly makeLive: (options: LiveTransportOptions) => LiveTransport;
  readonly peers: () => Peers;
}

/** A live transport, and polls while it is not live: they begin at once when it fails. */
export class LiveWithPollingFallback implements Transport {
  readonly #context: TransportContext;
  #pollsAsFallback: boolean;
  /** True while the application does not exist and may be created: polls notice when it does. */
  #isMissing: boolean = false;
  readonly #poller: Poller;
  readonly #live: LiveTransport;
  readonly #retry: Timer;
  readonly #presenceTimer: Timer;
  #connection: ConnectionState = 'offline';
  #failures = 0;
  #retryAfterMs = 0;
  #presence: OwnPresence | undefined;
  /** What the live transport has told last of the queue. */
  #waiting: Waiting | undefined;

  readonly #effects: Readonly<Record<ConnectionEffect, () => void>> = {
    'start-polling': () => {
      if (this.#pollsAsFallback || this.#isMissing)
        this.#poller.start(this.#connection === 'waiting' ? FALLBACK_SPREAD_MS : 0);
    },
    'stop-polling': () => this.#stopPolling(),
    open: () => this.#live.open(),
    close: () => this.#live.close(),
    check: () => this.#live.check(),
    'schedule-retry': () => this.#scheduleRetry(),
    'cancel-retry': () => this.#retry.clear(),
    'reset-failures': () => {
      this.#failures = 0;
    },
  };

  constructor(context: TransportContext, options: LiveWithFallbackOptions) {
    const { environment, http, listener, dispatch } = context;
    this.#context = context;
    // `socket` uses that transport alone, `auto` polls meanwhile; `sse` polls once a stream has failed: a proxy may hold
    // its events back.
    this.#pollsAsFallback = options.transport === 'auto';
    this.#poller = new Poller({ ...context, listener: this.#pollListener() }, options);
    this.#retry = new Timer(environment);
    this.#presenceTimer = new Timer(environment);
    this.#live = options.makeLive({
      environment,
      http,
      listener,
      tokens: http.tokens,
      events: {
        onOpen: () => this.#handle('opened'),
        onQueue: ({ queue = 0, lag = 0 }) => this.#setWaiting({ queue, lag }),
        onFailure: (problem) => this.#onFailure(problem),
      },
      onOutcomes: (tickets) => void dispatch([{ type: 'outcomes', tickets }]),
      onPeers: ({ self, peers }) => void dispatch([{ type: 'peers', peers: mergePeers(options.peers(), self, peers) }]),
    });
  }

  get name(): TransportName {
    if (this.#connection === 'offline' || this.#connection === 'closed') return 'none';
    if (this.#connection === 'live') return this.#live.name;
    return this.#poller.name;
  }

  get push(): LiveTransport['push'] {
    return this.#connection === 'live' ? this.#live.push : undefined;
  }

  start(): void {
    this.#handle('online');
  }

  stop(): void {
    this.#poller.stop();
    this.#handle('offline');
  }

  close(): void {
    this.#poller.stop();
    this.#handle('close');
    this.#presenceTimer.clear();
  }

  resetInterval(): void {
    if (this.#connection === 'live' && this.#mustPoll()) this.#poller.start();
    this.#poller.resetInterval();
  }

  /**
   * Whether polls go on beside the live transport: of a part that does not change, it tells no newer version [V8] [W5], so
   * it does not tell when that contains the changes of this client.
   */
  #mustPoll(): boolean {
    return this.#context.http.part !== '' && this.#context.hasPending();
  }

  #stopPolling(): void {
    if (this.#connection !== 'live' || !this.#mustPoll()) this.#poller.stop();
  }

  pollNow(): void {
    if (this.#connection === 'live') this.#live.check();
    else this.#poller.pollNow();
  }

  setPresence(presence: OwnPresence): void {
    this.#presence = presence;
    this.#sendPresence();
  }

  /** Sends the presence now, and again when half of its time is over [W15]. */
  #sendPresence(): void {
    const presence = this.#presence;
    if (presence === undefined || this.#connection !== 'live') return;
    this.#live.setPresence?.(presence);
    const seconds = presence.ttl > 0 ? presence.ttl : PRESENCE_TTL_S_DEFAULT;
    if (presence.data !== null) this.#presenceTimer.set(seconds * 500, () => this.#sendPresence());
  }

  #setWaiting(waiting: Waiting): void {
    this.#waiting = waiting;
    this.#context.setStatus(waiting);
  }

  #onFailure(problem: ProblemBody | undefined): void {
    const { http, listener } = this.#context;
    this.#retryAfterMs = (problem?.retryAfter ?? 0) * 1_000;
    this.#isMissing = http.awaitsCreation(problem);
    listener.onProblem(problem);
    this.#pollsAsFallback ||= this.#live.name === 'sse';
    this.#handle('failed');
    if (this.#connection === 'waiting') this.#effects['start-polling']();
  }

  /** Opens the live transport as soon as a poll has found the application. */
  #pollListener(): TransportListener {
    const { listener } = this.#context;
    return {
      ...listener,
      onPosition: (position) => {
        // What a poll tells of the queue would stay: the live transport does not tell of its end, as it never told of it.
        if (this.#connection !== 'live') listener.onPosition(position);
        else queueMicrotask(() => this.#connection === 'live' && this.#stopPolling());
        if (!this.#isMissing) return;
        this.#isMissing = false;
        this.#failures = 0;
        this.#retry.clear();
        this.#handle('retry-due');
      },
    };
  }

  #handle(event: ConnectionEvent): void {
    const before = this.#connection;
    const [to, ...effects] = CONNECTION_TRANSITIONS[before][event];
    this.#connection = to;
    for (const effect of effects) this.#effects[effect]();
    if (to === before) return;
    this.#context.setStatus({ transport: this.name, ...(to === 'live' && this.#waiting) });
    if (before === 'live' || to === 'live') this.#context.retryPush();
    if (to === 'live') this.#sendPresence();
    else if (before === 'live') this.#context.dispatch([{ type: 'peers', peers: NO_PEERS }]);
  }

  #scheduleRetry(): void {
    if (this.#isMissing) return;
    this.#failures += 1;
    const delay = retryDelay(LIVE_BACKOFF, this.#failures, this.#context.environment.random(), this.#retryAfterMs);
    this.#retryAfterMs = 0;
    this.#retry.set(delay, () => this.#handle('retry-due'));
  }
}
