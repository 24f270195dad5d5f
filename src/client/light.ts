import type { Definition } from '../core/definition.ts';
import type { Json } from '../protocol/json.ts';
import { here } from './environment.ts';
import { Http } from './http.ts';
import { afterAnswer, afterFailure, withLinkNews } from './link.ts';
import type { Message } from './message.ts';
import type { LightClient } from './open-client.ts';
import type { ClientOptions, DocumentKind, StateOf } from './options.ts';
import { goneBetween } from './pending.ts';
import { Poller } from './poller.ts';
import { CLOSED } from './problem-error.ts';
import { pushOverHttp } from './push-http.ts';
import { PushLoop } from './push-loop.ts';
import { pushProxy } from './push-proxy.ts';
import { type Applied, Replica } from './replica.ts';
import type { Link, Status } from './status.ts';
import { Subscribers } from './subscribers.ts';
import { TicketAsker } from './ticket-asker.ts';
import { Tokens } from './tokens.ts';
import { plainView } from './view.ts';
import { type Pushed, Waits } from './waits.ts';
import type { Watcher } from './watcher.ts';

/** What the light client can be told. */
export type LightOptions<Kind extends Definition> = Pick<
  ClientOptions<Kind>,
  'url' | 'application' | 'token' | 'interval' | 'clientId' | 'onRefused' | 'environment'
> & {
  /** Default: `poll`. */
  readonly transport?: 'poll' | 'long-poll';
};

/** The article's circle and nothing else: a push queue and a poller, in the memory of one page. */
class LightLoop<Kind extends Definition> implements LightClient<Kind> {
  readonly push = pushProxy<Kind>((name, args) => this.#push(name, args));
  readonly #replica = new Replica(plainView({}));
  readonly #states = new Subscribers(() => this.state);
  readonly #statuses = new Subscribers(() => this.status);
  readonly #transport: 'poll' | 'long-poll';
  readonly #environment;
  readonly #http: Http;
  readonly #waits: Waits;
  readonly #asker: TicketAsker;
  readonly #poller: Poller;
  readonly #pushes: PushLoop;
  readonly #unwatch: () => void;
  #isClosed: boolean = false;
  #last = 0;

  constructor(options: LightOptions<Kind>) {
    const environment = here(options.environment);
    const { url, application, transport = 'poll', interval: intervalMs = 250 } = options;
    this.#transport = transport;
    this.#environment = environment;
    this.#http = new Http(
      `${url.replace(/\/$/, '')}/v1/apps/${application}`,
      new Tokens(options.token, environment.now),
      environment,
    );
    this.#waits = new Waits((problem, _, change) => options.onRefused?.(problem, change));
    this.#asker = new TicketAsker(this.#http, this.#waits, environment);
    this.#replica.begin({ client: options.clientId ?? environment.freshId(), next: 1, entries: [] }, undefined);
    const style = transport === 'poll' ? 'ask' : 'wait';
    this.#poller = new Poller({ http: this.#http, environment, watcher: this.#watcher(), intervalMs, style });
    this.#pushes = this.#makePushes();
    this.#unwatch = environment.watch(() => this.#look());
    this.#look();
  }

  get state(): StateOf<Kind> {
    return this.#replica.state as StateOf<Kind>;
  }

  get confirmed(): StateOf<Kind> | undefined {
    return this.#replica.confirmed?.state as StateOf<Kind> | undefined;
  }

  get status(): Status {
    return this.#replica.status;
  }

  subscribe<Selected>(
    selector: (state: StateOf<Kind>) => Selected,
    listener: (selected: Selected) => void,
  ): () => void {
    return this.#states.add(selector, listener);
  }

  subscribeStatus(listener: (status: Status) => void): () => void {
    return this.#statuses.add((status) => status, listener);
  }

  close(): void {
    this.#isClosed = true;
    this.#unwatch();
    this.#poller.stop();
    this.#pushes.say('close');
    this.#asker.close();
    this.#waits.close(CLOSED);
    this.#states.clear();
    this.#statuses.clear();
  }

  #push(name: string, args: Json): Pushed {
    const id = this.#environment.freshId();
    // A copy: what the caller does with the args afterwards is not part of the change.
    const change = { name, args: JSON.parse(JSON.stringify(args)) as Json };
    const pushed = this.#waits.open(id, change);
    if (this.#isClosed) {
      this.#waits.fail(id, CLOSED);
      return pushed;
    }
    this.#last += 1;
    this.#apply({ type: 'added', entry: { id, ...change, at: this.#environment.now(), key: this.#last } });
    this.#poller.wake();
    this.#pushes.say('added');
    return pushed;
  }

  #makePushes(): PushLoop {
    const replica = this.#replica;
    const hurry = (): void => this.#poller.hurry();
    return new PushLoop({
      environment: this.#environment,
      queue: () => replica.queue,
      keep: async (queue, told, gone) => {
        const news = { ...queue, gone: goneBetween(replica.queue.entries, queue.entries) };
        this.#apply({ type: 'queue', news, told, gone });
      },
      deliver: (flight, controller) => pushOverHttp(this.#http, flight, controller),
      epoch: () => replica.epoch,
      elsewhere: hurry,
      accepted: hurry,
      trouble: (problem) => this.#link(afterFailure(problem)),
    });
  }

  #watcher(): Watcher {
    const replica = this.#replica;
    return {
      confirmed: () => replica.confirmed,
      see: (sighting) => {
        const { seen = 'old' } = this.#apply({ type: 'seen', sighting });
        if (seen === 'new epoch') {
          this.#link({ signal: 'new-epoch' });
          this.#pushes.say('added');
        }
        return seen;
      },
      stands: (standing) => {
        if (standing) this.#link({ lag: standing.lag });
      },
      failed: (problem) => this.#link(afterFailure(problem)),
      answered: () => this.#link(afterAnswer(replica.link)),
    };
  }

  /** Looks at the network and at whether anybody looks. */
  #look(): void {
    const isOnline = this.#environment.isOnline();
    if (isOnline) this.#poller.start();
    else this.#poller.stop();
    this.#pushes.say(isOnline ? 'online' : 'offline');
    this.#link(isOnline ? { transport: this.#transport } : { transport: 'none', online: false });
    if (this.#environment.visibility() === 'visible') this.#poller.wake();
  }

  #link(news: Partial<Link>): void {
    const link = withLinkNews(this.#replica.link, news);
    if (link) this.#apply({ type: 'link', link });
  }

  #apply(message: Message): Applied {
    const { client } = this.#replica.queue;
    const applied = this.#replica.apply(message);
    for (const told of applied.told) this.#waits.told(told);
    for (const gone of applied.gone) this.#waits.gone(gone, client);
    this.#asker.look();
    this.#states.notify();
    this.#statuses.notify();
    return applied;
  }
}

/**
 * The core of a client, for pages that count bytes: pushes that are queued, retried and taken once, and patch polls, in
 * the memory of one page. What is pushed shows when the server has applied it. Takes the definition's type only:
 * `createLightClient<typeof todos>({ … })`. `state` is `{}` until it is known.
 */
export const createLightClient = <Kind extends Definition = DocumentKind>(
  options: LightOptions<Kind>,
): LightClient<Kind> => new LightLoop(options);
