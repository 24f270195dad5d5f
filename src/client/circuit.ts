import { PRESENCE_TTL_S_DEFAULT } from '../protocol/limits.ts';
import type { ProblemBody } from '../protocol/problems.ts';
import { Alarm } from './alarm.ts';
import { LIVE_BACKOFF, retryDelay } from './backoff.ts';
import { CONNECTION, type Connection, type ConnectionEffect, type ConnectionEvent } from './connection.ts';
import { definitionSignal } from './definition-check.ts';
import type { Environment } from './environment.ts';
import type { Http, Stand } from './http.ts';
import { Keeper } from './keeper.ts';
import { afterAnswer, afterFailure, withLinkNews } from './link.ts';
import type { Live, LiveEvents } from './live.ts';
import type { MakeLive, Mode } from './live-transports.ts';
import type { Message } from './message.ts';
import type { Gone, Queue } from './pending.ts';
import { Poller } from './poller.ts';
import { NOBODY, type Present, withNews } from './presence.ts';
import { pushOverHttp } from './push-http.ts';
import { PushLoop } from './push-loop.ts';
import type { Applied, Replica } from './replica.ts';
import type { Link, Signal, Transport } from './status.ts';
import type { Store } from './storage.ts';
import type { Tokens } from './tokens.ts';
import type { Watcher } from './watcher.ts';

export interface CircuitOptions {
  readonly mode: Mode;
  readonly makeLive: MakeLive;
  readonly intervalMs: number;
  readonly environment: Environment;
  readonly http: Http;
  readonly tokens: Tokens;
  readonly store: Store;
  readonly replica: Replica;
  /** What the page was built with; undefined when it does not care. */
  readonly definition: { readonly name: string; readonly version: number } | undefined;
  /** Makes it so in this tab and tells the others. */
  readonly tell: (message: Message) => Applied;
}

/** The loops of one browser and one application: push -> queue -> drain -> state -> back here. One tab runs them. */
export class Circuit {
  readonly #options: CircuitOptions;
  readonly #poller: Poller;
  readonly #live: Live | undefined;
  readonly #pushes: PushLoop;
  readonly #keeper: Keeper;
  readonly #retry: Alarm;
  readonly #presenceAlarm: Alarm;
  #connection: Connection = 'offline';
  #failures = 0;
  #retryAfterMs = 0;
  #checkedEpoch: string | undefined;
  #present: Present | undefined;
  #unwatch: (() => void) | undefined;

  constructor(options: CircuitOptions) {
    this.#options = options;
    const { environment, http, mode, replica, store } = options;
    const watcher = this.#watcher();
    const style = mode === 'long-poll' ? 'wait' : 'ask';
    this.#poller = new Poller({ http, environment, watcher, intervalMs: options.intervalMs, style });
    this.#live = this.#makeLive(watcher);
    this.#keeper = new Keeper({ environment, store, replica, failed: () => this.#signal('storage-failed') });
    this.#retry = new Alarm(environment);
    this.#presenceAlarm = new Alarm(environment);
    this.#pushes = new PushLoop({
      environment,
      queue: () => replica.queue,
      keep: (queue, told, gone) => this.#keeper.queue(queue, { told, gone, tell: options.tell }),
      deliver: (flight, controller) => {
        const { push } = this.#connection === 'live' ? (this.#live ?? {}) : {};
        return push === undefined ? pushOverHttp(http, flight, controller) : push(flight, controller);
      },
      epoch: () => replica.epoch,
      elsewhere: () => this.#poller.hurry(),
      trouble: (problem) => this.#failed(problem),
      accepted: () => this.#poller.hurry(),
    });
  }

  start(): void {
    this.#unwatch = this.#options.environment.watch(() => this.#look());
    this.#look();
  }

  stop(): void {
    this.#unwatch?.();
    this.#say('close');
    this.#pushes.say('close');
    this.#presenceAlarm.clear();
    this.#keeper.close();
  }

  /** A change was stored, by this tab or another one. */
  added(): void {
    this.#poller.wake();
    this.#pushes.say('added');
  }

  present(present: Present): void {
    this.#present = present;
    this.#sendPresence();
  }

  /** Again before its time is over [W15]. */
  #sendPresence(): void {
    const present = this.#present;
    if (present === undefined || this.#connection !== 'live') return;
    this.#live?.present?.(present);
    const seconds = present.ttl > 0 ? present.ttl : PRESENCE_TTL_S_DEFAULT;
    if (present.data !== null) this.#presenceAlarm.set(seconds * 500, () => this.#sendPresence());
  }

  /** Looks at the network and at whether anybody looks. */
  #look(): void {
    const { environment } = this.#options;
    if (!environment.isOnline()) {
      this.#say('offline');
      this.#pushes.say('offline');
      this.#link({ online: false });
      return;
    }
    this.#say(this.#live === undefined ? 'plain' : 'online');
    this.#pushes.say('online');
    if (environment.visibility() === 'visible') this.#poller.wake();
  }

  #makeLive(watcher: Watcher): Live | undefined {
    const { environment, http, mode, tokens, tell, makeLive } = this.#options;
    const events: LiveEvents = {
      opened: () => {
        this.#say('opened');
        this.#check(this.#options.replica.confirmed?.epoch);
      },
      failed: (problem) => this.#liveFailed(problem),
    };
    return makeLive(mode, {
      ...{ environment, http, tokens, watcher, events },
      outcomes: (tickets) => {
        tell({ type: 'outcomes', tickets });
      },
      peers: ({ self, peers }) => {
        tell({ type: 'peers', peers: withNews(this.#options.replica.peers, self, peers) });
      },
    });
  }

  #liveFailed(problem: ProblemBody | undefined): void {
    this.#retryAfterMs = (problem?.retryAfter ?? 0) * 1_000;
    this.#failed(problem);
    this.#say('failed');
  }

  #say(event: ConnectionEvent): void {
    const before = this.#connection;
    const { to, effects } = CONNECTION[before][event];
    this.#connection = to;
    for (const effect of effects) this.#act(effect);
    if (to === before) return;
    this.#link({ transport: this.#transport() });
    // What was in flight on a socket that is gone is sent again over what there is now.
    if (before === 'live' || to === 'live') this.#pushes.say('nudged');
    if (to === 'live') this.#sendPresence();
    else if (before === 'live') this.#options.tell({ type: 'peers', peers: NOBODY });
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
        this.#live?.open();
        break;
      case 'shut':
        this.#live?.shut();
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
    const { random } = this.#options.environment;
    const delay = retryDelay(LIVE_BACKOFF, this.#failures, random(), this.#retryAfterMs);
    this.#retryAfterMs = 0;
    this.#retry.set(delay, () => this.#say('due'));
  }

  /** Who asks for one transport and no other gets that; only `auto` polls meanwhile. */
  get #hasFloor(): boolean {
    return this.#live === undefined || this.#options.mode === 'auto';
  }

  #transport(): Transport {
    if (this.#connection === 'offline' || this.#connection === 'closed') return 'none';
    if (this.#connection === 'live' && this.#live !== undefined) return this.#live.transport;
    if (!this.#hasFloor) return 'none';
    return this.#options.mode === 'long-poll' ? 'long-poll' : 'poll';
  }

  #watcher(): Watcher {
    const { replica, tell } = this.#options;
    return {
      confirmed: () => replica.confirmed,
      see: (sighting) => {
        const before = replica.queue;
        const { seen = 'old', gone } = tell({ type: 'seen', sighting });
        this.#check(sighting.epoch);
        if (seen === 'moved') void this.#keeper.moved(before, gone);
        if (seen === 'new epoch') this.#renew(before, gone);
        return seen;
      },
      stands: (standing) => this.#stands(standing),
      failed: (problem) => this.#failed(problem),
      answered: () => this.#link(afterAnswer(replica.link)),
    };
  }

  /** What is in flight is not given up: a copy of it in the network could be taken for new when its n is free again. */
  #renew(before: Queue, gone: readonly Gone[]): void {
    void this.#keeper.renewed(before, gone);
    this.#signal('new-epoch');
    this.#pushes.say('added');
  }

  #stands(standing: Stand | undefined): void {
    if (standing === undefined) return;
    this.#link({ lag: standing.lag });
    this.#check(standing.epoch);
  }

  /** Once for each history: whether the page's definition is the one that the server runs. */
  #check(epoch: string | undefined): void {
    const { definition, http } = this.#options;
    if (definition === undefined || epoch === undefined || this.#checkedEpoch === epoch) return;
    this.#checkedEpoch = epoch;
    void definitionSignal(http, definition).then((signal) => {
      if (signal !== undefined) this.#signal(signal);
    });
  }

  #failed(problem: ProblemBody | undefined): void {
    this.#link(afterFailure(problem));
  }

  #signal(signal: Signal): void {
    this.#link({ signal });
  }

  #link(news: Partial<Link>): void {
    const { replica, tell } = this.#options;
    const link = withLinkNews(replica.link, news);
    if (link !== undefined) tell({ type: 'link', link });
  }
}
