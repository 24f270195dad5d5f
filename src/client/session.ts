import type { Json } from '../protocol/json.ts';
import type { CoreOptions } from './options.ts';
import { type Environment, here } from './platform/environment.ts';
import { Http } from './platform/http-client.ts';
import { ownProblem } from './platform/problem-error.ts';
import { Subscribers } from './platform/subscribers.ts';
import { Tokens } from './platform/tokens.ts';
import { type PushHandle, Waits } from './push/push-promises.ts';
import { TicketAsker } from './push/ticket-poller.ts';
import { type Applied, Replica } from './state/local-state.ts';
import type { Message } from './state/state-messages.ts';
import type { Status } from './state/status.ts';
import type { View } from './state/view.ts';
import type { Home, MakeHome, Seat } from './sync/sync-host.ts';
import type { ChangeRequest } from './undo/undo-history.ts';

/** What a client is made of besides its options; the light one brings less. */
export interface Parts<Its extends Home> {
  readonly view: View;
  readonly makeHome: MakeHome<Its>;
}

const CLOSED = ownProblem('closed', 0, 'The client was closed', 'Its outcome is not known here.');

/** One application in one tab: what it shows, and what its pushes have become. */
export class Core<Its extends Home> implements Seat {
  readonly environment: Environment;
  readonly http: Http;
  readonly replica: Replica;
  readonly waits: Waits;
  readonly states: Subscribers<Json>;
  readonly statuses: Subscribers<Status>;
  readonly home: Its;
  readonly #asker: TicketAsker;
  #isClosed: boolean = false;

  constructor(options: CoreOptions, { view, makeHome }: Parts<Its>) {
    const environment = environmentOf(options);
    const base = `${options.url.replace(/\/$/, '')}/v1/apps/${options.application}`;
    this.environment = environment;
    this.http = new Http(base, new Tokens(options.token, environment.now), environment);
    this.replica = new Replica(view, options.clientId ?? environment.newId());
    this.waits = new Waits(options.onRefused);
    this.states = new Subscribers(() => this.replica.state);
    this.statuses = new Subscribers(() => this.replica.status);
    this.#asker = new TicketAsker(this.http, this.waits, environment);
    this.home = makeHome(this);
  }

  push({ name, args }: ChangeRequest, id: string = this.environment.newId()): PushHandle {
    // A copy: what the caller does with the args afterwards is not part of the change.
    const asked = { name, args: JSON.parse(JSON.stringify(args)) as Json };
    const pushed = this.waits.open(id, asked);
    if (this.#isClosed) this.waits.fail(id, CLOSED);
    else this.home.add({ id, ...asked, at: this.environment.now() });
    return pushed;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.home.close();
    this.#asker.close();
    this.waits.close(CLOSED);
    this.states.clear();
    this.statuses.clear();
  }

  readonly take = (message: Message): Applied => {
    const { client } = this.replica.queue;
    const applied = this.replica.apply(message);
    for (const told of applied.told) this.waits.told(told);
    for (const gone of applied.gone) this.waits.gone(gone, client);
    this.#asker.look();
    return applied;
  };

  readonly notify = (): void => {
    this.states.notify();
    this.statuses.notify();
  };

  readonly apply = (message: Message): Applied => {
    const applied = this.take(message);
    this.notify();
    return applied;
  };
}

const environmentOf = ({ fetch, environment }: CoreOptions): Environment =>
  here({ ...(fetch === undefined ? {} : { fetch }), ...environment });
