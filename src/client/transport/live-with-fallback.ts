import { PRESENCE_TTL_S_DEFAULT } from '../../protocol/limits.ts';
import type { ProblemBody } from '../../protocol/problems.ts';
import { LIVE_BACKOFF, retryDelay } from '../platform/backoff.ts';
import { Alarm } from '../platform/timer.ts';
import { NOBODY, type Present, withNews } from '../presence/peers.ts';
import type { TransportName } from '../state/status.ts';
import { CONNECTION, type Connection, type ConnectionEffect, type ConnectionEvent } from './connection-states.ts';
import type { Live } from './live-transport.ts';
import type { LiveOptions } from './live-transports.ts';
import { Poller, type PollerOptions } from './poller.ts';
import type { Line, LineSeat } from './transport.ts';

export interface LiveLineOptions extends PollerOptions {
  readonly makeLive: (options: LiveOptions) => Live;
  readonly peers: () => Parameters<typeof withNews>[0];
}

/** A live transport, and polls as the floor under it: they begin in the same turn in which it breaks. */
export class LiveLine implements Line {
  readonly #seat: LineSeat;
  readonly #hasFloor: boolean;
  readonly #poller: Poller;
  readonly #live: Live;
  readonly #retry: Alarm;
  readonly #presenceAlarm: Alarm;
  #connection: Connection = 'offline';
  #failures = 0;
  #retryAfterMs = 0;
  #present: Present | undefined;

  constructor(seat: LineSeat, options: LiveLineOptions) {
    this.#seat = seat;
    // Who asks for one transport and no other gets that; only `auto` polls meanwhile.
    this.#hasFloor = options.transport === 'auto';
    this.#poller = new Poller(seat, options);
    this.#retry = new Alarm(seat.environment);
    this.#presenceAlarm = new Alarm(seat.environment);
    const { environment, http, watcher, tell } = seat;
    this.#live = options.makeLive({
      ...{ environment, http, watcher, tokens: http.tokens },
      events: { opened: () => this.#say('opened'), failed: (problem) => this.#failed(problem) },
      outcomes: (tickets) => void tell({ type: 'outcomes', tickets }),
      peers: ({ self, peers }) => void tell({ type: 'peers', peers: withNews(options.peers(), self, peers) }),
    });
  }

  get transport(): TransportName {
    if (this.#connection === 'offline' || this.#connection === 'closed') return 'none';
    if (this.#connection === 'live') return this.#live.transport;
    return this.#poller.transport;
  }

  get push(): Live['push'] {
    return this.#connection === 'live' ? this.#live.push : undefined;
  }

  start(): void {
    this.#say('online');
  }

  stop(): void {
    this.#say('offline');
  }

  close(): void {
    this.#say('close');
    this.#presenceAlarm.clear();
  }

  wake(): void {
    this.#poller.wake();
  }

  hurry(): void {
    this.#poller.hurry();
  }

  present(present: Present): void {
    this.#present = present;
    this.#sendPresence();
  }

  /** Again before its time is over [W15]. */
  #sendPresence(): void {
    const present = this.#present;
    if (present === undefined || this.#connection !== 'live') return;
    this.#live.present?.(present);
    const seconds = present.ttl > 0 ? present.ttl : PRESENCE_TTL_S_DEFAULT;
    if (present.data !== null) this.#presenceAlarm.set(seconds * 500, () => this.#sendPresence());
  }

  #failed(problem: ProblemBody | undefined): void {
    this.#retryAfterMs = (problem?.retryAfter ?? 0) * 1_000;
    this.#seat.watcher.failed(problem);
    this.#say('failed');
  }

  #say(event: ConnectionEvent): void {
    const before = this.#connection;
    const { to, effects } = CONNECTION[before][event];
    this.#connection = to;
    for (const effect of effects) this.#act(effect);
    if (to === before) return;
    this.#seat.link({ transport: this.transport });
    if (before === 'live' || to === 'live') this.#seat.nudge();
    if (to === 'live') this.#sendPresence();
    else if (before === 'live') this.#seat.tell({ type: 'peers', peers: NOBODY });
  }

  #act(effect: ConnectionEffect): void {
    switch (effect) {
      case 'poll':
        if (this.#hasFloor) this.#poller.start();
        break;
      case 'stop polling':
        this.#poller.stop();
        break;
      case 'open':
        this.#live.open();
        break;
      case 'shut':
        this.#live.shut();
        break;
      case 'arm':
        this.#arm();
        break;
      case 'disarm':
        this.#retry.clear();
        break;
      case 'forgive':
        this.#failures = 0;
        break;
      default:
        effect satisfies never;
    }
  }

  #arm(): void {
    this.#failures += 1;
    const delay = retryDelay(LIVE_BACKOFF, this.#failures, this.#seat.environment.random(), this.#retryAfterMs);
    this.#retryAfterMs = 0;
    this.#retry.set(delay, () => this.#say('due'));
  }
}
